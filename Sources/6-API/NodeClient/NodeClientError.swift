public import APIModels

/// A node gave no answer to a request, or none that answers it.
///
/// Every command carries its UUID, so sending one again is always harmless; ``isRetryable`` says
/// whether it is of any use.
public struct NodeClientError: Error, Sendable {
    /// The kind of failure, by what is known of the outcome.
    public enum Code: String, Sendable {
        /// There is no node at the address: nothing was sent.
        case unreachable
        /// The socket may not be used by this user: nothing was sent.
        case forbidden
        /// The connection was cut, or nothing came for too long: the outcome is not known.
        case cut
        /// The node has too much to do, is starting or stopping: see ``problem``.
        case unavailable
        /// The node refused the request itself: see ``problem``.
        case rejected
        /// Whatever answered does not speak this API, or a newer version of it.
        case notUnderstood
        /// The caller's task was cancelled.
        case cancelled
    }

    /// The kind of failure, which decides if a retry is right.
    public let code: Code
    /// Says what happened and what to do; safe to log.
    public let message: String
    /// The node's own explanation, where it gave one.
    public let problem: Problem?
    /// The connection's or decoder's error, where there is one; not part of ``description``.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, problem: Problem? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.problem = problem
        self.cause = cause
    }

    /// Whether the same request may fare better later, without anybody changing anything.
    public var isRetryable: Bool {
        switch code {
        case .unreachable, .cut, .unavailable: true
        case .forbidden, .rejected, .notUnderstood, .cancelled: false
        }
    }

    /// Whether a command that ended so may have been applied all the same: the same command, under
    /// the same UUID, has to be sent again to learn it.
    public var isOutcomeUnknown: Bool {
        switch code {
        case .unreachable, .forbidden: false
        case .cut, .notUnderstood, .cancelled: true
        case .unavailable, .rejected: !(problem?.isUnrecorded ?? false)
        }
    }
}

extension NodeClientError: CustomStringConvertible {
    /// The code and the message; the cause is left out.
    public var description: String { "\(code.rawValue): \(message)" }
}
