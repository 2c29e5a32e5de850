import Chain
import EventLog
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import TestKit
import Testing
import Wire

@testable import Engine

/// Commits that the node's own key signed and that follow each other, so that the chain notices
/// nothing: the books have to.
@Suite struct TamperingTests {
    @Test("A log whose entries do not add up is refused", arguments: Forgery.all)
    func forgery(_ forgery: Forgery) throws {
        let node = Self.node()
        let forged = try forgery.forged(node)
        #expect(throws: FoldFault.self) { try node.fold(forged) }
    }

    @Test("A content that is not the one of its hash breaks the chain", arguments: Forgery.contents)
    func content(_ forgery: Forgery) throws {
        let node = Self.node()
        let forged = try forgery.forged(node)
        #expect(throws: ChainFault.self) { try node.fold(forged) }
    }

    /// bank-a after transfers that settled, were decided late, and were refused.
    private static func node() -> BenchNode {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob, over: [.hub])))
        bench.begin(Trip(.pay(eur(10), from: .alice, to: .amir), number: 2))
        bench.begin(
            Trip(Route.pay(eur(1), from: .alice, to: .bob).adding(.approve(), to: 0), number: 3))
        bench.decide(
            Trip(Route.pay(eur(1), from: .alice, to: .bob).adding(.approve(), to: 0), number: 3),
            0, true)
        bench.begin(Trip(.pay(eur(1), from: .alice, to: .bob, over: [.moon]), number: 4))
        bench.deliverAll()
        return bench[.bankA]
    }

    struct Forgery: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (Event<Fact>) -> Event<Fact>?

        /// Changes what was decided about one saga's step, where it reached `state`.
        init(
            _ description: String, saga: UInt64, _ state: StepState,
            _ change: @escaping @Sendable (inout Decision<Fact>, inout [Fact]) -> Void
        ) {
            testDescription = description
            self.change = { event in
                guard case .stepDecided(let decided) = event, decided.state == state,
                    decided.step.saga.command == CommandID(saga)
                else { return event }
                var (decision, closing) = (Decision(decided), decided.closing)
                change(&decision, &closing)
                return .stepDecided(decision.decided(closing: closing))
            }
        }

        init(
            _ description: String, _ change: @escaping @Sendable (Event<Fact>) -> Event<Fact>?
        ) {
            testDescription = description
            self.change = change
        }

        /// The honest log, which is folded, with the forgery in it.
        func forged(_ node: BenchNode) throws -> [[Event<Fact>]] {
            let honest = try node.commits.map { try $0.events(for: Party.self) }
            try node.fold(honest)
            let forged = honest.map { $0.compactMap(change) }
            #expect(forged != honest, "the forgery has to change something")
            return forged
        }

        /// Status words and nothing else.
        private static let onlyWords = Forgery("a saga that was reserved and confirmed in words") {
            event in
            guard case .stepDecided(let decided) = event,
                decided.step.saga.command == CommandID(1)
            else {
                return event
            }
            var decision = Decision(decided)
            decision.reserving = []
            return .stepDecided(decision.decided(closing: []))
        }

        static let contents = [
            Forgery("a content that is not the hash's", saga: 1, .reserved) { step, _ in
                step.content[0] ^= 1
            },
            Forgery("a refused content that is not the hash's", saga: 4, .cancelled) { step, _ in
                step.content[0] ^= 1
            },
        ]

        static let all = [
            onlyWords,
            Forgery("a refusal that held and released", saga: 1, .reserved) { step, closing in
                step.state = .cancelled
                step.refusal = .declined
                closing = step.reserving.map { $0.asReleased() }
            },
            Forgery("a confirm without its postings", saga: 1, .confirmed) { _, closing in
                closing = []
            },
            Forgery("a confirm with the postings of a cancel", saga: 1, .confirmed) {
                step, closing in
                closing = closing.map { $0.asReleased(step.step) }
            },
            Forgery("a confirm that is called a cancel", saga: 1, .confirmed) { step, _ in
                step.state = .cancelled
                step.refusal = .declined
            },
            Forgery("a confirm that is called a reserve", saga: 1, .confirmed) { step, _ in
                step.state = .reserved
            },
            Forgery("a confirm of more than was held", saga: 1, .confirmed) { _, closing in
                closing = closing.map { $0.scaled(by: 2) }
            },
            Forgery("a confirm under another content", saga: 1, .confirmed) { step, _ in
                step.step = StepID(
                    saga: SagaID(step.step.saga.command, contentHash: .zero),
                    number: step.step.number)
            },
            Forgery("a reserve that holds nothing", saga: 1, .reserved) { step, _ in
                step.reserving = []
            },
            Forgery("a reserve of another step", saga: 1, .reserved) { step, _ in
                step.step = step.step.next
            },
            Forgery("a reserve that is called a refusal", saga: 1, .reserved) { step, _ in
                step.state = .cancelled
                step.refusal = .declined
            },
            Forgery("a reserve whose content is not kept", saga: 1, .reserved) { step, _ in
                step.content = []
            },
            Forgery("a reserve that nobody comes after", saga: 1, .reserved) { step, _ in
                step.next = nil
            },
            Forgery("a confirm that another was asked for", saga: 1, .confirmed) { step, _ in
                step.next = .moon
            },
            Forgery("a confirm that another asked for", saga: 1, .confirmed) { step, _ in
                step.previous = .moon
            },
            Forgery("a log that was never opened") { event in
                if case .nodeOpened = event { nil } else { event }
            },
            Forgery("a log that begins with something else") { event in
                if case .nodeOpened = event { .inboxAdvanced } else { event }
            },
            Forgery("a log that was opened with another key") { event in
                guard case .nodeOpened(let name, _) = event else { return event }
                return .nodeOpened(name, publicKey: BenchNode.key(of: .moon).publicKey.bytes)
            },
            Forgery("a transfer in the bank that moves nothing", saga: 2, .confirmed) {
                step, closing in
                step.reserving = []
                closing = []
            },
            Forgery("a transfer in the bank that only holds", saga: 2, .confirmed) {
                _, closing in
                closing = []
            },
            Forgery("a late yes that nobody gave", saga: 3, .reserved) { step, _ in
                step.reserving = []
            },
            Forgery("a deposit that comes from nowhere") { event in
                guard case .operationDecided(let decided) = event,
                    case .applied(.first(.deposited(let postings))) = decided.outcome
                else { return event }
                return .operationDecided(
                    .init(
                        id: decided.id, fingerprint: decided.fingerprint,
                        principal: decided.principal,
                        outcome: .applied(.first(.deposited(Array(postings.dropFirst()))))))
            },
            Forgery("an account that was never opened") { event in
                guard case .operationDecided(let decided) = event,
                    case .applied(.first(.opened(.alice, _))) = decided.outcome
                else { return event }
                return nil
            },
            Forgery("a reserve that is not there") { event in
                guard case .stepDecided(let decided) = event,
                    decided.step.saga.command == CommandID(1),
                    decided.state == .reserved
                else { return event }
                return nil
            },
        ]
    }

    @Test("What happened twice is refused, an entry at a time", arguments: [0, 1, 2, 3])
    func repetition(_ kind: Int) throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.deliverAll()
        let node = bench[.bankA]
        let honest = try node.commits.map { try $0.events(for: Party.self) }
        let repeated = honest.flatMap { $0 }.filter { event in
            switch (kind, event) {
            case (0, .nodeOpened): true
            case (1, .operationDecided(let decided)): decided.id == CommandID(1_000_001)
            case (2, .stepDecided(let decided)): decided.state == .reserved
            case (3, .stepDecided(let decided)): decided.state == .confirmed
            default: false
            }
        }
        #expect(repeated.count == 1)
        #expect(throws: FoldFault.self) { try node.fold(honest + [repeated]) }
    }

    @Test("A snapshot that names another key than the one that signed it is refused")
    func snapshotOfAnotherKey() throws {
        let bench = Bench()
        let (node, other) = (bench[.bankA], bench[.bankB])
        var state = node.state
        state.publicKey = other.key.publicKey.bytes
        let snapshot = Snapshot.signed(
            position: state.position, commitHash: known(node.commits.last).hash,
            history: node.storage.end.history, state: state.encoded(), key: node.key)
        #expect(throws: WireError.self) { try node.recovered(from: snapshot) }
    }

    @Test("An abandon of a saga that is not open is refused")
    func abandonOfNothing() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.deliverAll()
        let node = bench[.bankA]
        let honest = try node.commits.map { try $0.events(for: Party.self) }
        for number in [1, 2] as [UInt64] {
            let step = Trip(.pay(eur(100), from: .alice, to: .bob), number: number).step(0)
            let request = AbandonRequested(step: step, next: .bankB, principal: Cast.ada)
            #expect(throws: FoldFault.self) {
                try node.fold(honest + [[.abandonRequested(request)]])
            }
        }
    }

    @Test("A commit that is missing, repeated, out of order or another's breaks the chain")
    func chain() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.deliverAll()
        let (node, other) = (bench[.bankA], bench[.bankB])
        let commits = node.commits
        try node.fold(commits)
        for index in commits.indices {
            if index < commits.count - 1 {
                #expect(throws: ChainFault.self) {
                    try node.fold(commits.enumerated().filter { $0.offset != index }.map(\.element))
                }
            }
            #expect(throws: ChainFault.self) {
                try node.fold(Array(commits[...index] + commits[index...]))
            }
            #expect(throws: ChainFault.self) {
                try node.fold(Array(commits[..<index] + [other.commits[0]]))
            }
        }
    }
}

