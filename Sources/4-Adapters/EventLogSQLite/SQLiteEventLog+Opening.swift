import BlockingIO
public import EventLog
import GRDB

extension SQLiteEventLog {
    /// Opens the log at `path` for reading and writing; makes the file if there is none.
    ///
    /// Opening takes nothing from another process that has the log open: that is what
    /// ``takeOver(from:)`` does.
    ///
    /// - Parameters:
    ///   - path: In a folder that exists, on a local disk: SQLite's locks do not work on network
    ///     file systems.
    ///   - busyTimeout: How long a write waits while another process writes, before it is
    ///     `.unavailable`.
    /// - Throws: `LogError`: `.unavailable`, `.corrupt` — also where head and entries do not
    ///   agree, `.newerSchema`.
    public static func open(
        at path: String, busyTimeout: Duration = .seconds(5)
    ) async throws(LogError) -> SQLiteEventLog {
        try await opened(isReadOnly: false) {
            let connections = try DatabasePool(
                path: path, configuration: configuration(busyTimeout: busyTimeout))
            try connections.writeWithoutTransaction { database in
                // GRDB sets NORMAL when it turns the write-ahead log on, and would lose the
                // newest commits with the power. So this comes after, and on the one writer.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try Schema.migrate(database)
            }
            return connections
        }
    }

    /// Opens the log at `path` for looking only, also while a node has it open.
    ///
    /// Never makes or changes a log. ``append(_:)``, ``takeOver(from:)`` and ``save(_:)`` throw
    /// `.fenced`. SQLite keeps its index of the write-ahead log in a file beside the log; if no
    /// node is running, the reader must be allowed to make that file.
    ///
    /// - Throws: `LogError`: as ``open(at:busyTimeout:)``; `.unavailable` if there is no file.
    public static func openForReading(
        at path: String, busyTimeout: Duration = .seconds(5)
    ) async throws(LogError) -> SQLiteEventLog {
        try await opened(isReadOnly: true) {
            var configuration = configuration(busyTimeout: busyTimeout)
            configuration.readonly = true
            let connections = try DatabasePool(path: path, configuration: configuration)
            try connections.read { try Schema.check($0) }
            return connections
        }
    }

    private static func opened(
        isReadOnly: Bool, _ open: @escaping @Sendable () throws -> DatabasePool
    ) async throws(LogError) -> SQLiteEventLog {
        let result = await BlockingThread.run("giro.eventlog") {
            Result {
                let connections = try open()
                try connections.read { try $0.checkEnd() }
                return connections
            }.mapError { LogError($0) }
        }
        return SQLiteEventLog(try result.get(), isReadOnly: isReadOnly)
    }

    private static func configuration(busyTimeout: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.label = "EventLog"
        configuration.busyMode = .timeout(busyTimeout / .seconds(1))
        return configuration
    }
}
