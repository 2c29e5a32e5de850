import Engine
public import Saga
public import Wire

/// What a client wants of a node, under a UUID. It is sent until an answer arrives, and sometimes
/// again.
public struct Command<P: WireParticipant>: Sendable {
    /// The command without its id.
    public enum Order: Sendable {
        case begin(Content<P.Action>, deadline: Timestamp)
        case operate(P.Operation)
        case abandon
    }

    /// The UUID that the client made; another command may carry the same one on purpose.
    public let id: CommandID
    /// Its index in the network.
    public let node: Int
    /// The command that the node has to decide.
    public let order: Order
    /// What tells this command from another one under its UUID.
    public let fingerprint: Hash
    /// How many answers its client still waits for.
    var answersLeft = 1

    func input(_ ticket: Ticket) -> Input<P> {
        switch order {
        case .begin(let content, let deadline):
            .begin(
                Begin(
                    id: id, fingerprint: fingerprint, principal: .client(of: id),
                    content: content, deadline: deadline), ticket)
        case .operate(let operation):
            .operate(
                Operate(
                    id: id, fingerprint: fingerprint, principal: .simulated,
                    operation: operation), ticket)
        case .abandon: .abandon(id, by: .simulated, ticket)
        }
    }
}

extension Principal {
    /// All operators of the simulated network: no rule tells them apart.
    static let simulated = named("simulation")

    private static let clients = [named("client-1"), named("client-2")]

    /// One of two clients, which share the room for open sagas: whatever comes under a UUID comes
    /// from the same one.
    static func client(of id: CommandID) -> Principal {
        clients[Int(id.high % UInt64(clients.count))]
    }

    private static func named(_ text: String) -> Principal {
        guard let principal = Principal(text) else {
            preconditionFailure("a word is a principal's text")
        }
        return principal
    }
}
