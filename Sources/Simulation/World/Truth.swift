import Engine
import EventLog
import Ledger
import Saga

/// What is durable: every node's log, folded commit by commit from the bytes on its disk, and what
/// the clients asked for. Checkers measure everything against it.
final class Truth {
    /// What a client asked for under a content.
    struct Plan {
        let itinerary: Itinerary<Bank.Action>
        let amount: Amount
        /// The last step that moves money.
        let lastMoney: Int
    }

    let names: [NodeName]
    private(set) var states: [State<Bank>]
    /// By content hash.
    private(set) var plans: [Hash: Plan] = [:]

    init(nodes names: [NodeName]) {
        self.names = names
        states = names.map { State(node: $0, participant: Bank(node: $0)) }
    }

    func index(of name: NodeName) -> Int? { names.firstIndex(of: name) }

    func plan(_ plan: Plan, for content: Hash) {
        plans[content] = plan
    }

    func fold(
        _ commit: Commit, _ events: [Event<Bank.Fact>], of node: Int
    ) throws(Violation) {
        do throws(FoldFault) {
            try states[node].apply(events, of: commit.header)
        } catch {
            throw Violation(
                "ReplayEqualsLive", "\(names[node]) wrote what does not add up: \(error)",
                saga: events.lazy.compactMap(\.saga).first)
        }
    }
}
