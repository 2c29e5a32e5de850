public import EventLog
import LibPQ

extension PostgresEventLog {
    /// Opens the log for reading and writing. It must have been made: ``initialize(_:roles:)``.
    ///
    /// Opening takes nothing from another process that has the log open: that is what
    /// ``takeOver(from:)`` does.
    ///
    /// - Throws: `LogError`: `.unavailable` — no server, no log, or a server whose settings would
    ///   lose commits; `.corrupt` — also where head and entries do not agree; `.newerSchema`.
    public static func open(
        _ options: PostgresLogOptions
    ) async throws(LogError) -> PostgresEventLog {
        try await opened(PostgresEventLog(options, isReadOnly: false))
    }

    /// Opens the log for looking only, also while a node has it open.
    ///
    /// ``append(_:)``, ``takeOver(from:)`` and ``save(_:)`` throw `.fenced`.
    ///
    /// - Throws: As ``open(_:)``.
    public static func openForReading(
        _ options: PostgresLogOptions
    ) async throws(LogError) -> PostgresEventLog {
        try await opened(PostgresEventLog(options, isReadOnly: true))
    }

    private static func opened(
        _ log: PostgresEventLog
    ) async throws(LogError) -> PostgresEventLog {
        do throws(LogError) {
            try await log.check()
        } catch {
            await log.close()
            throw error
        }
        return log
    }
}
