import APIModels
package import Engine
import Saga

extension TransferState {
    /// Concluded from what a UUID means at a node, see `State.sagas(named:max:)`.
    package init(_ records: [SagaRecord]) {
        guard let record = records.first else {
            self = .unknown
            return
        }
        self = records.count > 1 ? .ambiguous : TransferState(record)
    }

    /// Concluded from a saga's first step here, since that one is closed last, and with the outcome
    /// that the whole transfer has.
    package init(_ record: SagaRecord) {
        guard let first = record.steps.min(by: { $0.number < $1.number }) else {
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
