import Foundation
import GRDB
import MessageBus

extension TopicFiles {
    /// What went wrong with the topic's file, and what to do.
    func failure(_ error: any Error) -> BusError {
        switch error {
        case let error as BusError:
            return error
        case let error as DatabaseError
        where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB:
            return BusError(
                .unavailable,
                """
                \(database) is damaged: stop every process that uses it, move it and its -wal and \
                -shm files away, and create the topic again
                """,
                cause: error)
        case let error as DatabaseError:
            return BusError(
                .unavailable,
                """
                \(database) cannot be used (SQLite says \(error.extendedResultCode)): look at the \
                disk's space and the folder's permissions
                """,
                cause: error)
        default:
            return BusError(.unavailable, "\(database) cannot be used", cause: error)
        }
    }
}

/// The failure of the system call that `errno` is still about.
func systemFailure(_ what: String, advice: String) -> BusError {
    BusError(.unavailable, "\(what): \(String(cString: strerror(errno))); \(advice)")
}
