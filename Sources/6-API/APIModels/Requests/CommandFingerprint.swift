import Ledger
package import Saga
import Wire

/// What tells a command sent again from another one under the same UUID: SHA-256 over a form of
/// the command.
///
/// The form is the text `giro-command-v1`, the kind of command, and its fields in a fixed
/// order. Each of these is one byte and the rest: 0 for a field that was not sent; 1, the length
/// in four bytes, most significant first, and the UTF-8 bytes for a text; 2, the count in four
/// bytes, and the texts for a list. So no two commands have one form, and the form of a command
/// never depends on how its JSON was written. It must never change: logs remember the hashes. An
/// order that can be spelled in several ways has a form for each, and one of them is canonical.
package struct CommandFingerprint: Sendable {
    private var bytes: [UInt8] = []

    package init(kind: String) {
        add("giro-command-v1")
        add(kind)
    }

    package var hash: Hash { .sha256(of: bytes) }

    package mutating func add(_ text: String?) {
        guard let text else { return bytes.append(0) }
        bytes.append(1)
        addCount(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func add(_ list: [String]?) {
        guard let list else { return bytes.append(0) }
        bytes.append(2)
        addCount(list.count)
        for text in list { add(text) }
    }

    private mutating func addCount(_ count: Int) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: count >> shift))
        }
    }
}

extension OperationRequest {
    /// The kind's word, the UUID, and the fields' members in the order of the operation's row.
    package var fingerprint: Hash {
        let (kind, values) = operation.parts
        var form = CommandFingerprint(kind: kind.rawValue)
        form.add(id.description)
        for member in values.flatMap(\.members) { form.add(member.value.text) }
        return form.hash
    }
}
