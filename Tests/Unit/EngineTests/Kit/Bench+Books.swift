import Chain
import EventLog
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing

@testable import Engine

extension Bench {
    /// Available, held, incoming.
    func balances(_ account: AccountID) -> [Int64] {
        [self[account].available, self[account].held, self[account].incoming]
    }

    /// At `name` about `peer`: balance, inbound, outbound.
    func clearing(_ name: NodeName, _ peer: NodeName) -> [Int64] {
        let clearing = self[name].ledger.clearing(with: peer, in: .eur)
        return [clearing.balance, clearing.inbound, clearing.outbound]
    }

    func exposure(of peer: NodeName, at name: NodeName) -> Int64 {
        self[name].ledger.clearing(with: peer, in: .eur).exposure
    }

    /// The lamps in the shop: free, reserved.
    var shelf: [Int64] {
        let shelf = self[.shop].state.participant.second.first.shelves["lamp"]
        return [shelf?.free ?? 0, shelf?.reserved ?? 0]
    }

    var entryCount: Int {
        names.reduce(0) { $0 + Int(self[$1].storage.head.position.number) }
    }

    /// Checks the books once nothing is in flight: every saga terminal and of one outcome, nothing
    /// held, what one node owes another the same in both books, and each log its own proof.
    func expectSettledBooks(_ location: SourceLocation = #_sourceLocation) throws {
        expectTerminal(location)
        for name in names {
            let ledger = self[name].ledger
            #expect(ledger.heldSteps.isEmpty, sourceLocation: location)
            #expect(ledger.balanceSum == 0, sourceLocation: location)
            for peer in names where peer != name {
                let sum = zip(clearing(name, peer), clearing(peer, name)).map { $0 + $1 }
                #expect(sum == [0, 0, 0], sourceLocation: location)
            }
        }
        try expectReplayEqualsLive(location)
    }

    /// Every saga has ended, and with the same outcome wherever it was reserved.
    func expectTerminal(_ location: SourceLocation = #_sourceLocation) {
        var outcomes: [SagaID: Set<StepState>] = [:]
        for name in names {
            let waits = self[name].state.repeating.isEmpty && self[name].state.forgetting.isEmpty
            #expect(waits, sourceLocation: location)
            #expect(self[name].state.openSagas == 0, sourceLocation: location)
            #expect(self[name].state.quarantined == 0, sourceLocation: location)
            #expect(self[name].engine.nextDue == nil, sourceLocation: location)
            for (saga, record) in self[name].state.sagas {
                outcomes[saga, default: []].formUnion(record.steps.map(\.state))
            }
        }
        let ends: [Set<StepState>] = [[.confirmed], [.cancelled]]
        #expect(outcomes.values.allSatisfy(ends.contains), sourceLocation: location)
    }
}

extension Ledger {
    /// Of all books of the bank: zero, since every posting has its counterpart.
    var balanceSum: Int64 {
        accounts.values.reduce(0) { $0 + $1.available + $1.held }
            + clearings.values.reduce(0) { $0 + $1.balance } + ownBooks.values.reduce(0, +)
    }
}
