import EventLog
import GRDB

extension LogError {
    /// What an error of SQLite means for a call that has not committed anything.
    ///
    /// Messages name no values; the cause has SQLite's own words.
    init(_ error: any Error) {
        switch error {
        case let error as LogError: self = error
        case let error as DatabaseError: self.init(error)
        default:
            self.init(.corrupt, "The log file holds a value of another type.", cause: error)
        }
    }

    private init(_ error: DatabaseError) {
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(
                .unavailable, "No space is left for the log, nothing was written: make room.",
                cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            self.init(
                .unavailable,
                "Another process has locked the log file, nothing was written: find it, or wait.",
                cause: error)
        case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_NOMEM:
            self.init(
                .unavailable,
                """
                The log file cannot be opened, read or written: check its path, its \
                permissions and the disk (\(error.extendedResultCode)).
                """,
                cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .corrupt, "The log file is damaged: restore it from the journal or a backup.",
                cause: error)
        case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_SCHEMA:
            self.init(
                .corrupt,
                """
                The log's tables are not as this program left them, nothing was written: find \
                out who changed them, restore the log.
                """,
                cause: error)
        default:
            self.init(
                .outcomeUnknown,
                "SQLite failed unexpectedly (\(error.extendedResultCode)): reopen the log.",
                cause: error)
        }
    }
}
