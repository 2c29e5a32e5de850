import Chain
import Ledger
import LedgerWire
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// The one who decided, in the entries that record a decision of people or clients.
@Suite struct PrincipalTests {
    /// By another principal than the bench's own.
    private static let transfer = Trip(.pay(eur(5), from: .alice, to: .bob))

    private static func begin() -> Begin<Party> {
        let begin = transfer.begin
        return Begin(
            id: begin.id, fingerprint: begin.fingerprint, principal: Cast.grace,
            content: begin.content, deadline: begin.deadline)
    }

    @Test("A command's entry names its client; a neighbour's step and a read have no principal")
    func commands() throws {
        var bench = Bench()
        let began = bench.at(.bankA, [.begin(Self.begin(), Ticket(1))])
        #expect(began.events.map(\.principal) == [Cast.grace])
        let abandoned = bench.at(
            .bankA, [.abandon(Self.transfer.id, by: Cast.ada, Ticket(2))])
        #expect(abandoned.events.map(\.principal) == [Cast.ada])
        bench.deliverAll()
        let others = bench[.bankB].commits.dropFirst(1)
        let events = try others.flatMap { try $0.events(for: Party.self) }
        #expect(events.contains { if case .stepDecided = $0 { true } else { false } })
        for event in events {
            switch event {
            case .operationDecided, .peerKeyCompared: #expect(event.principal == Cast.ada)
            default: #expect(event.principal == nil)
            }
        }
    }

    @Test("An answer from outside names who gave it, and the beginning who asked")
    func lateAnswer() throws {
        var bench = Bench()
        let asking = Trip(DecidingTests.asking.route, number: 7)
        let began = bench.begin(asking)
        #expect(began.events.map(\.principal) == [Cast.ada])
        for isApproved in [true, false] {
            var bench = bench
            let decided = bench.decide(asking, 0, isApproved)
            #expect(decided.events.map(\.principal) == [Cast.grace])
            #expect(try bench[.bankA].recovered() == bench[.bankA].state)
        }
    }

    @Test("A repetition by another client is a duplicate, and the first one stays named")
    func repetition() throws {
        var bench = Bench()
        bench.at(.bankA, [.begin(Self.begin(), Ticket(1))])
        let again = bench.at(.bankA, .begin(Self.transfer.begin))
        #expect(again.answer == .duplicate(of: .applied))
        #expect(again.events.isEmpty)
    }

    @Test("A state names the client of an open transfer, and depends on no other principal")
    func state() throws {
        var (one, other) = (Bench(), Bench())
        one.begin(Self.transfer)
        other.at(.bankA, [.begin(Self.begin(), Ticket(1))])
        #expect(one[.bankA].state[Self.transfer.saga]?.open?.principal == Cast.ada)
        #expect(other[.bankA].state[Self.transfer.saga]?.open?.principal == Cast.grace)
        one.deliverAll()
        other.deliverAll()
        #expect(one[.bankA].state[Self.transfer.saga]?.open == nil)
        // The peer names commits of this log by their hashes, which depend on all that they hold.
        var (ours, theirs) = (one[.bankA].state, other[.bankA].state)
        #expect(ours.links.mapValues(\.next) == theirs.links.mapValues(\.next))
        (ours.links, theirs.links) = ([:], [:])
        #expect(ours == theirs)
        #expect(ours.encoded() == theirs.encoded())
    }

    @Test("What people decide about a log names one of them beside the approvers")
    func people() throws {
        var bench = Bench()
        bench.startTimeline(at: .bankA)
        bench[.bankA].acceptClock(at: bench.now)
        bench.rotateKey(of: .bankA, to: BenchNode.key(of: .moon))
        let commits = try bench[.bankA].commits.suffix(3).map { try $0.events(for: Party.self) }
        // What follows for peers stands behind it, and has no principal.
        #expect(commits.map { $0[0].principal } == [Cast.ada, Cast.ada, Cast.ada])
        #expect(commits.map { $0[0].approvers } == [["ada", "grace"], ["ada", "grace"], []])
        #expect(commits.allSatisfy { $0.dropFirst().allSatisfy { $0.principal == nil } })
        #expect(try bench[.bankA].recovered() == bench[.bankA].state)
    }
}
