import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Saga
import Synchronization
import Testing
import TestKit

@testable import Node

/// What folds a log beside its writer.
struct FollowerTests {
    @Test("A read that fails loses nothing that was folded", arguments: 1...5)
    func readFails(_ read: Int) async throws {
        let storage = InMemoryEventLog()
        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        try network.start("bank-a", on: storage)
        try await network.openAccounts()
        try await network.stopAll()
        let log = SteeredLog(storage, entriesPerRead: 1, showsSnapshots: false)
        let bank = try #require(NodeName("bank-a"))

        var follower = Follower(network.parts(of: bank, on: log))
        log.failRead(read)
        await #expect(throws: LogError.self) { try await follower.advance() }
        #expect(log.commitsRead == read - 1)
        try await follower.advance()
        // The newest commit, for its key, and then each commit once: the second try continued where
        // the first had stopped.
        let length = try await storage.commits(after: .start, entriesMax: .max).count
        #expect(length == 3)
        #expect(log.commitsRead == 1 + length)
        let recovery = try await follower.take()
        #expect(recovery.end.position == (try await storage.head().position))
        #expect(!recovery.state.participant.accounts.isEmpty)
    }
}
