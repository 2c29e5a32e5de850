import Chain
import GeneratedWire
import Ledger
import LedgerWire
import Saga
import Testing
import Wire

@testable import Engine

/// Commits that the node's own key signed, in which an entry says what it said before to another
/// peer, or under another number: a fold has to notice.
@Suite struct RenumberingTests {
    @Test("A log whose entries are numbered otherwise is refused", arguments: Renumbering.all)
    func renumbering(_ renumbering: Renumbering) throws {
        let node = Self.node()
        try node.fold(node.signedAgain { $0.parts })
        let forged = try node.signedAgain { entry in
            let event = try Event.decode(entry.parts, saga: entry.saga, for: Party.self)
            guard case .stepDecided(let decided) = event else { return entry.parts }
            let addressee = try ShownFrame(entry.parts.shown).addressee
            return try entry.parts.addressed(to: renumbering.change(decided.state, addressee))
        }
        #expect(
            forged.map(\.entries) != node.commits.map(\.entries),
            "the forgery has to change something")
        if renumbering.isUnreadable {
            #expect(throws: WireError.self) { try node.fold(forged) }
        } else {
            #expect(throws: FoldFault.self) { try node.fold(forged) }
        }
    }

    /// bank-a, whose log has, in this order: numbers 1 for the hub, 1 for bank-b and 2 for the hub,
    /// a step that is deciding, number 2 for bank-b, and what is confirmed at its origin.
    private static func node() -> BenchNode {
        var bench = Bench()
        let paid = Route.pay(eur(1), from: .alice, to: .bob)
        bench.begin(Trip(.pay(eur(1), from: .alice, to: .bob, over: [.hub])))
        bench.begin(Trip(paid, number: 2))
        bench.begin(Trip(.pay(eur(2), from: .alice, to: .bob, over: [.hub]), number: 3))
        bench.begin(Trip(paid.adding(.approve(), to: 0), number: 4))
        bench.begin(Trip(.pay(eur(1), from: .bea, to: .alice), number: 5))
        bench.deliverAll()
        return bench[.bankA]
    }

    struct Renumbering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// An entry is for another peer than the one that it concerns.
        var isUnreadable = false
        /// The addressee that an entry gets, by the state that its step has reached.
        let change: @Sendable (StepState, Addressee?) -> Addressee?

        init(
            _ description: String,
            _ change: @escaping @Sendable (StepState, Addressee?) -> Addressee?
        ) {
            testDescription = description
            self.change = change
        }

        /// Changes the numbers of the entries for the hub.
        private static func hub(
            _ description: String, _ change: @escaping @Sendable (UInt64) -> UInt64
        ) -> Renumbering {
            Renumbering(description) { _, addressee in
                guard let addressee, addressee.peer == .hub else { return addressee }
                return Addressee(.hub, number: addressee.number.map(change))
            }
        }

        /// Changes one addressee, and the number of no other entry.
        private static func one(
            _ description: String, _ old: Addressee?, _ state: StepState, _ new: Addressee?
        ) -> Renumbering {
            var renumbering = Renumbering(description) { becomes, addressee in
                becomes == state && addressee == old ? new : addressee
            }
            renumbering.isUnreadable = true
            return renumbering
        }

        private static let last = Addressee(.bankB, number: 2)
        private static let first = Addressee(.shop, number: 1)

        static let all = [
            hub("a number left out") { $0 == 2 ? 3 : $0 },
            hub("a number twice") { _ in 1 },
            hub("numbers that begin with two") { $0 + 1 },
            hub("two numbers in the wrong order") { 3 - $0 },
            one("another addressee", last, .confirmed, first),
            one("another, with its next number", last, .confirmed, Addressee(.hub, number: 3)),
            one("no addressee where there is one", last, .confirmed, nil),
            one("an addressee where a decision is pending", nil, .deciding, first),
            one("an addressee where the origin decides for itself", nil, .confirmed, first),
        ]
    }

    @Test("A log in which an entry about no step shows something cannot be read")
    func shownBesideSteps() throws {
        let node = Bench()[.bankA]
        var frame = Giro_Links_V1_Shown()
        frame.peer = "shop"
        frame.number = 1
        let shown = try frame.wireBytes()
        let forged = try node.signedAgain { EntryParts(shown: shown, kept: $0.parts.kept) }
        #expect(throws: WireError.self) { try node.fold(forged) }
    }
}

extension BenchNode {
    /// The log with other parts of its entries, signed with this node's own key.
    fileprivate func signedAgain(_ change: (Entry) throws -> EntryParts) throws -> [Commit] {
        var forged: [Commit] = []
        var end = LogEnd.empty(of: Epoch(0))
        for commit in commits {
            var entries: [(saga: CommandID?, parts: EntryParts)] = []
            for entry in commit.entries { entries.append((entry.saga, try change(entry))) }
            let next = Commit.signed(
                entries, after: end, node: name, timeline: commit.header.timeline,
                time: commit.header.time, inboxes: commit.inboxes, key: key)
            end.advance(over: next)
            forged.append(next)
        }
        return forged
    }
}

extension EntryParts {
    /// The same for another addressee, or for none.
    fileprivate func addressed(to addressee: Addressee?) throws -> EntryParts {
        var frame = try Giro_Links_V1_Shown(wire: shown)
        frame.peer = addressee?.peer.text ?? ""
        frame.number = addressee?.number ?? 0
        var parts = self
        parts.shown = try frame.wireBytes()
        return parts
    }
}
