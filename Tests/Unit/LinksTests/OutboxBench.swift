import Chain
import Links
import Saga
import Wire

/// An outbox, and the clock and the topic that a shell would have.
struct OutboxBench {
    static let header = HeaderName(commit: 1, hash: .sha256(of: [1]))

    var outbox = LinkOutbox(to: Cast.bankB)
    var now = Duration.zero
    /// What was handed to the topic.
    var turns: [LinkTurn] = []
    private var position = Position.start

    /// Gives entries that are durable; each stands two positions behind the one before.
    mutating func give(_ count: Int = 1, commit: UInt64 = 1) {
        for _ in 0..<count {
            let number = outbox.given + 1
            give(Shown(to: Cast.bankB, number: number, .step([])), commit: commit)
        }
    }

    @discardableResult
    mutating func give(_ shown: Shown, commit: UInt64 = 1) -> Position {
        position = position + 2
        outbox.give(shown, at: position, in: commit, now: now)
        return position
    }

    @discardableResult
    mutating func give(_ what: Shown.What, commit: UInt64 = 1) -> Position {
        give(Shown(to: Cast.bankB, number: outbox.given + 1, what), commit: commit)
    }

    @discardableResult
    mutating func giveRead() -> Position {
        let read = Read(number: 1, header: Self.header, acknowledged: 0)
        return give(Shown(to: Cast.bankB, read))
    }

    /// Hands over all that the outbox has to show now.
    ///
    /// - Parameters:
    ///   - fitting: How many entries fit into a record.
    ///   - byteCount: The bytes of each record.
    @discardableResult
    mutating func show(fitting: Int = 1_000, byteCount: Int = 1_000) -> [LinkTurn] {
        var made: [LinkTurn] = []
        while let turn = outbox.next(at: now), made.count < 10_000 {
            outbox.show(
                turn, count: max(1, min(fitting, turn.positions.count)), under: Self.header,
                byteCount: byteCount, at: now)
            made.append(turn)
        }
        turns += made
        return made
    }

    /// Waits until the outbox has something to show, or would.
    mutating func wake() { now = outbox.wakesAt ?? now }

    mutating func hear(_ number: UInt64, header: HeaderName = header, isHeld: Bool = true) {
        let read = Read(number: number, header: header, acknowledged: 0)
        outbox.hear(read, now: now) { _ in isHeld }
    }
}
