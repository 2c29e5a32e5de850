import Chain
import Ledger
import LedgerWire
import Links
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// What an engine could not have written about logs and steps does not fold, though the node's own
/// key signed it.
@Suite struct LinkFoldTests {
    private static let direct = Trip(.pay(eur(5), from: .alice, to: .bob))
    private static let waiting = Trip(.pay(eur(5), from: .alice, to: .bob, over: [.hub]), number: 2)
    private static let asking = Trip(DecidingTests.asking.route, number: 3)

    /// bank-a has settled with bank-b, waits for the hub and for an approver, and has read bank-b.
    private static func bench() -> Bench {
        var bench = Bench()
        bench.begin(direct)
        bench.deliverAll()
        bench.begin(waiting)
        bench.begin(asking)
        return bench
    }

    @Test("An entry without its reason is refused", arguments: Unfounded.all)
    func unfounded(_ unfounded: Unfounded) throws {
        let bench = Self.bench()
        var state = bench[.bankA].state
        let event = unfounded.event(bench)
        #expect(throws: FoldFault.self) { try state.apply(event) }
    }

    @Test("While the peer's log says which key counts, another comes with a timeline under it")
    func compared() throws {
        let bench = Self.bench()
        var state = bench[.bankA].state
        var marks = CommitMarks(after: state.position, at: state.time)
        try state.apply(
            .peerKeyCompared(
                .bankB, publicKey: BenchNode.key(of: .moon).publicKey.bytes, by: Cast.ada), &marks)
        #expect(throws: FoldFault.self) { try marks.checkEnd(peerCount: state.links.count) }
    }

    struct Unfounded: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let event: @Sendable (Bench) -> Event<Fact>

        init(_ description: String, _ event: @escaping @Sendable (Bench) -> Event<Fact>) {
            testDescription = description
            self.event = event
        }

        static let all = ofReads + ofPeers + ofSteps

        /// A `read` that could be the next one, or differs from it.
        static func read(
            number: UInt64 = 2, acknowledged: UInt64 = 1, of peer: NodeName = .bankB,
            _ header: (Bench) -> WitnessedHeader, _ bench: Bench
        ) -> Event<Fact> {
            let header = header(bench)
            return .read(
                Read(number: number, header: header.name, acknowledged: acknowledged), of: peer,
                header: header.signed)
        }

        static func newest(_ name: NodeName) -> (Bench) -> WitnessedHeader {
            { $0[name].shelf.newest }
        }

        private static func older(_ bench: Bench) -> WitnessedHeader {
            let commit = bench[.bankB].commits[0]
            let signed = SignedHeader(bytes: commit.headerBytes, signature: commit.signature)
            return known(try? WitnessedHeader(signed))
        }

        private static let ofReads = [
            Unfounded("a read of fewer entries than before") {
                read(number: 1, newest(.bankB), $0)
            },
            Unfounded("a read that acknowledges less than before") {
                read(acknowledged: 0, newest(.bankB), $0)
            },
            Unfounded("a read that acknowledges what was never given") {
                read(acknowledged: 2, newest(.bankB), $0)
            },
            Unfounded("a read with an older header") { read(older, $0) },
            Unfounded("a read with another node's header") { read(newest(.hub), $0) },
            Unfounded("a read of a node that is no peer") {
                read(of: .moon, newest(.bankB), $0)
            },
            Unfounded("a read that names another header than it keeps") { bench in
                let header = newest(.bankB)(bench)
                let name = HeaderName(commit: header.header.number, hash: .zero)
                return .read(
                    Read(number: 2, header: name, acknowledged: 1), of: .bankB,
                    header: header.signed)
            },
        ]

        private static let ofPeers = [
            Unfounded("a dead letter of a number that was taken before") { _ in
                .quarantined(
                    Quarantined(cause: .wrongStep, peer: .bankB, number: 1, shown: [1]))
            },
            Unfounded("a dead letter of a node that is no peer") { _ in
                .quarantined(Quarantined(cause: .wrongStep, peer: .moon, number: 1, shown: [1]))
            },
            Unfounded("a key of a node that is no peer") { _ in
                .peerKeyTaken(.moon, publicKey: BenchNode.key(of: .moon).publicKey.bytes)
            },
            Unfounded("a key that is none") { _ in .peerKeyTaken(.bankB, publicKey: [1]) },
            Unfounded("a known key compared again") { _ in
                .peerKeyCompared(
                    .bankB, publicKey: BenchNode.key(of: .bankB).publicKey.bytes, by: Cast.ada)
            },
            Unfounded("the own key compared as a peer's") { _ in
                .peerKeyCompared(
                    .bankA, publicKey: BenchNode.key(of: .moon).publicKey.bytes, by: Cast.ada)
            },
            Unfounded("an answer to a timeline that is not there") { _ in .peerAnswered(.bankB) },
            Unfounded("a timeline accepted by people that did not compare its key") { _ in
                .peerAccepted(
                    .bankB, Accepted(TimelineName(number: 1, fork: .of(1)), own: nil), by: Cast.ada)
            },
            Unfounded("a timeline accepted in a timeline that is not the own") { _ in
                .peerAccepted(
                    .bankB,
                    Accepted(
                        TimelineName(number: 1, fork: .of(1)),
                        own: TimelineName(number: 1, fork: .of(2))), by: nil)
            },
            Unfounded("a suspension for a header that the peer has not signed") { bench in
                let signed = newest(.bankB)(bench).signed
                let other = SignedHeader(
                    bytes: signed.bytes, signature: [UInt8](repeating: 1, count: 64))
                return .peerSuspended(.bankB, .denied(.goesBack, header: other))
            },
            Unfounded("a suspension for a timeline that cuts nothing off") { bench in
                let header = newest(.bankB)(bench)
                let new = NewTimeline(
                    TimelineName(number: header.header.timeline + 1, fork: .of(1)),
                    position: header.header.last, commitHash: header.hash)
                return .peerSuspended(
                    .bankB, .forked(new, number: 2, header: header.signed))
            },
            Unfounded("a timeline shown that does not begin") { bench in
                .timelineShown(
                    NewTimeline(
                        TimelineName(number: 1, fork: .of(1)),
                        position: bench[.bankA].state.position, commitHash: .zero), to: .bankB)
            },
            Unfounded("a key shown that does not sign the next commit") { _ in
                .keyShown(publicKey: BenchNode.key(of: .moon).publicKey.bytes, to: .bankB)
            },
        ]

