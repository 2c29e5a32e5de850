/// The world broke between a node and the bus.
public struct BusError: Error, Sendable {
    /// The kind of fault, by who has to act; the raw value stands in messages.
    public enum Code: String, Sendable {
        /// The broker or file cannot be reached, is full, busy or damaged; a retry may succeed.
        case unavailable
        case topicMissing
        /// The topic is not as `topics/` declares it: an operator has to fix it.
        case topicDiffers
        case offsetOutOfRange
        /// The bus was closed by its owner.
        case closed
        /// The store's schema is newer than this code knows.
        case newerSchema
        /// A setting of the bus is not one: an operator has to fix it.
        case invalidSetting
        /// The bank's user lacks a right at the broker: an administrator has to grant it.
        case notAuthorized
        /// A record is larger than the topic accepts: an administrator has to raise its limit.
        case recordTooLarge
    }

    /// The kind of fault, which decides if a retry is right.
    public let code: Code
    /// Says what happened and what to do; safe to log.
    public let message: String
    /// The client library's own error, where there is one; not part of ``description``.
    public let cause: (any Error)?

    /// Takes a message that is safe to log: no values of records, no passwords.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// True where the same call may succeed later without anyone changing anything.
    public var isRetryable: Bool { code == .unavailable }
}

extension BusError: CustomStringConvertible {
    /// The code and the message; the cause is left out.
    public var description: String { "\(code.rawValue): \(message)" }
}

/// What every bus says in the same words.
extension BusError {
    package static func topicMissing(_ topic: String) -> BusError {
        BusError(
            .topicMissing,
            "there is no topic \(topic): create the topics that topics/ declares, then try again")
    }

    package static func offsetOutOfRange(
        _ offset: Int64, in topic: String, holding offsets: Range<Int64>
    ) -> BusError {
        BusError(
            .offsetOutOfRange,
            """
            \(topic) holds offsets \(offsets.lowerBound)..<\(offsets.upperBound), not \(offset): \
            it was emptied, or its old records have expired; start again at its first offset
            """)
    }

    package static let closed = BusError(.closed, "the bus was closed by its owner: open a new one")
}
