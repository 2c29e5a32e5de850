import Chain
import EventLog
import GeneratedWire
import Ledger
import LedgerWire
import Randomness
import Saga
import TestKit
import Testing
import Wire

@testable import Engine

/// A node is a fold of its log. That replay equals live is also asked at the end of most tests
/// of the other suites; here is what is asked of recovery alone.
@Suite struct RecoveryTests {
    @Test(
        "A node that restarts after every record reaches the same end",
        arguments: [
            Trip(.pay(eur(100), from: .alice, to: .bob)),
            Trip(.pay(eur(100), from: .alice, to: .nobody, over: [.hub])),
            Trip(.twice(eur(100))),
            Trip(Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1))),
        ])
    func restartAlways(_ trip: Trip) throws {
        var calm = Bench()
        calm.stock(1, at: .bankA)
        calm.begin(trip)
        calm.deliverAll()
        var shaken = Bench()
        shaken.stock(1, at: .bankA)
        shaken.begin(trip)
        while !shaken.mail.isEmpty {
            for name in shaken.names { try shaken[name].restart() }
            shaken.deliverNext()
        }
        for name in calm.names {
            #expect(shaken[name].state.participant == calm[name].state.participant)
            #expect(shaken[name].state.commands == calm[name].state.commands)
            // A restart says nothing: it adds no entry.
            let (one, other) = (shaken[name].storage.head, calm[name].storage.head)
            #expect(one.position == other.position)
        }
    }

    @Test("A node continues from any snapshot as it does from the log", arguments: [0, 1, 2])
    func fromSnapshots(_ back: Int) throws {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.begin(trip)
        let newest = bench[.bankA].checkpoints.count - 1
        try bench[.bankA].restart(from: bench[.bankA].snapshot(after: newest - back))
        #expect(bench.tick(.bankA).isSilent)
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test("Every kind of entry and every state is in a snapshot")
    func everything() throws {
        var bench = Bench()
        let paid = Route.pay(eur(10), from: .alice, to: .bob)
        for (number, state) in StepState.allCases.enumerated() {
            let route = paid.then(.shop, .take(1))
            let trip = Trip(
                state == .deciding ? route.adding(.approve(), to: 1) : route,
                number: UInt64(number + 1))
            bench.bring(trip, to: state)
        }
        bench.deliver(Trip(paid, number: 7).word(.confirm, 1))
        bench.begin(Trip(.pay(eur(10), from: .bea, to: .alice), number: 8))
        bench.at(.bankB, .abandon(CommandID(8)))
        bench.operate(at: .bankB, .freeze(.bea))
        bench.operate(at: .bankB, .close(.nobody))
        bench.deliver(Trip(paid.then(.shop, .take(1)), number: 4).word(.reserve, 1))
        bench.setIntake(from: .hub, .stopped, at: .bankB)
        bench[.bankB].acceptClock(at: bench.now)
        bench.rotateKey(of: .bankB, to: BenchNode.key(of: .moon))
        bench.startTimeline(at: .bankB)
        bench.comparePeerKeys(at: .bankB)
        bench.begin(Trip(.pay(eur(10), from: .bea, to: .alice), number: 9))
        let events = try bench[.bankB].commits.flatMap { try $0.events(for: Party.self) }
        #expect(
            Set(events.map { Recorded($0).kind }) == [
                "opened", "keyCompared", "applied", "refused", "decided", "repeated", "read",
                "quarantined", "abandonRequested", "intakeSet", "clockAccepted", "keyRotated",
                "keyShown", "timelineStarted", "timelineShown", "forgotten",
            ])
        try bench.expectReplayEqualsLive()
    }

    @Test("The state has equal bytes whatever the order in which it came about")
    func equalBytes() {
        let trips = (1...30).map { Trip(.pay(eur(10), from: .alice, to: .bob), number: $0) }
        var forward = Bench()
        var backward = Bench()
        for trip in trips { forward.begin(trip) }
        for trip in trips.reversed() { backward.begin(trip) }
        let (one, other) = (forward[.bankA].state, backward[.bankA].state)
        #expect(one == other)
        #expect(one.encoded() == other.encoded())
    }

    @Test("A snapshot of another format, node, place or key is refused")
    func foreignSnapshots() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        let node = bench[.bankA]
        let good = node.snapshot(after: 0)
        #expect(try Giro_Snapshot_V1_State(wire: good.state).wireBytes() == good.state)
        let newer = try Giro_Snapshot_V1_State(wire: good.state)
            .with { $0.format += 1 }.wireBytes()
        func refuses(
            _ state: [UInt8], at position: Position = good.position,
            signedBy signer: BenchNode = node, in reader: BenchNode = node
        ) -> Bool {
            let snapshot = Snapshot.signed(
                position: position, commitHash: good.commitHash,
                history: node.history(after: 0), state: state, key: signer.key)
            return (try? reader.recovered(from: snapshot)) == nil
        }
        #expect(!refuses(good.state))
        #expect(refuses(newer))
        #expect(refuses([]))
        #expect(refuses([0xFF]))
        #expect(refuses(good.state, at: good.position + 1))
        #expect(refuses(good.state, signedBy: bench[.bankB]))
        #expect(refuses(good.state, signedBy: bench[.bankB], in: bench[.bankB]))
        #expect(throws: WireError("the snapshot has format 5, known is 4")) {
            try State<Party>(encoded: newer)
        }
    }

    @Test("A snapshot with a peer's inbox twice, or an inbox of no peer or no cursor, is refused")
    func malformedInboxes() throws {
        var bench = Bench()
        bench.deliver(Trip(.pay(eur(1), from: .alice, to: .bob)).word(.reserve, 1))
        let good = bench[.bankB].state.encoded()
        let state = try Giro_Snapshot_V1_State(wire: good)
        #expect(state.inboxes.map(\.peer) == ["bank-a"])
        func refuses(_ change: (inout Giro_Snapshot_V1_State) -> Void) throws -> Bool {
            let bytes = try state.with(change).wireBytes()
            return (try? State<Party>(encoded: bytes)) == nil
        }
        #expect(try !refuses { _ in })
        #expect(try refuses { $0.inboxes.append($0.inboxes[0]) })
        #expect(try refuses { $0.inboxes[0].peer = "" })
        #expect(try refuses { $0.inboxes[0].peer = "Bank A" })
        #expect(try refuses { $0.inboxes[0].offset = -1 })
    }

    @Test("A commit's time never goes back when the wall clock does")
    func time() throws {
        var bench = Bench()
        var times: [Timestamp] = []
        for seconds in [10, -3_600, 20, 0, -5] as [Int64] {
            bench.now = Bench.start + .seconds(seconds)
            bench.operate(at: .bankA, .deposit(eur(1), to: .alice))
            if seconds == 0 { try bench[.bankA].restart() }
            times.append(known(bench[.bankA].commits.last).header.time)
        }
        #expect(times == [10, 10, 20, 20, 20].map { Bench.start + .seconds($0) })
        #expect(bench[.bankA].state.time == times.last)
        try bench.expectReplayEqualsLive()
    }

    @Test("A clock that does not advance makes nothing due, one that advances does")
    func stoppedClock() {
        var bench = Bench()
        bench.begin(DecidingTests.asking)
        #expect(bench.tick(.bankA, after: .seconds(-60)).isSilent)
        #expect(bench.tick(.bankA, after: .seconds(62)).asked.count == 1)
    }

    @Test("The same inputs make the same commits, to the byte")
    func determinism() {
        func run() -> [[Commit]] {
            var random = SplitMix64(seed: 11)
            var bench = CrowdTests.threeBanks()
            for number in 1...60 as ClosedRange<UInt64> {
                bench.begin(CrowdTests.transfer(number, &random))
                bench.now = bench.now + .milliseconds(700)
                for name in bench.names { bench.tick(name) }
                bench.deliverSome(&random)
            }
            bench.deliverTheRest(&random)
            return bench.names.map { bench[$0].commits }
        }
        let (one, other) = (run(), run())
        // Not the signatures: not every library's Ed25519 is deterministic.
        #expect(one.map { $0.map(\.headerBytes) } == other.map { $0.map(\.headerBytes) })
        #expect(one.map { $0.map(\.entries) } == other.map { $0.map(\.entries) })
    }
}

extension Giro_Snapshot_V1_State {
    fileprivate func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}
