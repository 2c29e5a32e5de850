import Ledger
import LedgerWire
import Links
import Randomness
import Saga
import Testing

@testable import Engine

/// Everything that ever travelled is published again, in any order, to whom it was for and to
/// everybody else.
@Suite struct ReplayTests {
    /// A record as it lay on a topic.
    private struct Published {
        let line: Line
        let excerpt: Excerpt
    }

    /// Transfers that settled, were refused and were given up, crossing and over the hub; and
    /// every record that was in flight.
    private static func history() -> (Bench, [Published]) {
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
        var records: [Published] = []
        while let letter = bench.mail.first {
            let excerpt = bench[letter.from].shelf.excerpt(
                of: letter.number...letter.number, for: letter.to,
                naming: bench.header(on: letter.line))
            records.append(Published(line: letter.line, excerpt: excerpt))
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
            // As after the topics were made again: the first record again has the first offset.
            for name in bench.names {
                for peer in bench.names where peer != name { bench[name].forgetInbox(of: peer) }
            }
        }
        for record in (records + records).shuffled(using: &random) {
            let (from, to) = (record.line.from, record.line.to)
            let outcome = bench.show(record.excerpt, to: to, on: from)
            #expect(outcome.events.isEmpty)
            #expect(outcome.drops == [.notTaken(from, .old): 1])
            // The acknowledgment may have been lost.
            #expect(outcome.notices == [.sayAgain(from)])
        }
        for name in bench.names {
            #expect(bench[name].state.participant == before[name].state.participant)
            #expect(bench[name].state.commands == before[name].state.commands)
            #expect(bench[name].state.links == before[name].state.links)
        }
        try bench.expectSettledBooks()
    }

    @Test("To every other node, and on every other topic: it says nothing, and is not answered")
    func otherNodes() throws {
        var (bench, records) = Self.history()
        let before = bench
        for record in records {
            for name in bench.names {
                for topic in bench.names where topic != name {
                    guard Line(from: topic, to: name) != record.line else { continue }
                    let outcome = bench.show(record.excerpt, to: name, on: topic)
                    #expect(outcome.events.isEmpty && outcome.outputs.isEmpty)
                    #expect(outcome.drops == [.notTaken(topic, .otherLink): 1])
                }
            }
        }
        for name in bench.names {
            #expect(bench[name].state.participant == before[name].state.participant)
            #expect(bench[name].state.commands == before[name].state.commands)
            #expect(bench[name].state.links == before[name].state.links)
        }
        try bench.expectReplayEqualsLive()
    }
}
