public import EventLog

/// The statements cannot be kept or read; the log is not concerned.
public struct StatementError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The file belongs to another log, another version or nobody: throw it away, fold again.
        case unusable
        /// A commit does not go on where the statements end: throw them away and fold again.
        case otherHistory
        /// The disk is full, or the file cannot be written: try again later.
        case unavailable
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The log has no commit, or another one, where the statements end.
    public static func otherHistory(at position: Position) -> StatementError {
        StatementError(
            .otherHistory, "The log does not go on at \(position) as the statements do.")
    }

    /// Safe to log.
    public var description: String { "\(code.rawValue): \(message)" }
}
