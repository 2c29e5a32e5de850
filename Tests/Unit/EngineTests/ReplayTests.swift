import Ledger
import LedgerWire
import MessageBus
import Randomness
import Saga
import Testing

@testable import Engine

/// Everything that ever travelled is published again, in any order, to whom it was for and to
/// everybody else.
@Suite struct ReplayTests {
    /// Transfers that settled, were refused and were given up, crossing and over the hub; and
    /// every record that was in flight.
    private static func history() -> (Bench, [(receiver: NodeName, record: Record)]) {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.begin(Trip(.pay(eur(10), from: .bea, to: .alice), number: 2))
        bench.begin(Trip(.pay(eur(5), from: .alice, to: .bob, over: [.hub]), number: 3))
        bench.begin(Trip(.pay(eur(7), from: .alice, to: .nobody, over: [.hub]), number: 4))
        bench.begin(
            Trip(Route.pay(eur(3), from: .alice, to: .bob).then(.shop, .take(99)), number: 5))
        bench.begin(
            Trip(Route.pay(eur(2), from: .alice, to: .bob).then(.shop, .take(2)), number: 6))
        let late = Trip(.pay(eur(1), from: .alice, to: .bob, over: [.hub]), number: 7)
        bench.begin(late)
        bench.at(.bankA, .abandon(late.id))
        bench.tick(.bankA)
        var records: [(receiver: NodeName, record: Record)] = []
        while let message = bench.mail.first {
            records.append((message.receiver, bench.record(of: message)))
            bench.deliverNext()
        }
        return (bench, records)
    }

    @Test("To the same node: nothing is decided a second time", arguments: 0..<10 as Range<UInt64>)
    func sameNode(seed: UInt64) throws {
        var (bench, records) = Self.history()
        let before = bench
        var random = SplitMix64(seed: seed)
        if seed.isMultiple(of: 2) {
            // As after the topics were recreated: the first record again has the first offset.
            for name in bench.names {
                for peer in bench.names where peer != name {
                    bench.at(name, [.restartInbox(of: peer)])
                    bench[name].forgetInbox(of: peer)
                }
            }
        }
        for (receiver, record) in (records + records).shuffled(using: &random) {
            let input = bench[receiver].receive(record)
            let outcome = bench.at(receiver, [input])
            #expect(outcome.entries.isEmpty)
        }
        for name in bench.names {
            #expect(bench[name].state.participant == before[name].state.participant)
            #expect(bench[name].state.commands == before[name].state.commands)
            #expect(bench[name].state.quarantined == 0)
        }
        // What was answered again is true, and ends nothing that has not ended.
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test("To every other node: all of it is quarantined")
    func otherNodes() throws {
        var (bench, records) = Self.history()
        let before = bench
        for name in bench.names {
            let others = records.filter { $0.receiver != name }
            for (_, record) in others {
                let input = bench[name].receive(record)
                #expect(bench.at(name, [input]).entries == [.quarantined(.unknownSender)])
            }
            #expect(bench[name].state.participant == before[name].state.participant)
            #expect(bench[name].state.commands == before[name].state.commands)
            #expect(bench[name].state.quarantined == others.count)
        }
        try bench.expectReplayEqualsLive()
    }
}
