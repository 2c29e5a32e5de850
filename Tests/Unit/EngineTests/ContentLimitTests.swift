import Chain
import Engine
import EventLog
import GeneratedWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import TestKit
import Wire

/// What a client or peer may send is bounded, so that every entry fits into a log.
@Suite struct ContentLimitTests {
    /// A payment, and sixteen lamps: the largest step there is, in a content of `bytes` bytes.
    ///
    /// What fills it is a newer participant's affair at the last step.
    private static func content(of bytes: Int) -> Trip {
        func filled(_ filling: Int) -> Content<Action> {
            .foreign { wire in
                let lamp = wire.steps[2].actions[0]
                wire.steps[2].actions = Array(repeating: lamp, count: 16)
                let filler = Giro_Transfers_V1_Action(
                    kind: "fly", body: [UInt8](repeating: 7, count: filling))
                wire.steps.append(Giro_Transfers_V1_Step(.bankA))
                wire.steps[3].actions = [filler]
            }
        }
        // From 16 KiB to 2 MiB a length takes three bytes, so the rest grows as the filling does.
        let known = filled(20_000)
        return Trip(
            filled(20_000 + bytes - known.bytes.count),
            owners: [.bankA, .bankB, .shop, .bankA])
    }

    @Test("The largest content is done at every step, and its entries fit into a log")
    func largest() throws {
        var bench = Bench()
        let trip = Self.content(of: Content<Action>.bytesMax)
        #expect(trip.content.bytes.count == Content<Action>.bytesMax)
        bench.at(.shop, .operate(Operate(1_234, .second(.first(.stock(Self.lamps))))))
        #expect(bench.begin(trip).answer == .applied)
        let arrived = bench.deliverNext()
        #expect(arrived.entries == [.decided(.reserved)])
        let atTheShop = bench.deliverNext()
        #expect(atTheShop.entries == [.decided(.reserved)])
        let largest = [NodeName.bankA, .bankB, .shop].flatMap { bench[$0].commits }
            .flatMap(\.entries).map(\.parts.byteCount).max() ?? 0
        #expect(largest > Content<Action>.bytesMax)
        #expect(largest < CommitLimits.partsBytesMax * 3 / 4)
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "A longer content is refused, and not kept",
        arguments: [Content<Action>.bytesMax + 1, CommitLimits.partsBytesMax, 1_000_000])
    func tooLong(_ bytes: Int) throws {
        var bench = Bench()
        let trip = Self.content(of: bytes)
        #expect(trip.content.bytes.count == bytes)
        let outcome = bench.begin(trip)
        #expect(outcome.answer == .refused(.notUnderstood))
        #expect(outcome.entries == [.decided(.cancelled, .notUnderstood)])
        #expect((bench[.bankA].commits.last?.entries.last?.parts.byteCount ?? .max) < 1_000)
        // The hash is what tells it from another one.
        #expect(bench.begin(trip).answer == .duplicate(of: .refused(.notUnderstood)))
        #expect(bench[.bankA].state.saga(begunBy: trip.id) == trip.saga)
        try bench.expectReplayEqualsLive()
    }

    @Test("What does not fit into a commit is left for the next, in its order")
    func manyLarge() throws {
        var bench = Bench()
        bench.operate(at: .bankA, .deposit(eur(1_000), to: .alice))
        var engine = bench[.bankA].engine
        var end = bench[.bankA].storage.end
        let trips = (1...20).map { number in
            Trip(
                Self.content(of: Content<Action>.bytesMax).content,
                owners: [.bankA, .bankB, .shop, .bankA], number: UInt64(number))
        }
        var inputs = trips.map { bench.input(of: .begin($0.begin)) }[...]
        var begun: [CommandID] = []
        var commits = 0
        while !inputs.isEmpty {
            let left = inputs.count
            let batch = engine.step(&inputs, now: bench.now)
            try #require(inputs.count < left)
            let commit = batch.signed(after: end, by: .bankA, key: bench[.bankA].key)
            #expect(commit.encoded().count <= 512 * 1024)
            end.advance(over: commit)
            begun += commit.entries.compactMap(\.saga)
            commits += 1
        }
        #expect(begun == trips.map(\.id))
        #expect((3...10).contains(commits))
    }

    private static let lamps = known(Stock.Units(16, of: "lamp"))
}
