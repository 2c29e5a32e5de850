import Ledger
package import Saga
import Wire

/// A transfer can be ordered in several spellings: an empty `via` or `reference` says as much as
/// none, a `timeout` of 30 s as much as none, `60s` as much as `1m`. They are one order, and have
/// one fingerprint.
extension TransferRequest {
    /// Of the order without what is empty or the default; the timeout in milliseconds.
    package var fingerprint: Hash {
        let duration = timeout?.duration ?? TransferTimeout.standard
        let isStandard = duration == TransferTimeout.standard
        var form = CommandFingerprint(kind: "transfer")
        form.add(id.description)
        form.add(payer.text)
        form.add(payee.text)
        form.add(via.flatMap { $0.isEmpty ? nil : $0.map(\.text) })
        form.add(String(amount.minorUnits))
        form.add(amount.currency.code)
        form.add(reference.flatMap { $0.isEmpty ? nil : $0 })
        form.add(isStandard ? nil : "\(duration.milliseconds)ms")
        return form.hash
    }
}
