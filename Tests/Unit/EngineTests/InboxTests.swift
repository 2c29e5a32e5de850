import Chain
import Ledger
import LedgerWire
import MessageBus
import Saga
import TestKit
import Testing

@testable import Engine
@testable import PeerProtocol

/// Where a peer's inbox stands is part of the log: effect and offset are one commit.
@Suite struct InboxTests {
    static let trip = Trip(.pay(eur(100), from: .alice, to: .bob))

    @Test("An offset that was consumed is ignored when it comes again, whatever it holds now")
    func consumed() {
        var bench = Bench()
        let record = bench.record(of: Self.trip.message(.reserve, 1))
        let other = bench.record(
            of: Trip(.pay(eur(5), from: .alice, to: .bob), number: 2).message(.reserve, 1))
        let envelope = bench[.bankB].envelope
        func input(_ offset: Int64, _ record: Record) -> Input<Party> {
            .deliver(
                envelope.verify(
                    .init(offset: offset, record: record), from: .bankA, for: Party.self))
        }
        #expect(bench.at(.bankB, [input(7, record)]).entries == [.decided(.confirmed)])
        for offset in [7, 6, 0] as [Int64] {
            #expect(bench.at(.bankB, [input(offset, record)]).isSilent)
            #expect(bench.at(.bankB, [input(offset, other)]).isSilent)
        }
        #expect(bench.at(.bankB, [input(8, other)]).entries == [.decided(.confirmed)])
    }

