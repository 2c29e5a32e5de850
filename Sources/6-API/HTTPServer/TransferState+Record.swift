import APIModels
package import Engine
import Saga

extension TransferState {
    /// Concluded from what a node remembers of a UUID: from its first step, since that one is
    /// closed last, and with the outcome that the whole transfer has.
    package init(_ record: SagaRecord?) {
        guard let first = record?.steps.min(by: { $0.number < $1.number }) else {
            self = .unknown
            return
        }
        let reason = first.refusal ?? .unspecified
        self =
            switch first.state {
            case .unknown, .deciding, .reserved: .pending
            case .confirmed: .settled
            case .cancelled: first.wasReserved ? .rolledBack(reason) : .refused(reason)
            }
    }
}
