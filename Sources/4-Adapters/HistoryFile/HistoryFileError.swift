/// A history file cannot be used or filled. The log is as it was: the file is a cache of it.
public struct HistoryFileError: Error, Sendable {
    /// The kind of fault, by what the caller has to do.
    public enum Code: String, Sendable {
        /// The path leads to a link, to what is no file, or to a file that others may write.
        case refused
        /// It is open already, in this process or in another one.
        case locked
        /// The file cannot be opened, read or written; the disk may be full.
        case unavailable
        /// The file was changed while it was filled: there were two writers.
        case conflict
        /// The log ends before the tree that the file was to be brought to.
        case shortLog
        /// The log's commits make another tree than the one that the file was to be brought to.
        case otherLog
        /// The file was closed by its owner.
        case closed
    }

    /// The kind of fault, which decides if a retry is right.
    public let code: Code
    /// Says what happened and what to do; safe to log.
    public let message: String
    /// What the file was refused for, where there is more to know; not part of ``description``.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same call may succeed later without a fix by an operator.
    public var isRetryable: Bool { code == .unavailable || code == .conflict }
}

extension HistoryFileError: CustomStringConvertible {
    /// The code and the message; the cause is left out.
    public var description: String { "\(code.rawValue): \(message)" }
}
