import Ledger
import Saga
import Testing

@Suite("Random walks at three banks")
struct WalkTests {
    static let strides = 300

    @Test("Whatever happens, the books hold", arguments: UInt64(0)..<200)
    func booksHold(seed: UInt64) throws {
        var walk = try Walk(seed: seed)
        for number in 0..<Self.strides {
            try walk.stride()
            try #require(violations(of: walk) == [], "seed \(seed), stride \(number)")
        }
        try walk.drain()
        #expect(violations(of: walk) == [])
        for ledger in walk.ledgers.values { #expect(nothingIsReserved(at: ledger)) }
        for bank in Walk.banks {
            var again = Ledger(node: bank)
            for fact in try #require(walk.facts[bank]) { try again.apply(fact) }
            #expect(again == walk.ledgers[bank], "replaying gives the same books")
        }
    }

    @Test("The walks reach every corner: each refusal that can be met, and both ends")
    func cornersAreReached() throws {
        var refusals: [Refusal: Int] = [:]
        var ends: [Bool: Int] = [:]
        for seed in UInt64(0)..<200 {
            var walk = try Walk(seed: seed)
            for _ in 0..<Self.strides { try walk.stride() }
            try walk.drain()
            refusals.merge(walk.refusals, uniquingKeysWith: +)
            ends.merge(walk.ends, uniquingKeysWith: +)
        }
        let expected: Set<Refusal> = [
            .unknownDebtor, .debtorClosed, .debtorFrozen, .debtorCurrency, .insufficientFunds,
            .unknownCreditor, .creditorClosed, .creditorFrozen, .creditorCurrency,
            .balanceTooLarge, .exposureExceeded, .accountExists, .unknownAccount, .accountClosed,
            .accountFrozen, .accountNotFrozen, .accountCurrency, .accountNotEmpty, .accountInUse,
            .settlementTooLarge, .brokenItinerary, .transitNotAllowed, .owedLimitExceeded,
        ]
        #expect(Set(refusals.keys) == expected)
        #expect(try #require(ends[true]) > 1_000)
        #expect(try #require(ends[false]) > 1_000)
    }

    private func violations(of walk: Walk) -> [String] {
        walk.ledgers.values.flatMap { BooksChecker(ledger: $0).violations } + pairs(of: walk)
            + walk.excesses
    }

    /// For each pair of banks what one owes is what the other is owed, up to the transfers that
    /// the receiver has confirmed and the sender not yet.
    private func pairs(of walk: Walk) -> [String] {
        var owed: [String: Int128] = [:]
        for ledger in walk.ledgers.values {
            for (key, clearing) in ledger.clearings {
                owed[pair(ledger.node, key.peer, key.currency), default: 0] +=
                    Int128(clearing.balance)
            }
        }
        for transfer in walk.transfers where transfer.isConfirmed == true {
            let steps = transfer.itinerary.steps
            guard (1..<steps.count).contains(transfer.frontier) else { continue }
            let (sender, receiver) = (steps[transfer.frontier - 1], steps[transfer.frontier])
            let amount = steps[0].actions[0].amount
            owed[pair(sender.node, receiver.node, amount.currency), default: 0] +=
                Int128(amount.minorUnits)
        }
        return owed.filter { $0.value != 0 }.map { "\($0.key): \($0.value) do not meet" }
    }

    private func pair(_ one: NodeName, _ other: NodeName, _ currency: Currency) -> String {
        "\(min(one, other)) and \(max(one, other)) in \(currency)"
    }

    private func nothingIsReserved(at ledger: Ledger) -> Bool {
        ledger.heldSteps.isEmpty
            && ledger.accounts.values.allSatisfy { $0.held == 0 && $0.incoming == 0 }
            && ledger.clearings.values.allSatisfy { $0.inbound == 0 && $0.outbound == 0 }
    }
}
