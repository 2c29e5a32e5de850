import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Node
import Saga
import Synchronization
import Testing
import TestKit

struct FailStopTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let failure: SteeredLog.Failure
        let append: Int
        var testDescription: String { "\(failure) at append \(append)" }

        static let all = SteeredLog.Failure.allCases.flatMap { failure in
            (2...14).map { Fault(failure: failure, append: $0) }
        }
    }

    @Test("Whichever append fails, and however: each transfer happens once", arguments: Fault.all)
    func failedAppend(_ fault: Fault) async throws {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        let log = SteeredLog()
        log.failAppend(fault.append, fault.failure)
        try network.start("bank-a", on: log)
        try network.start("bank-b", on: InMemoryEventLog())
        try await openAccounts(network)
        let bankA = try network.teller("bank-a")
        var ids: [CommandID] = []
        for _ in 0..<5 {
            let id = CommandID.next()
            ids.append(id)
            let verdict = try await bankA.transfer(
                100, from: NodeTests.payer, to: NodeTests.payee, id: id)
            #expect([.applied, .duplicate(of: .applied)].contains(verdict))
        }
        for id in ids {
            try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        }
        #expect(try await bankA.available(NodeTests.payer) == 999_500)
        #expect(try await network.teller("bank-b").available(NodeTests.payee) == 1_000_500)
        try await network.stopAll()
    }

    /// With fixed UUIDs: a deposit whose answer is lost is sent again, and made once.
    private func openAccounts(_ network: TestNetwork) async throws {
        let euro = try #require(Currency(Teller.euro))
        for name in network.names {
            let teller = try network.teller(name.text)
            let account = try #require(AccountID("acct-00000001@\(name)"))
            let amount = try #require(Amount(minorUnits: 1_000_000, currency: euro))
            _ = try await teller.operate(.open(account, euro))
            _ = try await teller.operate(.deposit(amount, to: account))
            for peer in network.names where peer != name {
                _ = try await teller.operate(
                    .limitExposure(of: peer, minorUnits: 1 << 40, euro))
            }
        }
    }
}
