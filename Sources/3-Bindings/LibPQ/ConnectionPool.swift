import DequeModule
import Synchronization

/// A few connections for readers: at most so many at once, made when they are needed.
///
/// Who finds all of them in use waits in a line, which is bounded as well. A connection that broke,
/// or on which a statement was cancelled, is not used again; the next reader makes another.
public final class ConnectionPool: Sendable {
    private typealias Waiting = CheckedContinuation<Result<Place, PostgresError>, Never>

    /// Leave to use a connection: one that is there, or to make one.
    private enum Place: Sendable {
        case connection(Connection)
        case vacant
    }

    private struct State {
        /// Connected and unused, the most recently used last.
        var idle: [Connection] = []
        var usedCount = 0
        /// Those in use, also while they still connect.
        var used: [ObjectIdentifier: Connection] = [:]
        var line: Deque<(id: UInt64, waiting: Waiting)> = []
        var nextID: UInt64 = 0
        var isClosed = false
        /// Closing does not wait for those who use a connection.
        var isAborted = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    private let options: ConnectionOptions
    private let connectionsMax: Int
    private let waitingMax: Int
    private let keepsIdle: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - options: Where and how each connection is opened.
    ///   - connectionsMax: How many connections there are at most; at least 1.
    ///   - waitingMax: How many callers may wait for one; further ones get `.overloaded`.
    ///   - keepsIdle: Whether an unused connection stays open for the next caller.
    public init(
        _ options: ConnectionOptions, connectionsMax: Int, waitingMax: Int = 1000,
        keepsIdle: Bool = true
    ) {
        precondition(connectionsMax >= 1, "a pool without connections would wait permanently")
        self.options = options
        self.connectionsMax = connectionsMax
        self.waitingMax = waitingMax
        self.keepsIdle = keepsIdle
    }

    /// Runs `body` with a connection that no other caller uses meanwhile.
    ///
    /// - Throws: What `body` throws, or ``PostgresError``: `.overloaded`, `.cancelled` — while
    ///   waiting in line, `.closed`, or as ``Connection/open(_:)``.
    public func withConnection<Value>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        let place = try await self.place()
        let connection =
            switch place {
            case .connection(let idle): idle
            case .vacant: Connection(options)
            }
        note(connection)
        let result: Result<Value, any Error>
        do {
            if case .vacant = place { try await connection.opened() }
            result = .success(try await body(connection))
        } catch {
            result = .failure(error)
        }
        await giveBack(connection)
        return try result.get()
    }

    /// Runs one statement that only reads; cancelling the task stops it.
    public func query(
        _ statement: Statement, _ parameters: Parameters = Parameters()
    ) async throws -> Rows {
        try await withConnection { connection in
            try await connection.query(statement, parameters, onCancellation: .cancel)
        }
    }

    /// Accepts no more callers, waits for those with a connection, and closes all connections.
    ///
    /// Cancelled, it waits for no statement: those in flight are `.outcomeUnknown`.
    public func close() async {
        await withTaskCancellationHandler {
            await closeWaiting()
        } onCancel: {
            let used = state.withLock { state in
                state.isAborted = true
                return state.used.values
            }
            for connection in used { connection.giveUp() }
        }
    }

    private func closeWaiting() async {
        let (idle, line) = state.withLock { state in
            state.isClosed = true
            defer { (state.idle, state.line) = ([], []) }
            return (state.idle, state.line)
        }
        for (_, waiting) in line { waiting.resume(returning: .failure(.closed)) }
        for connection in idle { await connection.close() }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.usedCount > 0 { state.closing.append(continuation) }
                return state.usedCount == 0
            }
            if isEmpty { continuation.resume() }
        }
    }

    private func place() async throws(PostgresError) -> Place {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if let known = place(orWaitAs: (id, continuation)) {
                    continuation.resume(returning: known)
                }
            }
        } onCancel: {
            let waiting = state.withLock { state -> Waiting? in
                guard let index = state.line.firstIndex(where: { $0.id == id }) else { return nil }
                return state.line.remove(at: index).waiting
            }
            waiting?.resume(returning: .failure(.cancelled))
        }
        return try result.get()
    }

    private func place(
        orWaitAs visitor: (id: UInt64, waiting: Waiting)
    ) -> Result<Place, PostgresError>? {
        // Asked before the lock is taken: a cancellation after this finds the visitor in line.
        let isCancelled = Task.isCancelled
        return state.withLock { state in
            if isCancelled { return .failure(.cancelled) }
            guard !state.isClosed else { return .failure(.closed) }
            guard state.usedCount < connectionsMax else {
                guard state.line.count < waitingMax else {
                    return .failure(
                        PostgresError(
                            .overloaded,
                            "\(waitingMax) readers wait for a connection already: retry later."
                        ))
                }
                state.line.append(visitor)
                return nil
            }
            state.usedCount += 1
            // The newest first; those that broke meanwhile are let go, which ends their threads.
            while let connection = state.idle.popLast() {
                if connection.isReusable { return .success(.connection(connection)) }
            }
            return .success(.vacant)
        }
    }

    /// Lets a cancelled ``close()`` end `connection`.
    private func note(_ connection: Connection) {
        let isAborted = state.withLock { state in
            state.used[ObjectIdentifier(connection)] = connection
            return state.isAborted
        }
        if isAborted { connection.giveUp() }
    }

    /// Passes a place on: to the first in line, or back to the pool.
    private func giveBack(_ connection: Connection) async {
        let usable = keepsIdle && connection.isReusable ? connection : nil
        typealias Handover = (Waiting?, [CheckedContinuation<Void, Never>], isClosed: Bool)
        let (next, closing, isClosed) = state.withLock { state -> Handover in
            state.used[ObjectIdentifier(connection)] = nil
            if !state.line.isEmpty {
                return (state.line.removeFirst().waiting, [], state.isClosed)
            }
            state.usedCount -= 1
            if let usable, !state.isClosed { state.idle.append(usable) }
            guard state.usedCount == 0, state.isClosed else { return (nil, [], state.isClosed) }
            defer { state.closing = [] }
            return (nil, state.closing, true)
        }
        if usable == nil || (isClosed && next == nil) { await connection.abort() }
        next?.resume(returning: .success(usable.map { .connection($0) } ?? .vacant))
        for continuation in closing { continuation.resume() }
    }
}
