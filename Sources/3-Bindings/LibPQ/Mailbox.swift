import Synchronization

/// What a connection's thread and its callers share.
final class Mailbox: Sendable {
    private enum Phase {
        case connecting, open
        case ended(PostgresError)
    }

    private struct State {
        var phase = Phase.connecting
        var requests: [Request] = []
        /// Requests here and at the thread, together.
        var unansweredCount = 0
        var isClosing = false
        var isAborted = false
        var isTainted = false
        var opening: [CheckedContinuation<Result<Void, PostgresError>, Never>] = []
        var ending: [CheckedContinuation<Void, Never>] = []
        var listeners: [Listener] = []
    }

    struct Listener {
        let channel: String
        let continuation: AsyncStream<String>.Continuation
    }

    struct Taken {
        let requests: [Request]
        let isClosing: Bool
        let isAborted: Bool
    }

    let pipe = WakePipe()
    private let state = Mutex(State())
    private let requestsMax: Int

    init(requestsMax: Int) {
        self.requestsMax = requestsMax
    }

    // MARK: callers

    func submit(_ request: Request) {
        let refusal = state.withLock { state -> PostgresError? in
            if case .ended(let error) = state.phase { return error }
            guard !state.isClosing else { return .closed }
            guard state.unansweredCount < requestsMax else {
                return PostgresError(
                    .overloaded,
                    "\(requestsMax) statements wait on this connection already: retry later.")
            }
            state.unansweredCount += 1
            state.requests.append(request)
            return nil
        }
        if let refusal { request.answer(.failure(refusal)) } else { pipe.wake() }
    }

    /// Whether a statement handed over now would be sent.
    var isUsable: Bool {
        state.withLock { state in
            if case .ended = state.phase { return false }
            return !state.isClosing
        }
    }

    var isTainted: Bool { state.withLock(\.isTainted) }

    func opened() async -> Result<Void, PostgresError> {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Result<Void, PostgresError>? in
                switch state.phase {
                case .open: return .success(())
                case .ended(let error): return .failure(error)
                case .connecting:
                    state.opening.append(continuation)
                    return nil
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    func requestEnd(aborting: Bool) {
        state.withLock { state in
            state.isClosing = true
            if aborting { state.isAborted = true }
        }
        pipe.wake()
    }

    func ended() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if case .ended = state.phase { return true }
                state.ending.append(continuation)
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    func add(_ listener: Listener) {
        let hasEnded = state.withLock { state in
            if case .ended = state.phase { return true }
            state.listeners.append(listener)
            return false
        }
        if hasEnded { listener.continuation.finish() }
    }

    // MARK: the connection's thread

    func isOpen() {
        let waiting = state.withLock { state in
            state.phase = .open
            defer { state.opening = [] }
            return state.opening
        }
        for continuation in waiting { continuation.resume(returning: .success(())) }
    }

    func take() -> Taken {
        state.withLock { state in
            defer { state.requests = [] }
            return Taken(
                requests: state.requests, isClosing: state.isClosing, isAborted: state.isAborted)
        }
    }

    var isAborted: Bool { state.withLock(\.isAborted) }

    func answered() {
        state.withLock { $0.unansweredCount -= 1 }
    }

    func taint() {
        state.withLock { $0.isTainted = true }
    }

    func notify(_ channel: String, _ payload: String) {
        let listeners = state.withLock(\.listeners)
        for listener in listeners where listener.channel == channel {
            listener.continuation.yield(payload)
        }
    }

    /// The last thing the thread does. What still waits was never sent.
    func end(_ error: PostgresError) {
        let last = state.withLock { state in
            let last = state
            state.phase = .ended(state.isClosing ? .closed : error)
            state.requests = []
            state.opening = []
            state.ending = []
            state.listeners = []
            return last
        }
        for request in last.requests { request.answer(.failure(error)) }
        for listener in last.listeners { listener.continuation.finish() }
        for continuation in last.opening { continuation.resume(returning: .failure(error)) }
        for continuation in last.ending { continuation.resume() }
    }
}
