import Backoff
public import Chain
public import EventLog
public import Logging
public import Projection
public import Saga
public import ServiceLifecycle
import Synchronization
import Wire

/// Keeps a projection up with its log: applies what became durable, soon after it did.
///
/// Batches are handed over as they are released; those it did not see, and all that went before, it
/// reads from the log. A projection that is damaged or of another history is rebuilt; a log or disk
/// that fails is retried. Only requests that read the projection wait for it.
public final class ProjectionFollower<Derived: Projection>: Service {
    /// What the log's entries are decoded to.
    public typealias Batch = CommittedBatch<Derived.Participant.Fact>

    private struct Shared {
        var batches: [Batch] = []
        /// What was applied so far; `nil` while the projection is not known to be the log's.
        var position: Position?
        var waiting: [UInt64: (position: Position, continuation: AsyncStream<Void>.Continuation)] =
            [:]
        var next: UInt64 = 0

        func holds(_ other: Position) -> Bool { position.map { $0 >= other } ?? false }
    }

    private struct Cursor {
        var position: Position
        /// The log may have more than was handed over.
        var isBehind = true
    }

    private static var batchesWaitingMax: Int { 64 }
    private static var entriesReadMax: Int { 5_000 }

    private let projection: Derived
    private let name: String
    private let log: any EventLog
    private let logger: Logger
    private let shared = Mutex(Shared())
    private let (wakes, wake) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameters:
    ///   - projection: Changed and closed by this follower alone, from ``run()`` on.
    ///   - name: What log lines call it, in the plural.
    ///   - log: What the projection is derived from; only read.
    ///   - logger: Receives a line where the projection fails, and where it works again.
    public init(_ projection: Derived, name: String, log: any EventLog, logger: Logger) {
        self.projection = projection
        self.name = name
        self.log = log
        self.logger = logger
        wake.yield()
    }

    /// Takes a durable commit; must not block. What there is no room for is read from the log.
    public func take(_ batch: Batch) {
        shared.withLock { shared in
            if shared.batches.count >= Self.batchesWaitingMax { shared.batches = [] }
            shared.batches.append(batch)
        }
        wake.yield()
    }

    /// What the projection holds; `nil` while it is not known to be the log's.
    public var position: Position? { shared.withLock { $0.position } }

    /// Waits until the projection holds everything up to `position`.
    ///
    /// - Returns: `false` when `time` was over before.
    public func reach(_ position: Position, within time: Duration) async -> Bool {
        let (reached, continuation) = AsyncStream.makeStream(of: Void.self)
        let number: UInt64? = shared.withLock { shared in
            guard !shared.holds(position) else { return nil }
            shared.next += 1
            shared.waiting[shared.next] = (position, continuation)
            return shared.next
        }
        guard let number else { return true }
        // A commit that was not handed over is found by looking at the log.
        wake.yield()
        let timer = Task {
            try await Task.sleep(for: time)
            continuation.finish()
        }
        for await _ in reached {}
        timer.cancel()
        return shared.withLock { shared in
            shared.waiting[number] = nil
            return shared.holds(position)
        }
    }

    /// Runs until it is shut down.
    public func run() async throws {
        defer { endWaits() }
        var pauses = Backoff(from: .milliseconds(100), upTo: .seconds(10))
        var cursor: Cursor?
        // One iteration for all tries: a stream ends with the loop that reads it.
        for await _ in wakes.cancelOnGracefulShutdown() {
            do {
                try await catchUp(&cursor) { pauses.reset() }
            } catch {
                cursor = nil
                await leave()
                // Whatever cannot be done by a task that is cancelled says nothing about the file.
                guard !Task.isCancelled else { return }
                await respond(to: error)
                let time = pauses.next()
                do {
                    try await cancelWhenGracefulShutdown { try await Task.sleep(for: time) }
                } catch {
                    return
                }
                wake.yield()
            }
        }
        await leave()
    }

    /// - Parameter cursor: `nil`: the projection has to be opened.
    private func catchUp(_ cursor: inout Cursor?, onProgress: () -> Void) async throws {
        var current: Cursor
        if let cursor {
            current = cursor
        } else {
            current = Cursor(position: try await open())
            announce(current.position)
        }
        // Statements that are rebuilt may take long: a shutdown waits for one page of them.
        while !Task.isShuttingDownGracefully {
            let batches = try await nextBatches(&current)
            guard !batches.isEmpty else { break }
            current.position = try await projection.apply(batches)
            announce(current.position)
            onProgress()
        }
        cursor = current
    }

    /// Opens a projection that the log continues: another one is of another history.
    private func open() async throws -> Position {
        let end = try await projection.end()
        guard end != .start else { return end.position }
        guard try await log.commit(endingAt: end.position)?.hash == end.commitHash else {
            throw ProjectionError.otherHistory(at: end.position)
        }
        return end.position
    }

    /// The batches that were handed over, if they continue at the cursor. Otherwise the log's, but
    /// only where something shows that it has more: so that a process does not read and decode what
    /// it has just written.
    private func nextBatches(_ cursor: inout Cursor) async throws -> [Batch] {
        let position = cursor.position
        let (handed, isAwaited) = shared.withLock { shared in
            defer { shared.batches = [] }
            return (
                shared.batches.drop { $0.commit.header.last <= position },
                shared.waiting.values.contains { $0.position > position }
            )
        }
        let continuing = Self.continuing(handed, after: position)
        if !continuing.isEmpty {
            // What lies behind a gap was taken out of the hands: the log has it.
            if continuing.count < handed.count { cursor.isBehind = true }
            return Array(continuing)
        }
        guard cursor.isBehind || isAwaited || !handed.isEmpty else { return [] }
        let commits = try await log.commits(after: position, entriesMax: Self.entriesReadMax)
        cursor.isBehind = !commits.isEmpty
        return try commits.map { try Batch(decoding: $0, for: Derived.Participant.self) }
    }

    /// The batches that follow a position without a gap. A commit whose outcome was learned only
    /// from the reopened log is never handed over.
    private static func continuing(
        _ batches: ArraySlice<Batch>, after position: Position
    ) -> ArraySlice<Batch> {
        var next = position + 1
        return batches.prefix { batch in
            guard batch.commit.header.first == next else { return false }
            next = batch.commit.header.last + 1
            return true
        }
    }

    private func respond(to error: any Error) async {
        guard let fault = error as? ProjectionError, fault.isFixedByRebuilding else {
            logger.warning(
                "updating the \(name) failed; retrying", metadata: ["error": "\(error)"])
            return
        }
        logger.warning(
            "the \(name) are invalid; rebuilding them from the log",
            metadata: ["cause": "\(fault)"])
        // Where that fails, the next try says why.
        try? await projection.rebuild()
    }

    private func leave() async {
        shared.withLock { $0.position = nil }
        await projection.close()
    }

    private func announce(_ position: Position) {
        let reached = shared.withLock { shared in
            shared.position = position
            return shared.waiting.values.filter { $0.position <= position }.map(\.continuation)
        }
        for continuation in reached { continuation.finish() }
    }

    /// Ends the wait of all requests.
    private func endWaits() {
        let waiting = shared.withLock { $0.waiting.values.map(\.continuation) }
        for continuation in waiting { continuation.finish() }
    }
}
