import EventLog
import Links
import Logging
import MessageBus
import Node
import Saga
import TestKit
import Testing

/// What a node says and does where a peer's topic no longer holds what it has not read.
struct RetentionTests {
    /// Sends transfers to a bank that is down, lets `change` happen to the topic that it was shown
    /// them on, and starts it.
    private func scene(
        _ change: (InMemoryMessageBus) async throws -> Void
    ) async throws -> [Lines.Line] {
        let (bus, lines) = (InMemoryMessageBus(), Lines())
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.change = { $0.logger = lines.logger }
        try network.start("bank-a", on: InMemoryEventLog())
        let log = InMemoryEventLog()
        try network.start("bank-b", on: log)
        try await network.openAccounts()
        let teller = try network.teller("bank-a")
        for _ in 0..<3 {
            let first = CommandID.next()
            _ = try await teller.transfer(1, from: NodeTests.payer, to: NodeTests.payee, id: first)
            try await eventually { try await teller.state(of: first) == .confirmed ? true : nil }
        }
        try await network.stop("bank-b")

        let ids = (0..<5).map { _ in CommandID.next() }
        for id in ids {
            _ = try await teller.transfer(1, from: NodeTests.payer, to: NodeTests.payee, id: id)
        }
        try await eventually {
            // One number for each transfer.
            try await bus.records(
                in: "transfers.bank-a.bank-b", from: 0, recordsMax: 1_000, wait: .zero
            ).contains { try Excerpt(decoding: $0.record.value).numbers.contains(8) } ? true : nil
        }
        try await change(bus)
        try network.start("bank-b", on: log)
        for id in ids {
            try await eventually { try await teller.state(of: id) == .confirmed ? true : nil }
        }
        let available = try await network.teller("bank-b").available(NodeTests.payee)
        #expect(available == 1_000_008)
        try await network.stopAll()
        return lines.all
    }

    @Test("Records that expired unread are counted and called that, and their entries shown again")
    func expired() async throws {
        let lines = try await scene { bus in
            let held = try await bus.offsets(of: "transfers.bank-a.bank-b")
            bus.removeRecords(before: held.upperBound, in: "transfers.bank-a.bank-b")
        }
        let told = lines.filter {
            $0.message.contains("retention removed records of a peer's topic")
        }
        #expect(told.count == 1)
        let records = try #require(told.first?.metadata["records"].flatMap { Int("\($0)") })
        #expect(records >= 1)
        #expect(told.first?.level == .warning)
        #expect(!lines.contains { $0.message.contains("another history") })
    }

    @Test("A topic that was made again is another history, not retention")
    func madeAgain() async throws {
        let lines = try await scene { $0.empty(topic: "transfers.bank-a.bank-b") }
        let told = lines.filter {
            $0.message.contains("a peer's topic has another history")
        }
        #expect(told.first?.metadata["topic"] == "transfers.bank-a.bank-b")
        #expect(!lines.contains { $0.message.contains("retention") })
    }
}
