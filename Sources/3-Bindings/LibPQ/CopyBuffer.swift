import Synchronization

/// Rows of a `COPY … TO STDOUT` between the connection's thread and the reader.
final class CopyBuffer: Sendable {
    private typealias Waiting = CheckedContinuation<Result<[UInt8]?, PostgresError>, Never>

    private struct State {
        var rows: [[UInt8]] = []
        var next = 0
        var byteCount = 0
        var isAbandoned = false
        var end: Result<Void, PostgresError>?
        var waiting: Waiting?
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// While full, the thread leaves rows in the socket, and so the server waits.
    var isFull: Bool {
        state.withLock { !$0.isAbandoned && $0.byteCount >= bytesMax }
    }

    var isAbandoned: Bool { state.withLock(\.isAbandoned) }

    func push(_ row: [UInt8]) {
        let waiting = state.withLock { state -> Waiting? in
            guard !state.isAbandoned else { return nil }
            if let waiting = state.waiting {
                state.waiting = nil
                return waiting
            }
            state.rows.append(row)
            state.byteCount += row.count
            return nil
        }
        waiting?.resume(returning: .success(row))
    }

    func finish(_ end: Result<Void, PostgresError>) {
        let waiting = state.withLock { state in
            state.end = state.end ?? end
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: end.map { nil })
    }

    /// Ends the reading, and drops the rows; a reader that waits gets `.cancelled`.
    ///
    /// - Returns: Whether rows were still to come.
    func abandon() -> Bool {
        let (waiting, isUnfinished) = state.withLock { state in
            let isUnfinished = state.end == nil
            state.isAbandoned = true
            if isUnfinished { state.end = .failure(.cancelled) }
            state.rows = []
            state.next = 0
            state.byteCount = 0
            defer { state.waiting = nil }
            return (state.waiting, isUnfinished)
        }
        waiting?.resume(returning: .failure(.cancelled))
        return isUnfinished
    }

    /// - Returns: The next row, and whether the thread may have waited for room; `nil` at the end.
    func pop() async -> (row: Result<[UInt8]?, PostgresError>, madeRoom: Bool) {
        var madeRoom = false
        let row = await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Result<[UInt8]?, PostgresError>? in
                guard state.next < state.rows.count else {
                    if let end = state.end { return end.map { nil } }
                    state.waiting = continuation
                    return nil
                }
                let row = state.rows[state.next]
                madeRoom = state.byteCount >= bytesMax && state.byteCount - row.count < bytesMax
                state.byteCount -= row.count
                state.next += 1
                if state.next == state.rows.count {
                    state.rows.removeAll(keepingCapacity: true)
                    state.next = 0
                }
                return .success(row)
            }
            if let known { continuation.resume(returning: known) }
        }
        return (row, madeRoom)
    }
}
