import BlockingIO
public import Chain
public import EventLog
import GRDB
public import Saga
import Synchronization

/// An event log in one SQLite file: what a node uses when no database server is configured.
///
/// One connection writes, others read what is durable without waiting for it (write-ahead log).
/// The connections run on GRDB's own threads. Cancelling a task does not interrupt its call: an
/// append that was handed over happens or fails, and its caller learns which.
public final class SQLiteEventLog: EventLog {
    /// `nil` once closed.
    private let connections: Mutex<DatabasePool?>
    private let isReadOnly: Bool

    init(_ connections: DatabasePool, isReadOnly: Bool) {
        self.connections = Mutex(connections)
        self.isReadOnly = isReadOnly
    }

    /// As `EventLog.head()`; does not wait for the writer.
    public func head() async throws(LogError) -> Head {
        try await read { try $0.logHead() }
    }

    /// As `EventLog.takeOver(from:)`; takes its turn with the appends.
    public func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await write { try $0.takeOver(from: epoch) }
    }

    /// As `EventLog.startAppending(_:as:)`: one transaction for each commit.
    public func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        let appending = Appending()
        startWriting({ try $0.append(commit, as: writer) }, answer: appending.finish)
        return appending
    }

    /// As `EventLog.commits(after:entriesMax:)`; does not wait for the writer.
    public func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try await read { try $0.commits(after: position, entriesMax: entriesMax) }
    }

    /// As `EventLog.commit(containing:)`; does not wait for the writer.
    public func commit(containing position: Position) async throws(LogError) -> Commit? {
        try await read { try $0.commit(containing: position) }
    }

    /// As `EventLog.entries(of:)`; does not wait for the writer.
    public func entries(of saga: CommandID) async throws(LogError) -> [Entry] {
        try await read { try $0.entries(of: saga) }
    }

    /// As `EventLog.newestSnapshot()`; its signature is not checked here.
    public func newestSnapshot() async throws(LogError) -> Snapshot? {
        try await read { try $0.newestSnapshot() }
    }

    /// As `EventLog.save(_:)`; takes its turn with the appends.
    public func save(_ snapshot: Snapshot) async throws(LogError) {
        try await write { try $0.save(snapshot) }
    }

    /// Waits for the calls in flight.
    public func close() async {
        let open = connections.withLock { connections in
            defer { connections = nil }
            return connections
        }
        guard let open else { return }
        await BlockingThread.run("giro.eventlog") {
            // Fails only while a statement is in use, and none outlives its call; even then the
            // file is closed when the last connection is let go.
            try? open.close()
        }
    }

    /// Runs `body` on the writing connection, in one transaction.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LogError) -> Value {
        let result = await withCheckedContinuation { continuation in
            startWriting(body) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Queues `body` on the writing connection; bodies run in the order of these calls.
    private func startWriting<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value,
        answer: @escaping @Sendable (Result<Value, LogError>) -> Void
    ) {
        guard !isReadOnly else {
            return answer(
                .failure(
                    LogError(
                        .fenced, "The log was opened for reading: open it for writing.")))
        }
        start(answer) { connections in
            connections.asyncWriteWithoutTransaction { database in
                answer(Result { () throws(LogError) in try database.writing(body) })
            }
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LogError) -> Value {
        let result = await withCheckedContinuation { continuation in
            let answer: @Sendable (Result<Value, LogError>) -> Void = {
                continuation.resume(returning: $0)
            }
            start(answer) { connections in
                connections.asyncRead { database in
                    answer(Result { try body(database.get()) }.mapError { LogError($0) })
                }
            }
        }
        return try result.get()
    }

    /// Hands work to the connections, or answers that they are closed.
    ///
    /// `queue` only queues the work, under the lock that closing takes as well, so that nothing
    /// is queued behind the closing of a connection.
    private func start<Value>(
        _ answer: (Result<Value, LogError>) -> Void, queue: (DatabasePool) -> Void
    ) {
        let isOpen = connections.withLock { connections in
            if let connections { queue(connections) }
            return connections != nil
        }
        if !isOpen { answer(.failure(.closed)) }
    }
}
