public import Chain
public import Saga

/// A projection cannot be kept or read; the log is not concerned.
public struct ProjectionError: Error, Sendable, CustomStringConvertible {
    /// The kind of fault, by what to do with the projection.
    public enum Code: String, CaseIterable, Sendable {
        /// It is another log's, another version's or damaged: rebuild it.
        case unusable
        /// A commit does not follow the last one that it holds: rebuild it.
        case otherHistory
        /// What is there was not made for it: it is another program's, or one that another setting
        /// names, and must not be removed.
        case foreign
        /// The disk is full, or it cannot be written: try again later.
        case unavailable
    }

    /// The kind of fault.
    public let code: Code
    /// Says what happened to the projection; safe to log.
    public let message: String
    /// The store's own error, where there is one; not part of ``description``.
    public let cause: (any Error)?

    /// Takes a message that is safe to log.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The log has no commit, or another one, where the projection ends.
    public static func otherHistory(at position: Position) -> ProjectionError {
        ProjectionError(
            .otherHistory,
            "The log does not continue at \(position) as what was derived from it does.")
    }

    /// Whether the projection is right again once it is rebuilt.
    public var isFixedByRebuilding: Bool { code == .unusable || code == .otherHistory }

    /// The code and the message; the cause is left out.
    public var description: String { "\(code.rawValue): \(message)" }
}
