public import Chain
public import Saga

/// A node's event log: the only write there is.
///
/// One contract for every store; `EventLogContract` in the tests runs against each of them.
/// Any number of readers, one writer at a time: the one whose epoch the head names.
public protocol EventLog: Sendable {
    /// The newest durable end of the log.
    func head() async throws(LogError) -> Head

    /// Makes the caller the only writer, by moving the epoch from `epoch` to the next number.
    ///
    /// - Returns: The head with the new epoch, durable: the former writer's appends now fail.
    /// - Throws: `.fenced` — the epoch is no longer `epoch`; nothing has changed.
    func takeOver(from epoch: Epoch) async throws(LogError) -> Head

    /// Hands `commit` over, to be appended as one atomic unit after those handed over before it.
    ///
    /// Does not wait: several commits may be in flight, and take effect in the order of the calls.
    /// Succeeds only where the head is what the header names (the position before `first` and the
    /// hash `previousHash`) under the writer's epoch; so once one has failed, those after it fail.
    ///
    /// - Parameters:
    ///   - commit: Signed; it follows the one that was handed over before it.
    ///   - writer: The epoch of who appends. A commit that is restored may be of an earlier epoch
    ///     than its writer, never of a later one.
    /// - Returns: What ends, when the commit is durable, or throws: `.fenced` — the epoch has
    ///   moved, stop; `.outcomeUnknown` — it may or may not have happened, reopen the log before
    ///   doing anything else; `.conflict` — the head's position or hash is another, under the right
    ///   epoch; nothing has changed.
    /// - Complexity: One transaction, one fsync.
    func startAppending(_ commit: Commit, as writer: Epoch) -> Appending

    /// Whole commits, oldest first: those whose last position is after `position`, as many as fit
    /// `entriesMax` entries and ``LogReading/bytesMax``, but at least one if there is any. Empty
    /// at the end of the log.
    func commits(after position: Position, entriesMax: Int) async throws(LogError) -> [Commit]

    /// The whole commit that has the entry at `position`; `nil` at `Position.start` and after the
    /// end of the log.
    ///
    /// - Complexity: One look-up by index, whatever the length of the log.
    func commit(containing position: Position) async throws(LogError) -> Commit?

    /// The entries under a UUID, oldest first, of all sagas that have it; empty for one that the
    /// log does not know.
    func entries(of saga: CommandID) async throws(LogError) -> [Entry]

    /// The snapshot with the highest position, or `nil`.
    func newestSnapshot() async throws(LogError) -> Snapshot?

    /// Keeps `snapshot` and may drop older ones, all but the one before it.
    func save(_ snapshot: Snapshot) async throws(LogError)

    /// Gives back what the log holds open. Every later call throws `.closed`.
    ///
    /// Waits for the calls in flight; where its task is cancelled it ends them instead, as far as
    /// the store can.
    func close() async
}

extension EventLog {
    /// Appends `commit` and waits until it is durable; as ``startAppending(_:as:)``.
    public func append(_ commit: Commit) async throws(LogError) {
        try await startAppending(commit, as: commit.header.epoch).outcome()
    }

    /// The commit whose last entry is at `position`; `nil` where none ends there.
    public func commit(endingAt position: Position) async throws(LogError) -> Commit? {
        guard position > .start, let commit = try await commit(containing: position),
            commit.header.last == position
        else { return nil }
        return commit
    }

    /// The commit at the end of the log; `nil` in an empty one.
    public func newestCommit() async throws(LogError) -> Commit? {
        try await commit(endingAt: head().position)
    }
}

/// The bounds of what is read of a log at once.
public enum LogReading {
    /// Bodies of commits, in bytes: 16 MiB. One commit alone is smaller.
    public static let bytesMax = 16 << 20
}

/// The world broke between the node and its log. A log never says that a rule was broken.
public struct LogError: Error, Sendable {
    /// The kind of fault, by what the caller has to do; the raw value stands in messages.
    public enum Code: String, Sendable {
        /// Another writer has taken the log over: stop.
        case fenced
        /// The answer was lost: reopen the log before doing anything else.
        case outcomeUnknown
        /// The head is not where the writer expects it, under the right epoch.
        case conflict
        /// The store cannot be reached, is full or is busy; nothing has changed.
        case unavailable
        /// What was read is not what was written.
        case corrupt
        /// The store's schema is newer than this code knows.
        case newerSchema
        /// It is known that the log was longer, or another, once: restore it.
        case rewound
        /// The log is signed by a key that its writer does not have.
        case foreignKey
        /// The log was closed by its owner.
        case closed
    }

    /// The kind of fault, which decides if a retry is right.
    public let code: Code
    /// Says what happened and what to do; safe to log.
    public let message: String
    /// The store's own error, where there is one; not part of ``description``.
    public let cause: (any Error)?

    /// Takes a message that is safe to log: no values of entries, no secrets.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same call may succeed later without a fix by an operator.
    public var isRetryable: Bool { code == .unavailable }
}

extension LogError {
    /// What every call to a log throws once it is closed.
    public static let closed = LogError(.closed, "The log is closed: open it again to use it.")
}

extension LogError: CustomStringConvertible {
    /// The code and the message; the cause is left out.
    public var description: String { "\(code.rawValue): \(message)" }
}
