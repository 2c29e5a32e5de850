import Chain
import EventLog
import Ledger
import LedgerWire
import Randomness
import Saga
import TestKit
import TestTags
import Testing

@testable import Engine

/// An attacker that has the keys of two banks, so that every entry is proved and in its place,
/// tries to create funds at the third. The exposure limit is the most that it gets.
@Suite(.tags(.slow), .onlyInFullRuns) struct MintingTests {
    private static let bobInDollars = known(AccountID("acct-bobusd00@bank-b"))
    private static let limits: [Currency: Int64] = [.eur: 1_000, .usd: 300]

    /// bank-b, where both bank-a and the shop are the attacker's.
    private static func bench() -> Bench {
        var bench = Bench()
        bench.operate(at: .bankB, .open(bobInDollars, .usd))
        for peer in [NodeName.bankA, .shop] {
            bench.operate(at: .bankB, .limitExposure(of: peer, minorUnits: 300, .usd))
        }
        bench.mail = []
        // Of long runs the end is enough.
        for name in bench.names { bench[name].keepsCheckpoints = false }
        return bench
    }

    private func expectFoldEqualsLive(_ bench: Bench) throws {
        let folded = try bench[.bankB].recovered()
        #expect(bench[.bankB].engine.recorded == folded)
    }

    /// The funds of bank-b's customers in a currency, and the sum of all books.
    private func sums(_ bench: Bench, _ currency: Currency) -> (customers: Int64, all: Int64) {
        let ledger = bench[.bankB].ledger
        let customers = ledger.accounts.values.filter { $0.currency == currency }
            .reduce(0) { $0 + $1.available + $1.held }
        let clearings = ledger.clearings.filter { $0.key.currency == currency }
            .reduce(0) { $0 + $1.value.balance }
        let own = ledger.ownBooks.filter { $0.key.currency == currency }
            .reduce(0) { $0 + $1.value }
        return (customers, customers + clearings + own)
    }

    private func expectWithinLimits(_ bench: Bench, _ location: SourceLocation = #_sourceLocation) {
        for (currency, limit) in Self.limits {
            let ledger = bench[.bankB].ledger
            let exposure = ledger.clearing(with: .bankA, in: currency).exposure
            #expect(exposure <= limit, sourceLocation: location)
            let (customers, all) = sums(bench, currency)
            // Bea was given 1,000 euros by the world outside.
            #expect(customers <= limit + (currency == .eur ? 1_000 : 0), sourceLocation: location)
            #expect(all == 0, sourceLocation: location)
        }
    }

    private static func trip(_ amount: Amount, isLast: Bool, _ number: UInt64) -> Trip {
        let isDollars = amount.currency == .usd
        let paid = Route.pay(amount, from: .alice, to: isDollars ? bobInDollars : .bob)
        return Trip(isLast ? paid : paid.then(.shop, .take(1)), number: number)
    }

    /// Ways in which the attacker divides the funds it wants to create.
    enum Division: CaseIterable {
        case atOnce, manySmall, manySmallInFlight, smallOfBothKinds, bothCurrencies
    }

    @Test(
        "However it is divided, the limit is reached and not passed",
        arguments: Division.allCases)
    func divided(_ division: Division) throws {
        var bench = Self.bench()
        var (made, refused) = ([Currency: Int64](), 0)
        for number in 1...400 as ClosedRange<UInt64> {
            let isOdd = !number.isMultiple(of: 2)
            let currency: Currency = division == .bothCurrencies && isOdd ? .usd : .eur
            let minorUnits: Int64 = division == .atOnce ? 1_001 : 7
            let isLast = division != .manySmallInFlight && (division == .manySmall || isOdd)
            let amount = known(Amount(minorUnits: minorUnits, currency: currency))
            let trip = Self.trip(amount, isLast: isLast, number)
            switch bench.deliver(trip.word(.reserve, 1)).entries {
            case [.decided(.confirmed)], [.decided(.reserved)]:
                made[currency, default: 0] += minorUnits
            case [.decided(.cancelled, .exposureExceeded)]: refused += 1
            case let other: Issue.record("\(other)")
            }
            expectWithinLimits(bench)
        }
        #expect(refused > 0)
        for (currency, sum) in made {
            #expect((Self.limits[currency] ?? 0) - 7 < sum && sum <= Self.limits[currency] ?? 0)
        }
        // What is in flight is confirmed, by the attacker as well: no cent more.
        for number in 1...400 as ClosedRange<UInt64> {
            for route in [eur(7), known(Amount(minorUnits: 7, currency: .usd))] {
                let trip = Self.trip(route, isLast: false, number)
                guard bench[.bankB].state[trip.saga] != nil else { continue }
                bench.deliver(trip.word(.confirm, 1))
            }
        }
        expectWithinLimits(bench)
        try expectFoldEqualsLive(bench)
    }

    @Test("A cancel gives room back once, however often and however late it is said again")
    func cancelled() {
        var bench = Self.bench()
        let first = Self.trip(eur(1_000), isLast: false, 1)
        bench.deliver(first.word(.reserve, 1))
        for _ in 0..<3 { bench.deliver(first.word(.cancel, 1)) }
        #expect(bench.exposure(of: .bankA, at: .bankB) == 0)
        bench.deliver(Self.trip(eur(1_000), isLast: true, 2).word(.reserve, 1))
        for kind in [Prompt.cancel, .reserve, .abandon, .confirm] {
            let before = bench[.bankB].state.participant
            bench.deliver(first.word(kind, 1))
            #expect(bench[.bankB].state.participant == before)
        }
        let more = bench.deliver(Self.trip(eur(1), isLast: true, 3).word(.reserve, 1))
        #expect(more.entries == [.decided(.cancelled, .exposureExceeded)])
        expectWithinLimits(bench)
    }

    @Test("A confirm is said once: again, or for what was cancelled, it moves nothing")
    func confirmed() {
        var bench = Self.bench()
        let first = Self.trip(eur(600), isLast: false, 1)
        let second = Self.trip(eur(400), isLast: false, 2)
        for trip in [first, second] { bench.deliver(trip.word(.reserve, 1)) }
        bench.deliver(first.word(.confirm, 1))
        bench.deliver(second.word(.cancel, 1))
        let before = bench[.bankB].state.participant
        #expect(bench.deliver(first.word(.confirm, 1)).entries.isEmpty)
        #expect(
            bench.deliver(second.word(.confirm, 1)).entries == [.quarantined(.contradiction)])
        #expect(bench.deliver(first.word(.cancel, 1)).entries == [.quarantined(.contradiction)])
        #expect(bench[.bankB].state.participant == before)
        #expect(bench[.bankB].state.quarantined == 2)
        #expect(bench.balances(.bob) == [600, 0, 0])
    }

    @Test("At the limit a restart forgets nothing of it")
    func restarted() throws {
        var bench = Self.bench()
        bench.deliver(Self.trip(eur(600), isLast: false, 1).word(.reserve, 1))
        bench[.bankB].keepsCheckpoints = true
        bench.deliver(Self.trip(eur(400), isLast: true, 2).word(.reserve, 1))
        let state = known(bench[.bankB].checkpoints.last)
        let snapshot = Snapshot.signed(
            position: state.position, commitHash: known(bench[.bankB].commits.last).hash,
            history: bench[.bankB].storage.end.history, state: state.encoded(),
            key: bench[.bankB].key)
        for number in [3, 4] as [UInt64] {
            try bench[.bankB].restart(from: number == 3 ? nil : snapshot)
            let more = bench.deliver(Self.trip(eur(1), isLast: true, number).word(.reserve, 1))
            #expect(more.entries == [.decided(.cancelled, .exposureExceeded)])
        }
    }

    @Test(
        "Whatever the attacker sends, in any order, while honest payments cross: the limit holds",
        arguments: 0..<20 as Range<UInt64>)
    func anything(seed: UInt64) throws {
        var bench = Self.bench()
        var random = SplitMix64(seed: seed)
        var said: [Word] = []
        var trips: [Trip] = []
        var outcomes: Set<Recorded> = []
        for number in 1...300 as ClosedRange<UInt64> {
            let word = next(number, &bench, &trips, &said, &random)
            guard let word else { continue }
            said.append(word)
            outcomes.formUnion(bench.deliver(word).entries)
            expectWithinLimits(bench)
        }
        #expect(outcomes.contains(.decided(.cancelled, .exposureExceeded)))
        #expect(outcomes.contains(.decided(.confirmed)))
        #expect(outcomes.contains(.quarantined(.contradiction)))
        try expectFoldEqualsLive(bench)
    }

    /// The attacker's next entry; `nil` where Bea, who is honest, pays instead.
    private func next(
        _ number: UInt64, _ bench: inout Bench, _ trips: inout [Trip], _ said: inout [Word],
        _ random: inout SplitMix64
    ) -> Word? {
        let die = Int.random(in: 0..<10, using: &random)
        if die < 4 || trips.isEmpty {
            let currency: Currency = Bool.random(using: &random) ? .eur : .usd
            let minorUnits = Int64.random(in: 1...120, using: &random)
            let amount = known(Amount(minorUnits: minorUnits, currency: currency))
            let trip = Self.trip(amount, isLast: Bool.random(using: &random), number)
            trips.append(trip)
            return trip.word(die == 0 ? .abandon : .reserve, 1)
        }
        if die == 4 {
            bench.begin(Trip(.pay(eur(5), from: .bea, to: .alice), number: 10_000 + number))
            bench.mail = []
            return nil
        }
        if die == 5, let old = said.randomElement(using: &random) { return old }
        if die == 6 {
            // The answer to Bea's payment, which the attacker's bank may give.
            let paid = Trip(
                .pay(eur(5), from: .bea, to: .alice),
                number: 10_000 + UInt64.random(in: 1...number, using: &random))
            return paid.word(Bool.random(using: &random) ? .confirm : .cancel, 0)
        }
        let trip = trips[Int.random(in: 0..<trips.count, using: &random)]
        let kinds = [Prompt.confirm, .confirm, .cancel, .reserve]
        return trip.word(kinds[Int.random(in: 0..<4, using: &random)], 1)
    }
}
