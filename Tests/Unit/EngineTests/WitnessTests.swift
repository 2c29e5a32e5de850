import Chain
import EventLog
import MessageBus
import Saga
import TestKit
import Testing
import Wire

@testable import Engine
@testable import PeerProtocol

/// What a node makes of its peers' headers: bank-b watches bank-a.
@Suite struct WitnessTests {
    /// A history of bank-a's log, with any number of commits and branches.
    struct History {
        var end = LogEnd.empty(of: Epoch(0))
        var timeline: UInt64 = 0
        var key = BenchNode.key(of: .bankA)

        mutating func next(_ count: Int = 1, _ text: String = "entry") -> Commit {
            let commit = Commit.signed(
                (0..<count).map { _ in (nil, EntryParts(kept: Array(text.utf8))) }, after: end,
                node: .bankA, timeline: timeline, time: Bench.start, inboxes: [:], key: key)
            end.advance(over: commit)
            return commit
        }
    }

    static func witness(_ commit: Commit, echo: SignedHeader? = nil) -> Record {
        known(
            EnvelopeTests.envelope(of: .bankA).authenticate(
                Witness(
                    from: .bankA, to: .bankB,
                    newest: .init(bytes: commit.headerBytes, signature: commit.signature),
                    echo: echo)))
    }

    private static func deliver(_ commits: [Commit], to bench: inout Bench) -> Outcome {
        var inputs: [Input<Party>] = []
        for commit in commits { inputs.append(bench[.bankB].receive(witness(commit))) }
        return bench.at(.bankB, inputs)
    }

    @Test("A peer's header is kept, and of several in one batch the newest only")
    func kept() throws {
        var bench = Bench()
        var history = History()
        #expect(Self.deliver([history.next()], to: &bench).entries == [.witnessed(.bankA)])
        let later = [history.next(3), history.next(), history.next(2)]
        #expect(Self.deliver(later, to: &bench).entries == [.witnessed(.bankA)])
        let peer = try #require(bench[.bankB].state.peers[.bankA])
        #expect(peer.newest.hash == later[2].hash)
        #expect(!peer.isSuspended)
    }

    @Test("A header seen before is not recorded again, and sends no message")
    func repeated() {
        var bench = Bench()
        var history = History()
        let commits = [history.next(2), history.next(2), history.next(2)]
        _ = Self.deliver([commits[1]], to: &bench)
        for old in [commits[0], commits[1]] {
            let outcome = Self.deliver([old], to: &bench)
            #expect(outcome.entries.isEmpty)
            #expect(outcome.messages.isEmpty)
        }
    }

    /// Headers of bank-a that cannot follow its commits 1–2, 3–4 and 5–6.
    enum Denial: CaseIterable {
        case otherCommitAtItsPlace, overlapping, otherPredecessor, higherTimeline
    }

    static func contradiction(_ contradiction: Denial) -> (history: [Commit], contradiction: Commit)
    {
        var history = History()
        let first = history.next(2)
        let fork = history
        let second = history.next(2)
        var other = fork
        switch contradiction {
        case .otherCommitAtItsPlace: return ([first, second], other.next(2, "other"))
        case .overlapping: return ([first, second], other.next(5, "other"))
        case .otherPredecessor:
            _ = other.next(2, "other")
            return ([first, second], other.next(1))
        case .higherTimeline:
            history.timeline = 1
            return ([first, second], history.next())
        }
    }

