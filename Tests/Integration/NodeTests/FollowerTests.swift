import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Saga
import Synchronization
import Testing

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
        let log = PagedLog(storage)
        let bank = try #require(NodeName("bank-a"))

        var follower = Follower(network.parts(of: bank, on: log))
        log.fail(atRead: read)
        await #expect(throws: LogError.self) { try await follower.advance() }
        #expect(log.served == read - 1)
        try await follower.advance()
        // The newest commit, for its key, and then each commit once: the second try continued where
        // the first had come to.
        let length = try await storage.commits(after: .start, entriesMax: .max).count
        #expect(length == 3)
        #expect(log.served == 1 + length)
        let recovery = try await follower.take()
        #expect(recovery.end.position == (try await storage.head().position))
        #expect(!recovery.state.participant.accounts.isEmpty)
    }
}

/// A log that is read commit by commit, and of which one reading fails.
private final class PagedLog: EventLog {
    private struct Reads {
        /// Commits that were handed out.
        var served = 0
        var untilFailure: Int?
    }

    private let log: InMemoryEventLog
    private let reads = Mutex(Reads())

    init(_ log: InMemoryEventLog) { self.log = log }

    var served: Int { reads.withLock { $0.served } }

    func fail(atRead number: Int) { reads.withLock { $0.untilFailure = number } }

    func commits(after position: Position, entriesMax: Int) async throws(LogError) -> [Commit] {
        let isFailing = reads.withLock { reads in
            reads.untilFailure = reads.untilFailure.map { $0 - 1 }
            guard reads.untilFailure == 0 else { return false }
            reads.untilFailure = nil
            return true
        }
        guard !isFailing else { throw LogError(.unavailable, "The database hiccups.") }
        let commits = try await log.commits(after: position, entriesMax: 1)
        reads.withLock { $0.served += commits.count }
        return commits
    }

    func head() async throws(LogError) -> Head { try await log.head() }
    func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await log.takeOver(from: epoch)
    }
    func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        log.startAppending(commit, as: writer)
    }
    func entries(of saga: SagaID) async throws(LogError) -> [Entry] {
        try await log.entries(of: saga)
    }
    func newestSnapshot() async throws(LogError) -> Snapshot? { nil }
    func save(_ snapshot: Snapshot) async throws(LogError) {}
    func close() async {}
}
