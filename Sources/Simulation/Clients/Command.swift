import Engine
import Saga
import Wire

/// What a client wants of a node. It is sent until an answer arrives, and sometimes again.
struct Command {
    enum Order {
        case begin(Content<Bank.Action>)
        case operate(Bank.Operation)
        case abandon
    }

    let id: SagaID
    let node: Int
    let order: Order
    /// What tells this command from another one under its UUID.
    let fingerprint: Hash
    /// How often it is sent again although it was answered.
    var repeats = 0
    var isAnswered = false

    func input(_ ticket: Ticket) -> Input<Bank> {
        switch order {
        case .begin(let content):
            .begin(Begin(id: id, fingerprint: fingerprint, content: content), ticket)
        case .operate(let operation):
            .operate(Operate(id: id, fingerprint: fingerprint, operation: operation), ticket)
        case .abandon: .abandon(id, ticket)
        }
    }
}