extension BenchNode {
    /// What recovery says to a log that holds `batches`, signed with this node's first key.
    func fold(_ batches: [[Event<Fact>]]) throws {
        var commits: [Commit] = []
        var end = LogEnd.empty(of: Epoch(0))
        // Numbered as the rules say, whatever was forged: what is asked of the books, they notice.
        var given: [NodeName: UInt64] = [:]
        var timeline: UInt64 = 0
        for events in batches where !events.isEmpty {
            var batch = Batch<Fact>(time: Bench.start, timeline: timeline)
            for event in events.map({ $0.following(end) }) {
                if case .timelineStarted(let name, _, _) = event {
                    timeline = name.number
                    batch.timeline = timeline
                }
                let addressee = event.receiver.map {
                    Addressee($0, number: event.isNumbered ? given[$0, default: 0] + 1 : nil)
                }
                if let addressee, let number = addressee.number { given[addressee.peer] = number }
                batch.add(event, Event.encode(event, to: addressee, for: Party.self))
            }
            let commit = batch.signed(after: end, by: name, key: Self.key(of: name))
            end.advance(over: commit)
            commits.append(commit)
        }
        try fold(commits)
    }

    func fold(_ commits: [Commit]) throws {
        var recovery = Recovery(
            node: name, participant: Self.party(name), keys: keys)
        for commit in commits { try recovery.fold(commit) }
    }
}

