import Chain
import Ledger
import LedgerWire
import Links
import Saga
import TestKit
import Testing

@testable import Engine

/// Each peer has a topic to this node, and a separate cursor there: bank-b reads bank-a and the
/// hub. A cursor only saves reading: numbers say what is taken.
@Suite struct PeerInboxTests {
    /// What bank-a asks of bank-b.
    private static func fromBankA(_ number: UInt64) -> Word {
        Trip(.pay(eur(1), from: .alice, to: .bob), number: number).word(.reserve, 1)
    }

    /// What the hub asks of bank-b.
    private static func fromHub(_ number: UInt64) -> Word {
        Trip(.pay(eur(1), from: .alice, to: .bob, over: [.hub]), number: 100 + number)
            .word(.reserve, 2)
    }

    private static func inboxesOfLastCommit(_ bench: Bench) -> [NodeName: Int64] {
        known(bench[.bankB].commits.last).inboxes
    }

    /// A record that is worth nothing.
    private static func rubbish(_ bench: inout Bench, on topic: NodeName = .bankA) -> Outcome {
        bench.show(nil, to: .bankB, on: topic)
    }

    @Test("Cursors of two peers move apart, and a commit holds only those that moved")
    func apart() throws {
        var bench = Bench()
        bench.deliver(Self.fromBankA(1))
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 0])
        bench.deliver(Self.fromBankA(2))
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 1])
        let outcome = bench.deliver(Self.fromHub(1))
        #expect(outcome.entries == [.decided(.confirmed)])
        #expect(outcome.inboxes == [.hub: 0])
        #expect(Self.inboxesOfLastCommit(bench) == [.hub: 0])
        #expect(bench[.bankB].state.inboxes == [.bankA: 1, .hub: 0])
        bench.operate(at: .bankB, .deposit(eur(1), to: .bob))
        #expect(Self.inboxesOfLastCommit(bench).isEmpty)
        #expect(bench[.bankB].state.inbox(of: .shop) == -1)
        try bench.expectReplayEqualsLive()
    }

    @Test("A batch of records of two peers is one commit with both cursors")
    func together() throws {
        var bench = Bench()
        let words = [Self.fromBankA(1), Self.fromHub(1), Self.fromBankA(2)]
        let outcome = bench.at(.bankB, words.map { bench.input(of: $0) })
        #expect(outcome.commitCount == 1)
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 1, .hub: 0])
        try bench.expectReplayEqualsLive()
    }

    @Test("A commit's cursor is the last record that was read before it, also a worthless one")
    func movedWithoutEntry() throws {
        var bench = Bench()
        bench.deliver(Self.fromBankA(1))
        bench.deliver(Self.fromHub(1))
        for _ in 1...3 { #expect(Self.rubbish(&bench).isSilent) }
        #expect(Self.inboxesOfLastCommit(bench) == [.hub: 0])
        #expect(bench[.bankB].state.inbox(of: .bankA) == 3)
        #expect(bench[.bankB].engine.recorded.inbox(of: .bankA) == 0)
        bench.operate(at: .bankB, .deposit(eur(1), to: .bob))
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 3])
        #expect(bench[.bankB].engine.recorded == bench[.bankB].state)
        try bench.expectReplayEqualsLive()
    }

    @Test("A batch's cursor is that of its last record, not that of its last entry")
    func cursorOfABatch() throws {
        var bench = Bench()
        let word = bench.input(of: Self.fromBankA(1))
        let rubbish = bench[.bankB].receive(nil, on: .bankA)
        bench.at(.bankB, [word, rubbish])
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 1])
        try bench.expectReplayEqualsLive()
    }

    @Test("When many records changed nothing, an entry keeps the cursor")
    func advanced() throws {
        var limits = Limits()
        limits.inboxAdvanceAfter = 5
        var bench = Bench(limits: limits)
        bench.deliver(Self.fromBankA(1))
        let entries = (1...12).map { _ in Self.rubbish(&bench).entries }
        let advances = [5, 10]
        #expect(entries == (1...12).map { advances.contains($0) ? [.inboxAdvanced] : [] })
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 10])
        try bench.expectReplayEqualsLive()
    }

    @Test("Where a batch has entries, they keep the cursor: no further entry is needed")
    func advancedByEntries() {
        var limits = Limits()
        limits.inboxAdvanceAfter = 5
        var bench = Bench(limits: limits)
        let words = (1...8 as ClosedRange<UInt64>).map(Self.fromBankA)
        let outcome = bench.at(.bankB, words.map { bench.input(of: $0) })
        #expect(outcome.entries == Array(repeating: .decided(.confirmed), count: 8))
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 7])
    }

    @Test("What was read and not recorded is read again after a restart, and does no harm")
    func unrecorded() throws {
        var bench = Bench()
        bench.deliver(Self.fromBankA(1))
        bench.deliver(Letter(from: .bankA, to: .bankB, 1))
        #expect(bench[.bankB].state.inbox(of: .bankA) == 1)
        try bench[.bankB].restart()
        #expect(bench[.bankB].state.inbox(of: .bankA) == 0)
        let again = bench.deliver(Letter(from: .bankA, to: .bankB, 1))
        #expect(again.events.isEmpty && again.notices == [.sayAgain(.bankA)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A topic that was made again is read from its beginning: its cursor goes back alone")
    func madeAgain() throws {
        var bench = Bench()
        for word in [Self.fromBankA(1), Self.fromBankA(2), Self.fromHub(1)] { bench.deliver(word) }
        bench[.bankB].forgetInbox(of: .bankA)
        let old = bench.deliver(Letter(from: .bankA, to: .bankB, 2))
        #expect(old.events.isEmpty)
        #expect(bench[.bankB].state.inboxes == [.bankA: 0, .hub: 0])
        #expect(bench.deliver(Self.fromBankA(3)).entries == [.decided(.confirmed)])
        #expect(Self.inboxesOfLastCommit(bench) == [.bankA: 1])
        #expect(bench[.bob].available == 4)
        try bench.expectReplayEqualsLive()
    }

    @Test("The log and a snapshot keep the inboxes of all peers")
    func kept() throws {
        var bench = Bench()
        for word in [Self.fromBankA(1), Self.fromHub(1), Self.fromBankA(2)] { bench.deliver(word) }
        let live = bench[.bankB].state
        #expect(live.inboxes == [.bankA: 1, .hub: 0])
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
        #expect(Self.inboxesOfLastCommit(bench) == [.hub: 1])
        try bench.expectReplayEqualsLive()
    }

    /// A node that may write to one peer's topic can copy there what another has signed.
    @Test("What one peer signed has no effect on another's topic, and counts on its own")
    func otherTopic() throws {
        var bench = Bench()
        bench.bring(SenderTests.trip, to: .reserved)
        let before = bench[.bankB].state
        let letter = bench.write(SenderTests.trip.word(.confirm, 1))
        let excerpt = bench[.shop].shelf.excerpt(
            of: letter.number...letter.number, for: .bankB, naming: nil)
        let outcome = bench.show(excerpt, to: .bankB, on: .hub)
        #expect(outcome.isSilent)
        #expect(outcome.drops == [.notTaken(.hub, .otherLink): 1])
        let after = bench[.bankB].state
        #expect(after.participant == before.participant && after.commands == before.commands)
        #expect(after.links == before.links && after.deadLetters.isEmpty)
        #expect(bench.deliver(letter).entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }
}
