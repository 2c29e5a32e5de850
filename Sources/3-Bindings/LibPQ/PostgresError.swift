/// The world broke between a program and its PostgreSQL server, or the server refused.
///
/// ``message`` and `description` are safe to log: they hold no values of statements. What the
/// server said in its own words, which may quote values, is in ``detail``.
public struct PostgresError: Error, Sendable {
    /// The kind of fault, by what is known of the statement.
    public enum Code: Hashable, Sendable {
        /// The server refused the login or the statement; the statement changed nothing.
        case server(SQLState)
        /// The connection broke after the statement was sent and before its result came: it may
        /// or may not have happened. Look first, then retry.
        case outcomeUnknown
        /// The connection broke before the statement was sent: nothing has happened.
        case connectionLost
        /// No connection could be made: wrong address, no answer in time, or no trust (TLS).
        case unreachable
        /// The server asks for a password, and there is none: neither in the connection string nor
        /// in libpq's environment variables and password file.
        case passwordMissing
        /// The login failed on this side: the server asks for a method that libpq does not know or
        /// may not use, or could not prove who it is.
        case loginFailed
        /// The server was reached, and is not fit for what it is to be used for.
        case unsuitable
        /// The caller's task was cancelled; a statement that only reads did not finish.
        case cancelled
        /// Too many calls wait already: the bound of the queue. Nothing has happened.
        case overloaded
        /// A value is of another type than the caller asked for, or `NULL` where none may be.
        case malformedValue
        /// The connection or pool was closed by its owner.
        case closed
    }

    /// The kind of fault, which decides if a retry is right.
    public let code: Code
    /// What happened and, where one can tell, what to do; safe to log.
    public let message: String
    /// The server's or libpq's own words; may quote values, so not for logs.
    public let detail: String?

    /// Takes a message that holds no values; what may quote some belongs into `detail`.
    public init(_ code: Code, _ message: String, detail: String? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Whether the same call may succeed later without anybody changing anything. An unknown
    /// outcome is not: what happened has to be looked up first.
    public var isRetryable: Bool {
        switch code {
        case .connectionLost, .unreachable, .overloaded: true
        case .server(let state): state.isPassing
        case .passwordMissing, .loginFailed, .outcomeUnknown, .unsuitable, .cancelled,
            .malformedValue, .closed:
            false
        }
    }

    /// Whether the login failed, on the server's side or on this one.
    public var isLoginFailure: Bool {
        switch code {
        case .passwordMissing, .loginFailed: true
        case .server(let state): state.category == "28"
        default: false
        }
    }

    /// The server's SQLSTATE, where it was the server that refused.
    public var sqlState: SQLState? {
        if case .server(let state) = code { state } else { nil }
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The code and the message; the detail is left out.
    public var description: String {
        switch code {
        case .server(let state): "SQLSTATE \(state): \(message)"
        default: "\(code): \(message)"
        }
    }

    /// Tells everything, values included.
    public var debugDescription: String {
        detail.map { "\(description) (\($0))" } ?? description
    }
}

extension PostgresError {
    static let closed = PostgresError(.closed, "The connection is closed: open another.")

    static let cancelled = PostgresError(
        .cancelled, "The task that asked was cancelled before the answer came.")
}