extension Event {
    /// A timeline that is shown begins behind the commit that stands before it now.
    fileprivate func following(_ end: LogEnd) -> Event {
        guard case .timelineShown(let new, let peer) = self else { return self }
        return .timelineShown(
            NewTimeline(
                new.name, position: new.position, commitHash: end.head.commitHash,
                earlier: new.earlier), to: peer)
    }
}

extension Decision {
    init(_ decided: StepDecided<Fact>) {
        self.init(
            step: decided.step, state: decided.state, refusal: decided.refusal,
            previous: decided.previous, next: decided.next, content: decided.content,
            deadline: decided.deadline, fingerprint: decided.fingerprint,
            principal: decided.principal, reserving: decided.reserving)
    }
}

extension Fact {
    fileprivate func asReleased(_ step: StepID) -> Self {
        guard case .first(.settled(_, let postings)) = self else { return self }
        return .first(.released(step, postings))
    }

    /// A hold, taken back.
    fileprivate func asReleased() -> Self {
        guard case .first(.held(let held, _)) = self else { return self }
        return .first(.released(held.id, held.releasePostings))
    }

    fileprivate func scaled(by factor: Int64) -> Self {
        guard case .first(.settled(let step, let postings)) = self else { return self }
        return .first(
            .settled(
                step,
                postings.map { Posting($0.book, $0.minorUnits * factor, $0.currency) }))
    }
}
