import Chain
import Ledger
import LedgerWire
import MessageBus
import Saga
import TestKit
import Testing
import Wire

@testable import Engine
@testable import PeerProtocol

/// Each peer has a topic to this node, and a separate cursor there: bank-b reads bank-a and the
/// hub.
@Suite struct PeerInboxTests {
    /// What bank-a asks of bank-b.
    private static func fromBankA(_ number: UInt64) -> Message {
        Trip(.pay(eur(1), from: .alice, to: .bob), number: number).message(.reserve, 1)
    }

    /// What the hub asks of bank-b.
    private static func fromHub(_ number: UInt64) -> Message {
        Trip(.pay(eur(1), from: .alice, to: .bob, over: [.hub]), number: 100 + number)
            .message(.reserve, 2)
    }

    /// The cursor behind `message`, where it was read at `offset`.
    private static func cursor(
        _ offset: Int64, _ message: Message, _ bench: Bench
    ) -> InboxCursor {
        InboxCursor(
            incarnation: 0, offset: offset,
            recordHash: Envelope.hash(of: bench.record(of: message)))
    }

    private static func inboxesOfLastCommit(_ bench: Bench) -> [NodeName: InboxCursor] {
        known(bench[.bankB].commits.last).inboxes
    }

    @Test("Cursors of two peers move apart, and a commit holds only those that moved")
    func apart() throws {
        var bench = Bench()
        let first = Self.cursor(0, Self.fromBankA(1), bench)
        let second = Self.cursor(1, Self.fromBankA(2), bench)
        let hub = Self.cursor(0, Self.fromHub(1), bench)
        bench.deliver(Self.fromBankA(1))
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: first])
        bench.deliver(Self.fromBankA(2))
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: second])
        let outcome = bench.deliver(Self.fromHub(1))
        #expect(outcome.entries == [.decided(.confirmed)])
        #expect(outcome.batch.inboxes == [.hub: hub])
        #expect(Self.inboxesOfLastCommit(bench) == [.hub: hub])
        #expect(bench[.bankB].state.inboxes == [.bankA: second, .hub: hub])
        bench.operate(at: .bankB, .deposit(eur(1), to: .bob))
        #expect(Self.inboxesOfLastCommit(bench).isEmpty)
        #expect(bench[.bankB].state.inbox(of: .shop) == .start)
        try bench.expectReplayEqualsLive()
    }

    @Test("A batch of records of two peers is one commit with both cursors")
    func together() throws {
        var bench = Bench()
        let messages = [Self.fromBankA(1), Self.fromHub(1), Self.fromBankA(2)]
        bench.at(.bankB, messages.map { bench.input(of: $0) })
        #expect(
            Self.inboxesOfLastCommit(bench) == [
                .bankA: Self.cursor(1, messages[2], bench),
                .hub: Self.cursor(0, messages[1], bench),
            ])
        try bench.expectReplayEqualsLive()
    }

    @Test("What was read and kept nothing is in the next commit, whatever that is about")
    func movedWithoutEntry() throws {
        var bench = Bench()
        for message in [Self.fromBankA(1), Self.fromHub(1), Self.fromBankA(1)] {
            bench.deliver(message)
        }
        #expect(Self.inboxesOfLastCommit(bench).keys.sorted() == [.hub])
        let read = Self.cursor(1, Self.fromBankA(1), bench)
        #expect(bench[.bankB].state.inbox(of: .bankA) == read)
        #expect(bench[.bankB].engine.recorded.inbox(of: .bankA).offset == 0)
        bench.operate(at: .bankB, .deposit(eur(1), to: .bob))
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: read])
        #expect(bench[.bankB].engine.recorded == bench[.bankB].state)
        try bench.expectReplayEqualsLive()
    }

    @Test("The log and a snapshot keep the inboxes of all peers")
    func kept() throws {
        var bench = Bench()
        for message in [Self.fromBankA(1), Self.fromHub(1), Self.fromBankA(2)] {
            bench.deliver(message)
        }
        bench.at(.bankB, [.restartInbox(of: .shop)])
        let live = bench[.bankB].state
        #expect(live.inboxes.keys.sorted() == [.bankA, .hub, .shop])
        #expect(try bench[.bankB].recovered().inboxes == live.inboxes)
        #expect(try State<Party>(encoded: live.encoded()).inboxes == live.inboxes)
        // Each commit holds one of them, so the snapshot has to hold the others.
        for index in bench[.bankB].commits.indices {
            let snapshot = bench[.bankB].snapshot(after: index)
            #expect(try bench[.bankB].recovered(from: snapshot).inboxes == live.inboxes)
        }
        let newest = bench[.bankB].commits.count - 1
        try bench[.bankB].restart(from: bench[.bankB].snapshot(after: newest))
        bench.deliver(Self.fromHub(2))
        #expect(
            Self.inboxesOfLastCommit(bench) == [.hub: Self.cursor(1, Self.fromHub(2), bench)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A peer's topic that is read again leaves the other's cursor where it is")
    func restarted() throws {
        var bench = Bench()
        for message in [Self.fromBankA(1), Self.fromBankA(2), Self.fromHub(1)] {
            bench.deliver(message)
        }
        let hub = Self.cursor(0, Self.fromHub(1), bench)
        let outcome = bench.at(.bankB, [.restartInbox(of: .bankA)])
        #expect(outcome.entries == [.inboxRestarted(.bankA)])
        let beginning = InboxCursor(incarnation: 1, offset: -1, recordHash: .zero)
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: beginning])
        #expect(bench[.bankB].state.inboxes == [.bankA: beginning, .hub: hub])

        // bank-a's offsets begin again, the hub's continue.
        bench[.bankB].forgetInbox(of: .bankA)
        bench.deliver(Self.fromBankA(3))
        #expect(Self.inboxesOfLastCommit(bench)[.bankA]?.incarnation == 1)
        #expect(Self.inboxesOfLastCommit(bench)[.bankA]?.offset == 0)
        var behind = bench
        behind[.bankB].forgetInbox(of: .hub)
        #expect(behind.deliver(Self.fromHub(2)).isSilent)
        bench.deliver(Self.fromHub(2))
        #expect(
            Self.inboxesOfLastCommit(bench) == [.hub: Self.cursor(1, Self.fromHub(2), bench)])
        try bench.expectReplayEqualsLive()
    }

    /// A node that may write to one peer's topic can copy there what another has authenticated.
    @Test("What one peer authenticated on another's topic is a dead letter, and has no effect")
    func otherTopic() throws {
        var bench = Bench()
        bench.bring(SenderTests.trip, to: .reserved)
        let before = bench[.bankB].state
        let wanted = Message.Kind.allCases.map { SenderTests.trip.message($0, 1) }
        #expect(wanted.allSatisfy { $0.sender != .hub })
        let records = wanted.map { bench.record(of: $0) } + [Attack.witness]
        for (number, record) in records.enumerated() {
            let input = bench[.bankB].receive(record, from: .hub)
            let outcome = bench.at(.bankB, [input])
            let offset = before.inbox(of: .hub).offset + 1 + Int64(number)
            #expect(
                outcome.batch.events == [
                    .quarantined(
                        Quarantined(
                            cause: .unknownSender, inbox: .hub, offset: offset,
                            record: record.value))
                ])
            #expect(outcome.messages.isEmpty && outcome.asked.isEmpty)
        }
        let after = bench[.bankB].state
        #expect(after.participant == before.participant)
        #expect(after.commands == before.commands)
        #expect(after.peers == before.peers)
        // Nothing is counted against a peer, and the cursors of the others stay.
        let source = DeadLetterSource(.unknownSender, on: .hub, from: nil)
        #expect(after.deadLetters.mapValues(\.count) == [source: records.count])
        var inboxes = after.inboxes
        inboxes[.hub] = before.inboxes[.hub]
        #expect(inboxes == before.inboxes)
        // On its own topic the same counts.
        let confirmed = bench.deliver(SenderTests.trip.message(.confirm, 1))
        #expect(confirmed.entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "A log whose cursors do not follow from those before is refused",
        arguments: CursorForgery.all)
    func forgedCursors(_ forgery: CursorForgery) throws {
        var bench = Bench()
        bench.begin(SenderTests.trip)
        bench.deliverAll()
        bench.at(.bankB, [.restartInbox(of: .bankA)])
        let node = bench[.bankB]
        try node.fold(node.signedAgain { $0.parts })
        let forged = try node.signedAgain(cursors: forgery.change) { $0.parts }
        #expect(forged.map(\.inboxes) != node.commits.map(\.inboxes))
        #expect(throws: FoldFault.self) { try node.fold(forged) }
    }

    struct CursorForgery: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (Commit) -> [NodeName: InboxCursor]

        static let all = [
            CursorForgery(testDescription: "one does not move") { commit in
                commit.inboxes.mapValues {
                    InboxCursor(incarnation: $0.incarnation, offset: -1, recordHash: .zero)
                }
            },
            CursorForgery(testDescription: "one begins again, and no entry says so") { commit in
                commit.inboxes.mapValues {
                    InboxCursor(
                        incarnation: $0.incarnation + 1, offset: $0.offset,
                        recordHash: $0.recordHash)
                }
            },
            CursorForgery(testDescription: "an entry begins one again, and it is not there") {
                $0.inboxes.filter { $0.value.offset >= 0 }
            },
            CursorForgery(testDescription: "one is of the node's own name") { commit in
                Dictionary(uniqueKeysWithValues: commit.inboxes.map { (.bankB, $0.value) })
            },
        ]
    }

    @Test("A peer's header on another's topic does not suspend it, though it contradicts its log")
    func otherTopicsWitness() throws {
        var bench = Bench()
        let (history, contradiction) = WitnessTests.contradiction(.otherCommitAtItsPlace)
        for commit in history {
            let input = bench[.bankB].receive(WitnessTests.witness(commit))
            bench.at(.bankB, [input])
        }
        let peers = bench[.bankB].state.peers
        #expect(peers.keys.sorted() == [.bankA])
        let record = WitnessTests.witness(contradiction)
        let onHub = bench[.bankB].receive(record, from: .hub)
        #expect(bench.at(.bankB, [onHub]).entries == [.quarantined(.unknownSender)])
        #expect(bench[.bankB].state.peers == peers)
        let onBankA = bench[.bankB].receive(record)
        #expect(bench.at(.bankB, [onBankA]).entries == [.peerSuspended(.bankA)])
        try bench.expectReplayEqualsLive()
    }
}
