import BlockingIO
public import Chain
import Foundation
import GRDB
public import Ledger
public import Projection
public import Saga

/// Every account's statement, folded from a node's log into an SQLite file beside it.
///
/// A cache: it remembers the position and the hash of its last commit, and continues only if the
/// next commit follows that one; ``StatementProjection`` replaces it where that is not so. Its file
/// may lose its newest transactions in a power failure; they are folded in again.
///
/// Calls run on GRDB's own threads, one write at a time; reads see whole transactions.
public final class StatementBook: Sendable {
    private let connections: any DatabaseWriter
    private let node: NodeName

    private init(_ connections: any DatabaseWriter, node: NodeName) {
        self.connections = connections
        self.node = node
    }

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - path: `nil` for statements in memory.
    ///   - node: The bank whose statements these are.
    /// - Throws: `ProjectionError`: `.unusable` — remove the file and open again;
    ///   `.foreign` — name another one.
    public static func open(
        at path: String?, node: NodeName
    ) async throws(ProjectionError) -> StatementBook {
        do {
            if let path { try checkIsOwn(path) }
            let connections = try await connect(to: path)
            try await connections.write { try $0.prepareStatements(of: node) }
            return StatementBook(connections, node: node)
        } catch {
            throw ProjectionError(error)
        }
    }

    /// Opens the file on a dedicated thread, since that may wait for the disk.
    private static func connect(to path: String?) async throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.label = "Statements"
        configuration.busyMode = .timeout(5)
        guard let path else { return try DatabaseQueue(configuration: configuration) }
        let settled = configuration
        return try await BlockingThread.run("statements") {
            try DatabasePool(path: path, configuration: settled)
        }
    }

    /// Removes the file and what SQLite keeps beside it.
    public static func remove(at path: String) {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// Where the statements end: position and commit of the log.
    public func end() async throws(ProjectionError) -> ProjectionEnd {
        try await read { try $0.statementEnd() }
    }

    /// Folds commits in, in one transaction; passes over those that are in already.
    ///
    /// - Parameter batches: In the log's order.
    /// - Returns: Where the statements end now.
    /// - Throws: `ProjectionError`: `.otherHistory` — a commit does not follow the newest one
    ///   that is in; nothing has changed.
    public func apply(
        _ batches: [CommittedBatch<LedgerFact>]
    ) async throws(ProjectionError) -> Position {
        do {
            return try await connections.write { database in
                var folding = try StatementFolding(database)
                for batch in batches { try folding.fold(batch) }
                return try folding.save()
            }
        } catch {
            throw ProjectionError(error)
        }
    }

    /// An account's lines after a position, oldest first; none for an account without postings.
    ///
    /// - Parameters:
    ///   - account: One of this bank's.
    ///   - position: Where the page before ended; `Position.start` for the first.
    ///   - linesMax: At least 1.
    public func page(
        of account: AccountID, after position: Position, linesMax: Int
    ) async throws(ProjectionError) -> StatementPage {
        precondition(linesMax > 0, "a page has lines, or reading would never end")
        return try await read { database in
            var lines = try database.lines(of: account, after: position, linesMax: linesMax + 1)
            let isMore = lines.count > linesMax
            if isMore { lines.removeLast() }
            return StatementPage(
                lines: lines, next: isMore ? lines.last?.position : nil,
                position: try database.statementEnd().position)
        }
    }

    /// The ids of accounts that were ever opened, sorted, after one of them.
    public func accounts(
        after account: String, accountsMax: Int
    ) async throws(ProjectionError) -> [AccountID] {
        try await read { database in
            try String.fetchAll(
                database, sql: "SELECT id FROM account WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [account, accountsMax]
            ).map { text in
                guard let id = AccountID(text) else { throw ProjectionError.damaged }
                return id
            }
        }
    }

    /// - Complexity: O(open steps).
    public func tally() async throws(ProjectionError) -> StepTally {
        try await read { try $0.stepTally() }
    }

    /// Closes the file once the calls in progress have ended; calls after that throw. A fault while
    /// closing is ignored, since the file is a cache.
    public func close() async {
        try? connections.close()
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(ProjectionError) -> Value {
        do {
            return try await connections.read(body)
        } catch {
            throw ProjectionError(error)
        }
    }
}

extension ProjectionError {
    static let damaged = ProjectionError(.unusable, "The statements' file is damaged.")

    static func foreign(_ file: String) -> ProjectionError {
        ProjectionError(
            .foreign,
            "\(file) was not made for statements and is left as it is: it is another program's, or "
                + "one that another setting names. Correct statements, or remove the file.")
    }

    init(_ error: any Error) {
        switch error {
        case let error as ProjectionError: self = error
        case let error as DatabaseError:
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT,
                .SQLITE_MISMATCH, .SQLITE_SCHEMA:
                self.init(.unusable, "The statements' file is damaged.", cause: error)
            default:
                self.init(
                    .unavailable,
                    "The statements' file cannot be used now (\(error.extendedResultCode)).",
                    cause: error)
            }
        default: self.init(.unusable, "The statements cannot be folded.", cause: error)
        }
    }
}