    @Test("A commit's cursor is the last record that was read before it, also an idle one")
    func cursor() throws {
        var bench = Bench()
        bench.deliver(Self.trip.message(.reserve, 1))
        let repeated = Self.trip.message(.abandon, 1)
        let inputs = (1...3).map { _ in bench.input(of: repeated) }
        #expect(bench.at(.bankB, inputs).entries == [])
        bench.operate(at: .bankB, .deposit(eur(1), to: .bob))
        let commit = known(bench[.bankB].commits.last)
        let hash = Envelope.hash(of: bench.record(of: repeated))
        #expect(
            commit.inboxes == [.bankA: InboxCursor(incarnation: 0, offset: 3, recordHash: hash)])
        #expect(bench[.bankB].state.inboxes == commit.inboxes)
        try bench.expectReplayEqualsLive()
    }

    @Test("A batch's cursor names the last record of the batch, not that of its last entry")
    func cursorOfABatch() throws {
        var bench = Bench()
        let messages = [
            Self.trip.message(.reserve, 1), Self.trip.message(.reserve, 1),
            Self.trip.message(.abandon, 1),
        ]
        bench.at(.bankB, messages.map { bench.input(of: $0) })
        #expect(known(bench[.bankB].commits.last).inboxes[.bankA]?.offset == 2)
        try bench.expectReplayEqualsLive()
    }

    @Test("When many records changed nothing, an entry keeps the cursor")
    func advanced() throws {
        var limits = Limits()
        limits.inboxAdvanceAfter = 5
        var bench = Bench(limits: limits)
        bench.deliver(Self.trip.message(.reserve, 1))
        let entries = (1...12).map { _ in
            bench.deliver(Self.trip.message(.reserve, 1)).entries
        }
        let advances = [5, 10]
        #expect(entries == (1...12).map { advances.contains($0) ? [.inboxAdvanced] : [] })
        #expect(known(bench[.bankB].commits.last).inboxes[.bankA]?.offset == 10)
        try bench.expectReplayEqualsLive()
    }

    @Test("Where a batch has entries, they keep the cursor: no further entry is needed")
    func advancedByEntries() {
        var limits = Limits()
        limits.inboxAdvanceAfter = 5
        var bench = Bench(limits: limits)
        let trips = (1...8).map { Trip(.pay(eur(1), from: .alice, to: .bob), number: $0) }
        let outcome = bench.at(.bankB, trips.map { bench.input(of: $0.message(.reserve, 1)) })
        #expect(outcome.entries == Array(repeating: .decided(.confirmed), count: 8))
        #expect(known(bench[.bankB].commits.last).inboxes[.bankA]?.offset == 7)
    }

    @Test("What was read and not recorded is read again after a restart, and does no harm")
    func unrecorded() throws {
        var bench = Bench()
        bench.deliver(Self.trip.message(.reserve, 1))
        bench.deliver(Self.trip.message(.reserve, 1))
        #expect(bench[.bankB].state.inbox(of: .bankA).offset == 1)
        try bench[.bankB].restart()
        #expect(bench[.bankB].state.inbox(of: .bankA).offset == 0)
        let again = Envelope(
            node: .bankB, secrets: [.bankA: BenchNode.secret(.bankA, .bankB)]
        ).verify(
            DeliveredRecord(
                offset: 1, record: bench.record(of: Self.trip.message(.reserve, 1))),
            from: .bankA, for: Party.self)
        #expect(bench.at(.bankB, [.deliver(again)]).sent == [Sent(.confirm, 0, to: .bankA)])
    }

    @Test("A changed history is an entry that raises the incarnation and begins at the beginning")
    func restarted() throws {
        var bench = Bench()
        bench.deliver(Self.trip.message(.reserve, 1))
        bench.deliver(Self.trip.message(.reserve, 1))
        let outcome = bench.at(.bankB, [.restartInbox(of: .bankA)])
        #expect(outcome.entries == [.inboxRestarted(.bankA)])
        #expect(
            known(bench[.bankB].commits.last).inboxes
                == [.bankA: InboxCursor(incarnation: 1, offset: -1, recordHash: .zero)])
        try bench[.bankB].restart()
        bench[.bankB].forgetInbox(of: .bankA)

        let fenced = bench.deliver(Self.trip.message(.reserve, 1))
        #expect(fenced.sent == [Sent(.confirm, 0, to: .bankA)])
        #expect(fenced.entries == [])
        let next = Trip(.pay(eur(1), from: .alice, to: .bob), number: 2)
        bench.deliver(next.message(.reserve, 1))
        let cursor = known(known(bench[.bankB].commits.last).inboxes[.bankA])
        #expect(cursor.incarnation == 1)
        #expect(cursor.offset == 1)
        #expect(bench[.bob].available == 101)
        try bench.expectReplayEqualsLive()
    }

    @Test("A restart and the first records after it may be one batch")
    func restartedInABatch() throws {
        var bench = Bench()
        bench.deliver(Self.trip.message(.reserve, 1))
        let next = Trip(.pay(eur(1), from: .alice, to: .bob), number: 2)
        bench[.bankB].forgetInbox(of: .bankA)
        let record = bench.input(of: next.message(.reserve, 1))
        let outcome = bench.at(.bankB, [.restartInbox(of: .bankA), record])
        #expect(outcome.entries == [.inboxRestarted(.bankA), .decided(.confirmed)])
        let cursor = known(known(bench[.bankB].commits.last).inboxes[.bankA])
        #expect(cursor.incarnation == 1)
        #expect(cursor.offset == 0)
        try bench.expectReplayEqualsLive()
    }

    @Test("A quarantined record is kept raw, with its place, and only its beginning if long")
    func quarantinedRecord() throws {
        var bench = Bench()
        let value = [UInt8](repeating: 0xFF, count: 10_000)
        let junk = Record(key: [], headers: [], value: value)
        bench.deliver(Self.trip.message(.reserve, 1))
        let outcome = bench.at(.bankB, [bench[.bankB].receive(junk)])
        guard case .quarantined(let quarantined)? = outcome.batch.events.first else {
            Issue.record("junk is quarantined")
            return
        }
        #expect(quarantined.cause == .unreadable)
        #expect(quarantined.inbox == .bankA)
        #expect(quarantined.offset == 1)
        #expect(quarantined.record == Array(value.prefix(Quarantined.recordBytesMax)))
        try bench.expectReplayEqualsLive()
    }
}
