public import Saga

/// What a client sent is malformed. Nothing was remembered of it: corrected, it can be sent again,
/// under the same UUID.
public struct InvalidRequest: Error, Hashable, Sendable {
    /// The stable code that answers carry.
    public enum Reason: String, Hashable, Sendable, CaseIterable, Codable {
        /// No JSON object, or no UTF-8.
        case malformed
        case lineTooLong
        case unknownField
        case missingField
        /// A field has another JSON type than it should, or is a number that is no integer.
        case fieldType
        case invalidID
        case invalidAccount
        case invalidNode
        /// The money would pass a bank twice.
        case repeatedNode
        case tooManySteps
        /// No integer of minor units, or not within 1 and 2^63 - 1 (for limits, 0 and 2^63 - 1).
        case invalidAmount
        case unknownCurrency
        case referenceTooLong
        case invalidTimeout
        case invalidDirection
        case invalidTransit
        case invalidIntake
        /// Of a peer's signing key.
        case invalidKey
        /// `limit` or `after` of a page.
        case invalidPage
        /// The payer's account is kept by another node.
        case wrongNode
        /// Of a shelf's item or units.
        case invalidUnits
        /// An order takes nothing, or too much at one shelf.
        case invalidOrder
    }

    /// The rule that was broken; of several, the first that is checked.
    public let reason: Reason
    /// A sentence for people that says what to change; it never repeats what was sent, but for
    /// the names of fields.
    public let detail: String
    /// With ``Reason/wrongNode``: where to send it.
    public let node: NodeName?

    /// Takes a detail that repeats nothing of the request but names of fields.
    public init(_ reason: Reason, _ detail: String, node: NodeName? = nil) {
        self.reason = reason
        self.detail = detail
        self.node = node
    }
}

extension InvalidRequest: CustomStringConvertible {
    /// The reason and the detail; safe to log.
    public var description: String { "\(reason.rawValue): \(detail)" }
}
