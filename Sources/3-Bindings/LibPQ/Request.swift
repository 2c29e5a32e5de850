import Synchronization

/// What a connection is asked to do, and whom to tell.
struct Request: Sendable {
    enum Work: Sendable {
        case statement(Statement, Parameters)
        /// Several statements in the simple protocol: one transaction, unless they say otherwise.
        case script(String)
        case copyOut(String, CopyBuffer)

        /// Whether it can be sent behind others without waiting for them.
        var isPipelined: Bool {
            if case .statement = self { true } else { false }
        }
    }

    let work: Work
    let cancellation: Cancellation?
    /// Called once, on the connection's thread or the caller's.
    let answer: @Sendable (Result<Rows?, PostgresError>) -> Void

    /// Whether the caller no longer waits for the answer, and the statement may be stopped.
    var isUnwanted: Bool {
        if case .copyOut(_, let buffer) = work { return buffer.isAbandoned }
        return cancellation?.isCancelled == true
    }
}

/// Whether a caller has lost interest.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    func cancel() { flag.store(true, ordering: .releasing) }
}

/// What one caller waits for: the first answer counts, and any other is dropped.
final class FirstAnswer<Value: Sendable>: Sendable {
    typealias Answer = Result<Value, PostgresError>

    private enum State {
        case new
        case awaited(CheckedContinuation<Answer, Never>)
        case given(Answer?)
    }

    private let state = Mutex(State.new)

    func give(_ answer: Answer) {
        let waiting = state.withLock { state -> CheckedContinuation<Answer, Never>? in
            switch state {
            case .new: state = .given(answer)
            case .awaited(let continuation):
                state = .given(nil)
                return continuation
            case .given: break
            }
            return nil
        }
        waiting?.resume(returning: answer)
    }

    /// - Returns: `false` if the answer was there before; `continuation` has it then.
    func isAwaited(by continuation: CheckedContinuation<Answer, Never>) -> Bool {
        let early = state.withLock { state -> Answer? in
            if case .given(let answer) = state { return answer }
            state = .awaited(continuation)
            return nil
        }
        guard let early else { return true }
        continuation.resume(returning: early)
        return false
    }
}

/// What a caller wants when its task is cancelled while a statement runs.
public enum CancellationRule: Sendable {
    /// The statement continues, and the caller learns its outcome: right for all that writes.
    case finish
    /// The server is asked to stop it, and the connection is not used again by a pool, since a
    /// late request would hit the next statement: right for reads. Where the server is silent the
    /// connection is given up after five seconds.
    case cancel
    /// The statement continues, and the caller returns at once, without its outcome: right for what
    /// may just as well be repeated, on a connection that has to stay as it is.
    case leave
}
