import Engine
import Synchronization

/// Who waits for which reply.
final class Replies: Sendable {
    /// Called once; must not block.
    typealias Receiver = @Sendable (Result<Reply, NodeError>) -> Void

    private struct Waiting {
        var next: UInt64 = 0
        var receivers: [Ticket: Receiver] = [:]
    }

    private let waiting = Mutex(Waiting())

    /// Hands out a ticket and waits until it is answered.
    ///
    /// - Parameter enter: Hands the input in; throws if it was not taken.
    func wait(entering enter: (Ticket) throws(NodeError) -> Void) async throws -> Reply {
        try await withCheckedThrowingContinuation { continuation in
            self.enter(enter) { continuation.resume(with: $0.mapError { $0 }) }
        }
    }

    /// Hands out a ticket; `receiver` gets the answer.
    ///
    /// - Parameter enter: Hands the input in; throws if it was not taken.
    func enter(_ enter: (Ticket) throws(NodeError) -> Void, receiver: @escaping Receiver) {
        let ticket = waiting.withLock { waiting in
            waiting.next += 1
            let ticket = Ticket(waiting.next)
            waiting.receivers[ticket] = receiver
            return ticket
        }
        do throws(NodeError) {
            try enter(ticket)
        } catch {
            answer(ticket, with: .failure(error))
        }
    }

    func answer(_ ticket: Ticket, with result: Result<Reply, NodeError>) {
        let receiver = waiting.withLock { $0.receivers.removeValue(forKey: ticket) }
        receiver?(result)
    }

    /// Fails all callers that still wait, in the order of their requests.
    func failAll(_ error: NodeError) {
        let receivers = waiting.withLock { waiting in
            defer { waiting.receivers = [:] }
            return waiting.receivers
        }
        for (_, receiver) in receivers.sorted(by: { $0.key.number < $1.key.number }) {
            receiver(.failure(error))
        }
    }
}

/// Why a node gives no reply. Never a decision: the same command can be sent again.
public struct NodeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, by what is known of the command.
    public enum Code: String, Hashable, Sendable {
        /// The queue is full, or too many sagas are open: nothing was remembered.
        case busy
        /// The node is stopping or not yet running: nothing was remembered.
        case stopping
        /// The node fell back to its log: the command may or may not have been applied. Sent again,
        /// it gets the answer.
        case interrupted
        /// The node's clock cannot be trusted, so it decides nothing: nothing was remembered.
        case clockNotTrusted
    }

    /// The reason; in each case the same command may be sent again.
    public let code: Code

    /// Takes the reason; the text follows from it.
    public init(_ code: Code) {
        self.code = code
    }

    /// Says what happened to the command and what the client does, safe to show to clients.
    public var description: String {
        switch code {
        case .busy: "Overloaded; retry later. Nothing was recorded."
        case .stopping: "The node is not running; retry later. Nothing was recorded."
        case .interrupted: "The outcome is not known; send the same command again to learn it."
        case .clockNotTrusted:
            "The node's clock cannot be trusted, so commits are paused; retry later. Nothing was "
                + "recorded."
        }
    }
}
