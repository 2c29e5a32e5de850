import EventLog
import EventLogSQLite
import Foundation
import Logging

/// Where a node's event log is.
enum LogPlace {
    /// A SQLite file, made at the first start.
    case file(String)

    /// Opens the log for writing.
    func open(_ logger: Logger) async throws -> (log: any EventLog, seat: (any WriterSeat)?) {
        switch self {
        case .file(let path): (try await SQLiteEventLog.open(at: path), nil)
        }
    }

    /// Opens the log beside a node that may be running.
    func openForReading(_ logger: Logger) async throws -> any EventLog {
        switch self {
        case .file(let path): try await SQLiteEventLog.openForReading(at: path)
        }
    }

    /// Whether there is nothing yet, since no node was ever started on it.
    var isMissing: Bool {
        switch self {
        case .file(let path): !FileManager.default.fileExists(atPath: path)
        }
    }
}

extension LogPlace: CustomStringConvertible {
    var description: String {
        switch self {
        case .file(let path): path
        }
    }
}