        private static func repeated(
            _ trip: Trip, _ state: StepState, to neighbour: NodeName,
            deadline: Timestamp? = nil
        ) -> Event<Fact> {
            .stepRepeated(
                StepRepeated(
                    step: trip.step(0), state: state,
                    refusal: state == .cancelled ? .declined : nil, neighbour: neighbour,
                    content: state == .reserved ? trip.content.bytes : [],
                    deadline: state == .reserved ? deadline ?? trip.deadline : nil))
        }

        private static let ofSteps = [
            Unfounded("a reserved step said again without a reason") { _ in
                repeated(waiting, .reserved, to: .hub)
            },
            Unfounded("a confirmed step said to be reserved") { _ in
                repeated(direct, .reserved, to: .bankB)
            },
            Unfounded("a confirmed step said to be cancelled") { _ in
                repeated(direct, .cancelled, to: .bankB)
            },
            Unfounded("an outcome said again to a node that did not ask for it") { _ in
                repeated(direct, .confirmed, to: .bankB)
            },
            Unfounded("an unknown step said again") { _ in
                repeated(Trip(direct.route, number: 99), .confirmed, to: .bankB)
            },
            Unfounded("a step forgotten in a log that has lost nothing") { _ in
                .stepForgotten(asking.step(0), facts: [])
            },
            Unfounded("a step given up, and another than the next is asked") { _ in
                .abandonRequested(
                    AbandonRequested(step: waiting.step(0), next: .bankB, principal: Cast.ada))
            },
            Unfounded("a step that is deciding given up, and the next is asked") { _ in
                .abandonRequested(
                    AbandonRequested(step: asking.step(0), next: .bankB, principal: Cast.ada))
            },
            Unfounded("a client's step given up without a client") { _ in
                .abandonRequested(
                    AbandonRequested(step: waiting.step(0), next: .hub, principal: nil))
            },
            Unfounded("a step given up that has ended") { _ in
                .abandonRequested(
                    AbandonRequested(step: direct.step(0), next: .bankB, principal: Cast.ada))
            },
        ]
    }

    @Test("A read of the next entry is folded, so what is refused of others is what was changed")
    func founded() throws {
        let bench = Self.bench()
        var state = bench[.bankA].state
        try state.apply(Unfounded.read(Unfounded.newest(.bankB), bench))
        #expect(state.links[.bankB]?.next == 3)
    }

    @Test("A step is given up once")
    func twice() throws {
        let bench = Self.bench()
        var state = bench[.bankA].state
        let request = Event<Fact>.abandonRequested(
            AbandonRequested(step: Self.waiting.step(0), next: .hub, principal: Cast.ada))
        try state.apply(request)
        #expect(throws: FoldFault.self) { try state.apply(request) }
    }

    /// bank-a has refused an entry of bank-b, taken its new key, given up what was approved late,
    /// and begun a timeline.
    private static func eventful() -> BenchNode {
        var bench = Self.bench()
        bench.deliver(Trip(direct.route, number: 9).word(.confirm, 0))
        bench.rotateKey(of: .bankB, to: BenchNode.key(of: .bankC))
        bench.showAgain()
        bench.deliverAll()
        bench.at(.bankA, .abandon(asking.id))
        bench.decide(asking, 0, true)
        bench.startTimeline(at: .bankA)
        return bench[.bankA]
    }

    /// The commits of the log up to the last that has an entry of that kind.
    private static func log(
        through kind: String, of node: BenchNode
    ) throws -> [[Event<Fact>]] {
        let honest = try node.commits.map { try $0.events(for: Party.self) }
        let place = try #require(
            honest.lastIndex(where: { $0.contains { Recorded($0).kind == kind } }))
        return Array(honest[...place])
    }

    @Test(
        "A commit from which an entry is left out that has to be there is refused",
        arguments: [
            ("read", "keyTaken"), ("read", "quarantined"), ("timelineShown", "timelineStarted"),
            ("timelineStarted", "timelineStarted"), ("abandonRequested", "abandonRequested"),
        ])
    func leftOut(_ kind: String, _ commit: String) throws {
        let node = Self.eventful()
        var log = try Self.log(through: commit, of: node)
        try node.fold(log)
        let last = log.count - 1
        let index = try #require(log[last].lastIndex(where: { Recorded($0).kind == kind }))
        log[last].remove(at: index)
        #expect(throws: FoldFault.self) { try node.fold(log) }
    }

    @Test("What a peer said behind the commit's read is refused", arguments: [
        "keyTaken", "quarantined",
    ])
    func behindRead(_ kind: String) throws {
        let node = Self.eventful()
        var log = try Self.log(through: kind, of: node)
        try node.fold(log)
        log[log.count - 1].reverse()
        #expect(throws: FoldFault.self) { try node.fold(log) }
    }
}