    @Test("A header that contradicts another suspends the peer", arguments: Denial.allCases)
    func suspended(_ kind: Denial) throws {
        var bench = Bench()
        let (history, contradiction) = Self.contradiction(kind)
        _ = Self.deliver(history, to: &bench)
        #expect(Self.deliver([contradiction], to: &bench).entries == [.peerSuspended(.bankA)])
        #expect(bench[.bankB].state.peers[.bankA]?.isSuspended == true)
        // In one batch with what it contradicts, both are kept: they are the evidence.
        var second = Bench()
        #expect(
            Self.deliver(history + [contradiction], to: &second).entries
                == [.witnessed(.bankA), .peerSuspended(.bankA)])
    }

    @Test("A transfer to a suspended peer is refused: its hold could never be ended")
    func refusedTowards() throws {
        var bench = Bench()
        let (history, contradiction) = Self.contradiction(.otherCommitAtItsPlace)
        _ = Self.deliver(history + [contradiction], to: &bench)
        let direct = Trip(.pay(eur(5), from: .bea, to: .alice))
        #expect(bench.begin(direct).answer == .refused(.suspendedPeer))
        let over = Trip(
            Route.pay(eur(5), from: .bea, to: .alice, over: [.hub]), number: 2)
        #expect(bench.begin(over).answer == .applied)
        #expect(bench.balances(.bea) == [995, 5, 0])
        #expect(bench.at(.bankB, [.acceptPeer(.bankA, by: Cast.ada, Ticket(1))]).answer == .applied)
        let later = Trip(.pay(eur(5), from: .bea, to: .alice), number: 3)
        #expect(bench.begin(later).answer == .applied)
        try bench.expectReplayEqualsLive()
    }

    @Test("What a suspended peer says is dropped until an operator accepts its history")
    func accepted() throws {
        var bench = Bench()
        let (history, contradiction) = Self.contradiction(.otherCommitAtItsPlace)
        _ = Self.deliver(history + [contradiction], to: &bench)
        let reserve = EnvelopeTests.authenticate(EnvelopeTests.trip.message(.reserve, 1))
        let first = bench[.bankB].receive(reserve)
        let dropped = bench.at(.bankB, [first])
        #expect(dropped.entries.isEmpty && dropped.messages.isEmpty)
        try bench[.bankB].restart()
        let accepted = bench.at(.bankB, [.acceptPeer(.bankA, by: Cast.ada, Ticket(1))])
        #expect(accepted.entries == [.peerAccepted(.bankA)])
        #expect(bench[.bankB].state.peers[.bankA]?.newest.hash == contradiction.hash)
        let second = bench[.bankB].receive(reserve)
        let heard = bench.at(.bankB, [second])
        #expect(heard.entries.count == 1 && heard.messages.count == 1)
        #expect(
            bench.at(.bankB, [.acceptPeer(.bankA, by: Cast.ada, Ticket(2))]).answer
                == .duplicate(of: .applied))
        let unknown = bench.at(.bankB, [.acceptPeer(.hub, by: Cast.ada, Ticket(3))])
        #expect(unknown.answer == .unknownPeer)
    }

    @Test("A header that its node's key did not sign is quarantined")
    func forged() {
        var bench = Bench()
        var history = History()
        history.key = SigningKey()
        #expect(
            Self.deliver([history.next()], to: &bench).entries == [.quarantined(.unauthenticated)])
    }

    @Test("The header of a peer whose key is not known is of no use, and blocks nothing")
    func unknownKey() {
        var history = History()
        let reading: Delivery<Party>.Reading = EnvelopeTests.envelope(of: .bankB).verify(
            .init(offset: 0, record: Self.witness(history.next())), from: .bankA, for: Party.self
        ).reading
        guard case .irrelevant = reading else {
            Issue.record("it was read as \(reading)")
            return
        }
    }

    @Test("An echo is read by its receiver, where the sender's secret vouches for it")
    func echo() throws {
        var history = History()
        let commit = history.next()
        let own = SignedHeader(bytes: commit.headerBytes, signature: commit.signature)
        var other = History()
        let record = Self.witness(other.next(), echo: own)
        let bankA = EnvelopeTests.envelope(of: .bankA)
        let bankB = EnvelopeTests.envelope(of: .bankB)
        #expect(bankB.echo(in: record, from: .bankA)?.hash == commit.hash)
        #expect(bankA.echo(in: record, from: .bankA) == nil)
        #expect(bankB.echo(in: record.with(code: [1]), from: .bankA) == nil)
        // On another peer's topic it is not that peer's word.
        #expect(bankB.echo(in: record, from: .hub) == nil)
        let stranger = Envelope(node: .bankB, secrets: [.hub: .random()])
        #expect(stranger.echo(in: record, from: .bankA) == nil)
    }
}
