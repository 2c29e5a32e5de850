import Engine
import EventLog
import Ledger
import MessageBus
import Node
import Saga
import Testing
import Wire

struct RelayTests {
    /// As one that takes over while an emptied journal is filled again.
    @Test("A relay that is far behind its log reads it once, not once a group")
    func farBehind() async throws {
        let (bus, log) = (InMemoryMessageBus(), InMemoryEventLog())
        let network = try await TestNetwork(["bank-a"], bus: bus)
        network.settings.relayCommitsMax = 1
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        let teller = try network.teller("bank-a")
        let euro = try #require(Currency(Teller.euro))
        let account = try #require(AccountID(NodeTests.payer))
        let amount = try #require(Amount(minorUnits: 1, currency: euro))
        // One after the other, so that each is a commit.
        for _ in 0..<100 { _ = try await teller.operate(.deposit(amount, to: account)) }
        try await network.stop("bank-a")
        bus.removeNewest(100, in: "journal.bank-a")

        let counting = SteeredLog(log)
        try network.start("bank-a", on: counting)
        let length = try await eventually("the journal is whole") {
            let held = try await bus.records(
                in: "journal.bank-a", from: 0, recordsMax: 1_000, wait: .zero)
            let places = try Set(held.map { try JournalRecord(wire: $0.record.value).position })
            let length = try await Int(log.head().position.number)
            return places.count == length ? length : nil
        }
        #expect(length > 100)
        #expect(counting.entriesRead < 5 * length)
        try await network.stopAll()
    }
}
