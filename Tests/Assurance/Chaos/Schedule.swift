/// A plan of faults that follows from the seed alone, on every machine. A fault that cannot be
/// caused on a machine keeps its place in the plan, and is skipped there.
///
/// Faults come as from a deck of cards: all of them once before any comes again, so that a short
/// run has them all. Within a round they overlap, but two never seize the same thing.
package struct Schedule: Sendable {
    package struct Round: Hashable, Sendable {
        /// 1, 2, 3 …
        package let number: Int
        /// By their start.
        package let strikes: [Strike]
    }

    /// In which strikes of a round begin, in milliseconds.
    static let span = 14_000
    private var dice: Dice
    private var deck: [Fault] = []
    private var number = 0

    package init(seed: UInt64) {
        dice = Dice(seed: seed)
    }

    package mutating func nextRound() -> Round {
        number += 1
        var strikes: [Strike] = []
        for _ in 0..<dice.roll(4..<7) { strikes.append(strike(beside: strikes)) }
        return Round(number: number, strikes: strikes.sorted { $0.start < $1.start })
    }

    private mutating func draw() -> Fault {
        if deck.isEmpty { deck = Fault.all.shuffled(using: &dice) }
        return deck.removeLast()
    }

    private mutating func strike(beside others: [Strike]) -> Strike {
        let fault = draw()
        let place = dice.roll(0..<Stack.banksOfPlaces.count)
        let server = dice.roll(0..<Stack.serverCount)
        let lasting = dice.roll(fault.lasting)
        var start = dice.roll(0..<Self.span)
        // Behind whatever has seized the same, each time from the first again.
        func strike() -> Strike {
            Strike(fault: fault, place: place, server: server, start: start, lasting: lasting)
        }
        while let other = others.first(where: { $0.overlaps(strike()) }) { start = other.end + 200 }
        return strike()
    }
}

extension Strike {
    func overlaps(_ other: Strike) -> Bool {
        !claims.isDisjoint(with: other.claims) && start < other.end + 200
            && other.start < end + 200
    }
}
