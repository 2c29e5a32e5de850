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
    /// - Parameter enter: Hands the input in; `false` if it was not taken.
    func wait(entering enter: (Ticket) -> Bool) async throws -> Reply {
        try await withCheckedThrowingContinuation { continuation in
            self.enter(enter) { continuation.resume(with: $0.mapError { $0 }) }
        }
    }

    /// Hands out a ticket; `receiver` gets the answer.
    ///
    /// - Parameter enter: Hands the input in; `false` if it was not taken.
    func enter(_ enter: (Ticket) -> Bool, receiver: @escaping Receiver) {
        let ticket = waiting.withLock { waiting in
            waiting.next += 1
            let ticket = Ticket(waiting.next)
            waiting.receivers[ticket] = receiver
            return ticket
        }
        if !enter(ticket) { answer(ticket, with: .failure(NodeError(.busy))) }
    }

    func answer(_ ticket: Ticket, with result: Result<Reply, NodeError>) {
        let receiver = waiting.withLock { $0.receivers.removeValue(forKey: ticket) }
        receiver?(result)
    }

    /// Tells all who still wait that nobody knows, in the order of their asking.
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
    public enum Code: String, Hashable, Sendable {
        /// The queue is full, or too many sagas are open: nothing was remembered.
        case busy
        /// The node is stopping or not yet running: nothing was remembered.
        case stopping
        /// The node fell back to its log: the command may or may not have been applied. Sent again,
        /// it gets the answer.
        case interrupted
    }

    public let code: Code

    public init(_ code: Code) {
        self.code = code
    }

    public var description: String {
        switch code {
        case .busy: "The node has too much to do; send the command again later."
        case .stopping: "The node is not running; send the command again later."
        case .interrupted: "The outcome is not known; send the same command again to learn it."
        }
    }
}
