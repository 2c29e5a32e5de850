public import Chain
public import EventLog
public import Saga
import Synchronization

/// A log in memory around which a test lets happen what goes wrong with real ones: at an append, a
/// reading or a takeover.
public final class SteeredLog: EventLog {
    /// How an append fails.
    public enum Failure: String, CaseIterable, Sendable {
        /// Nothing was appended.
        case unavailable
        /// Nothing was appended, and the caller does not learn it.
        case lostBefore
        /// It was appended, and the caller does not learn it.
        case lostAfter
    }

    /// What a test sees in an error's text; clients must not.
    public static let words = "planted by a test"

    private struct Plan {
        let failure: Failure
        var appendsLeft: Int
        let action: @Sendable () -> Void
    }

    private enum Hold {
        /// Appends are done, and their answers kept back.
        case answers
        /// Appends wait.
        case appends
    }

    private struct Held {
        let commit: Commit
        let writer: Epoch
        let appending = Appending()
    }

    private struct State {
        var log: InMemoryEventLog
        var plan: Plan?
        var hasFailed = false
        var hold: Hold?
        var held: [Held] = []
        var entriesRead = 0
        var commitsRead = 0
        /// Counts down to the read that fails.
        var readsLeft: Int?
        var failsLookUps = false
    }

    private let state: Mutex<State>
    private let entriesPerRead: Int
    private let showsSnapshots: Bool
    private let beforeTakeOver: @Sendable (SteeredLog) async throws(LogError) -> Void
    private let afterTakeOver: @Sendable (Head) async throws(LogError) -> Void

    /// - Parameters:
    ///   - entriesPerRead: A reading gives no more at once, but one commit at least.
    ///   - showsSnapshots: Whether a reader finds snapshots; without, it reads the whole log.
    ///   - beforeTakeOver: Happens before a writer takes the log over.
    ///   - afterTakeOver: Happens before that writer knows.
    public init(
        _ log: InMemoryEventLog = InMemoryEventLog(), entriesPerRead: Int = .max,
        showsSnapshots: Bool = true,
        beforeTakeOver: @escaping @Sendable (SteeredLog) async throws(LogError) -> Void = { _ in },
        afterTakeOver: @escaping @Sendable (Head) async throws(LogError) -> Void = { _ in }
    ) {
        state = Mutex(State(log: log))
        self.entriesPerRead = entriesPerRead
        self.showsSnapshots = showsSnapshots
        self.beforeTakeOver = beforeTakeOver
        self.afterTakeOver = afterTakeOver
    }

    private var log: InMemoryEventLog { state.withLock { $0.log } }

    public func head() async throws(LogError) -> Head { try await log.head() }

    public func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await beforeTakeOver(self)
        let head = try await log.takeOver(from: epoch)
        try await afterTakeOver(head)
        return head
    }

    public func newestSnapshot() async throws(LogError) -> Snapshot? {
        try await showsSnapshots ? log.newestSnapshot() : nil
    }

    public func save(_ snapshot: Snapshot) async throws(LogError) { try await log.save(snapshot) }

    public func close() async { await log.close() }

    /// From now on another log stands where this one was.
    public func become(_ storage: LogStorage) {
        state.withLock { $0.log = InMemoryEventLog(storage) }
    }
}

// MARK: - Appending

extension SteeredLog {
    /// Lets an append fail; those before and after it do not.
    ///
    /// - Parameters:
    ///   - number: 1 for the next one.
    ///   - action: Called as it fails.
    public func failAppend(
        _ number: Int = 1, _ failure: Failure, _ action: @escaping @Sendable () -> Void = {}
    ) {
        state.withLock { state in
            state.plan = Plan(failure: failure, appendsLeft: number, action: action)
            state.hasFailed = false
        }
    }

    /// Whether the append that is to fail has failed.
    public var hasFailed: Bool { state.withLock { $0.hasFailed } }

    /// From now on appends are done, and their answers kept back.
    public func holdAnswers() { state.withLock { $0.hold = .answers } }

    /// Answers that are kept back are lost; later appends are answered.
    public func loseAnswers() {
        for one in letGo() {
            one.appending.finish(.failure(LogError(.outcomeUnknown, Self.words)))
        }
    }

    /// From now on appends wait.
    public func holdAppends() { state.withLock { $0.hold = .appends } }

    /// Appends that wait are done, and later ones at once.
    public func resumeAppends() {
        for one in letGo() {
            let appended = log.startAppending(one.commit, as: one.writer)
            Task { one.appending.finish(await appended.result) }
        }
    }

    private func letGo() -> [Held] {
        state.withLock { state in
            defer { (state.hold, state.held) = (nil, []) }
            return state.held
        }
    }

    public func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        if let plan = duePlan() {
            plan.action()
            if plan.failure == .lostAfter { _ = log.startAppending(commit, as: writer) }
            let appending = Appending()
            let code: LogError.Code =
                plan.failure == .unavailable ? .unavailable : .outcomeUnknown
            appending.finish(.failure(LogError(code, Self.words)))
            return appending
        }
        return state.withLock { state in
            guard let hold = state.hold else {
                return state.log.startAppending(commit, as: writer)
            }
            if hold == .answers { _ = state.log.startAppending(commit, as: writer) }
            let held = Held(commit: commit, writer: writer)
            state.held.append(held)
            return held.appending
        }
    }

    private func duePlan() -> Plan? {
        state.withLock { state in
            guard var plan = state.plan else { return nil }
            plan.appendsLeft -= 1
            state.hasFailed = plan.appendsLeft == 0
            state.plan = state.hasFailed ? nil : plan
            return state.hasFailed ? plan : nil
        }
    }
}

extension Appending {
    fileprivate var result: Result<Void, LogError> {
        get async {
            do throws(LogError) {
                return .success(try await outcome())
            } catch {
                return .failure(error)
            }
        }
    }
}

// MARK: - Reading

extension SteeredLog {
    /// How many entries were read, commit by commit.
    public var entriesRead: Int { state.withLock { $0.entriesRead } }

    /// How many commits were read.
    public var commitsRead: Int { state.withLock { $0.commitsRead } }

    /// Lets a reading of commits fail; those before and after it do not.
    ///
    /// - Parameter number: 1 for the next one.
    public func failRead(_ number: Int) { state.withLock { $0.readsLeft = number } }

    /// From now on looking for one saga's entries fails.
    public func failLookUps() { state.withLock { $0.failsLookUps = true } }

    public func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try failDueRead()
        let commits = try await log.commits(
            after: position, entriesMax: min(entriesMax, entriesPerRead))
        count(commits)
        return commits
    }

    public func commit(containing position: Position) async throws(LogError) -> Commit? {
        try failDueRead()
        let commit = try await log.commit(containing: position)
        if let commit { count([commit]) }
        return commit
    }

    private func failDueRead() throws(LogError) {
        let isDue = state.withLock { state in
            guard let left = state.readsLeft else { return false }
            state.readsLeft = left == 1 ? nil : left - 1
            return left == 1
        }
        guard !isDue else { throw LogError(.unavailable, Self.words) }
    }

    private func count(_ commits: [Commit]) {
        state.withLock { state in
            state.commitsRead += commits.count
            state.entriesRead += commits.reduce(0) { $0 + $1.entries.count }
        }
    }

    public func entries(of saga: CommandID) async throws(LogError) -> [Entry] {
        guard !state.withLock({ $0.failsLookUps }) else {
            throw LogError(.unavailable, Self.words)
        }
        return try await log.entries(of: saga)
    }
}
