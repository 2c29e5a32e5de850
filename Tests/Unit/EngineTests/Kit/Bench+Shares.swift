import Ledger
import LedgerWire
import Saga
import TestKit

@testable import Engine

extension Limits {
    /// Each peer's share is `count` open steps.
    static func sharing(_ count: Int) -> Limits {
        var limits = Limits()
        limits.openPerPeerMax = count
        return limits
    }
}

extension Principal {
    /// Clients of one bank, with a token each.
    static let clients = ["one", "two", "three"].map {
        known(Principal("token:submitter/\($0)"))
    }
}

extension AccountID {
    /// A customer of the hub, whose account was never opened.
    static let mallory = known(AccountID("acct-mallory1@hub"))
}

extension Bench {
    /// Begins a saga for one of the clients of its first node.
    @discardableResult
    mutating func begin(_ trip: Trip, by client: Principal) -> Outcome {
        let usual = trip.begin
        let begin = Begin<Party>(
            id: usual.id, fingerprint: usual.fingerprint, principal: client,
            content: usual.content, deadline: usual.deadline)
        return at(trip.owners[0], .begin(begin))
    }
}

extension BenchNode {
    /// How many open steps each share has, counted one by one.
    ///
    /// - Parameter clients: The ones that began the sagas.
    func recount(_ clients: [CommandID: Principal]) -> [OpenShare: Int] {
        var counts: [OpenShare: Int] = [:]
        for (saga, record) in state.sagas {
            for step in record.steps where !step.state.isTerminal {
                if let previous = step.previous { counts[.asked(previous), default: 0] += 1 }
                guard let next = step.next else { continue }
                counts[.waiting(next), default: 0] += 1
                guard step.number == 0, let client = clients[saga.command] else { continue }
                counts[.begun(client, next), default: 0] += 1
            }
        }
        return counts
    }
}
