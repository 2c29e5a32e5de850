package import Chain
import Ledger
package import Saga

// What the fields of requests must be, wherever they stand: in JSON, in a path, in a CSV column.

extension CommandID {
    package init(field text: String) throws(InvalidRequest) {
        guard let id = CommandID(text) else {
            throw InvalidRequest(.invalidID, "\"id\" must be a UUID of 36 characters (RFC 9562).")
        }
        self = id
    }
}

extension AccountID {
    package init(field text: String, named field: String = "account") throws(InvalidRequest) {
        guard let account = AccountID(text) else {
            throw InvalidRequest(
                .invalidAccount,
                """
                "\(field)" must be acct-, 8 to 32 lower-case letters or digits, @ and the bank's \
                name.
                """)
        }
        self = account
    }
}

extension NodeName {
    package init(field text: String, named field: String) throws(InvalidRequest) {
        guard let name = NodeName(text) else {
            throw InvalidRequest(
                .invalidNode,
                "\"\(field)\" must be 1 to 63 lower-case letters, digits and inner hyphens.")
        }
        self = name
    }

    static func list(field texts: [String]?) throws(InvalidRequest) -> [NodeName]? {
        guard let texts else { return nil }
        var names: [NodeName] = []
        for text in texts { names.append(try NodeName(field: text, named: "via")) }
        return names
    }
}

extension Intake {
    package init(field text: String) throws(InvalidRequest) {
        guard let intake = Intake(rawValue: text) else {
            throw InvalidRequest(.invalidIntake, "\"intake\" must be \"open\" or \"stopped\".")
        }
        self = intake
    }
}

extension PublicKey {
    /// As a line of the peer's node.pub has it.
    package init(field text: String) throws(InvalidRequest) {
        guard let key = Hexadecimal.bytes(of: text).flatMap(PublicKey.init(bytes:)) else {
            throw InvalidRequest(
                .invalidKey, "\"key\" must be 64 hexadecimal digits, an Ed25519 public key.")
        }
        self = key
    }
}

extension Currency {
    package init(field text: String) throws(InvalidRequest) {
        guard let currency = Currency(text) else {
            throw InvalidRequest(
                .unknownCurrency, "\"currency\" must be a code of ISO 4217 in upper-case letters.")
        }
        self = currency
    }
}

extension Amount {
    init(field minorUnits: Int64, _ currency: Currency) throws(InvalidRequest) {
        guard let amount = Amount(minorUnits: minorUnits, currency: currency) else {
            throw .invalidAmount
        }
        self = amount
    }
}

extension InvalidRequest {
    package static let lineTooLong = InvalidRequest(
        .lineTooLong, "A line must have at most \(RequestLimits.lineBytesMax) bytes.")
    package static let page = InvalidRequest(
        .invalidPage,
        """
        "limit" must be 1 to \(RequestLimits.pageMax), "after" what the page before has as "next".
        """)
    package static let invalidAmount = InvalidRequest(
        .invalidAmount, "\"amount\" must be an integer of minor units, 1 to 9223372036854775807.")
}
