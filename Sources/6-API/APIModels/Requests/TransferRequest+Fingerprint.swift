import Ledger
package import Saga
import Wire

/// A transfer can be ordered in several spellings: an empty `via` or `reference` says as much as
/// none, a `timeout` of 30 s as much as none, `60s` as much as `1m`. They are one order, and have
/// one fingerprint, that of the canonical spelling.
///
/// Older versions remembered the fingerprint of the spelling that came. So where a log remembers
/// another fingerprint, all spellings of the order are tried. Spellings of two different orders
/// are different, and a form has all of a spelling in it: no order is taken for another.
extension TransferRequest {
    /// Without what is empty or the default; the timeout in milliseconds.
    package var fingerprint: Hash {
        fingerprint(
            via: vias[0], reference: references[0], timeout: timeouts[0])
    }

    /// Whether it is the fingerprint of any spelling of this order.
    package func isSpelled(as remembered: Hash) -> Bool {
        for via in vias {
            for reference in references {
                for timeout in timeouts {
                    let spelled = fingerprint(via: via, reference: reference, timeout: timeout)
                    if spelled == remembered { return true }
                }
            }
        }
        return false
    }

    private func fingerprint(via: [NodeName]?, reference: String?, timeout: String?) -> Hash {
        var form = CommandFingerprint(kind: "transfer")
        form.add(id.description)
        form.add(payer.text)
        form.add(payee.text)
        form.add(via?.map(\.text))
        form.add(String(amount.minorUnits))
        form.add(amount.currency.code)
        form.add(reference)
        form.add(timeout)
        return form.hash
    }

    // The spellings of each field, the canonical one first.

    private var vias: [[NodeName]?] {
        guard let via, !via.isEmpty else { return [nil, []] }
        return [via]
    }

    private var references: [String?] {
        guard let reference, !reference.isEmpty else { return [nil, ""] }
        return [reference]
    }

    private var timeouts: [String?] {
        let duration = timeout?.duration ?? TransferTimeout.standard
        let units = TransferTimeout.millisecondsPerUnit.compactMap { unit, milliseconds in
            let (count, rest) = duration.milliseconds.quotientAndRemainder(
                dividingBy: milliseconds)
            return rest == 0 ? "\(count)\(unit)" : nil
        }
        // One with zeros in front is tried only as it came.
        let spelled = units + [timeout?.text].compactMap(\.self)
        return duration == TransferTimeout.standard ? [nil] + spelled : spelled
    }
}
