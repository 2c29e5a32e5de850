public import Chain

/// The statements cannot be kept or read; the log is not concerned.
public struct StatementError: Error, Sendable, CustomStringConvertible {
    /// The kind of fault, by what to do with the file.
    public enum Code: String, Sendable {
        /// The file is another log's, another version's or damaged: remove it and fold again.
        case unusable
        /// A commit does not follow the statements' last one: discard them and fold again.
        case otherHistory
        /// The file was not made for statements: it is another program's, or one that another
        /// setting names, and must not be removed.
        case foreign
        /// The disk is full, or the file cannot be written: try again later.
        case unavailable
    }

    /// The kind of fault.
    public let code: Code
    /// Says what happened to the statements; safe to log.
    public let message: String
    /// SQLite's own error, where there is one; not part of ``description``.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    static func foreign(_ file: String) -> StatementError {
        StatementError(
            .foreign,
            "\(file) was not made for statements and is left as it is: it is another program's, or "
                + "one that another setting names. Correct statements, or remove the file.")
    }

    /// The log has no commit, or another one, where the statements end.
    public static func otherHistory(at position: Position) -> StatementError {
        StatementError(
            .otherHistory, "The log does not continue at \(position) as the statements do.")
    }

    /// Safe to log.
    public var description: String { "\(code.rawValue): \(message)" }
}
