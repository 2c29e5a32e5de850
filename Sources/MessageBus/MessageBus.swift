/// Topics of records between nodes, with Kafka's contract: one partition, offsets in the order of
/// publishing, readers that keep their own place, delivery at least once.
///
/// One contract for every bus; `MessageBusContract` in the tests runs against each of them.
public protocol MessageBus: Sendable {
    /// Makes the topics that are missing; leaves those that exist as they are.
    func create(_ topics: [Topic]) async throws(BusError)

    /// Publishes `records` to one topic, in order and without gaps.
    ///
    /// - Returns: When all of them are acknowledged.
    /// - Throws: Any error leaves the outcome open: a prefix of the records may be in the topic.
    func publish(_ records: [Record], to topic: String) async throws(BusError)

    /// The records at `offset` and after it, oldest first, at most `recordsMax`.
    ///
    /// Waits up to `wait` for the first one, without polling; empty if there was none by then.
    ///
    /// - Throws: `.offsetOutOfRange` — `offset` is before the topic's first record or after its
    ///   end: the topic was emptied, or its old records have expired.
    func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord]

    /// Where the topic begins and ends: the first offset held and the one the next record gets.
    func offsets(of topic: String) async throws(BusError) -> Range<Int64>

    /// Gives back what the bus holds open. Every later call throws `.closed`.
    func close() async
}

/// What is published: a key, headers and a value, as a Kafka record has them.
public struct Record: Hashable, Sendable {
    public struct Header: Hashable, Sendable {
        public let name: String
        public let value: [UInt8]

        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    public let key: [UInt8]
    public let headers: [Header]
    public let value: [UInt8]

    public init(key: [UInt8], headers: [Header], value: [UInt8]) {
        self.key = key
        self.headers = headers
        self.value = value
    }

    /// The first header of that name.
    public func header(_ name: String) -> [UInt8]? {
        headers.first { $0.name == name }?.value
    }
}

/// A record at its place in a topic.
public struct DeliveredRecord: Hashable, Sendable {
    public let offset: Int64
    public let record: Record

    public init(offset: Int64, record: Record) {
        self.offset = offset
        self.record = record
    }
}

/// A topic as `topics/` declares it.
public struct Topic: Hashable, Sendable {
    public let name: String
    /// How long records are kept; `nil`: for ever.
    public let retention: Duration?

    public init(name: String, retention: Duration?) {
        self.name = name
        self.retention = retention
    }
}

/// The world broke between a node and the bus.
public struct BusError: Error, Sendable {
    public enum Code: String, Sendable {
        /// The broker or file cannot be reached, is full or is busy; a retry may succeed.
        case unavailable
        case topicMissing
        case offsetOutOfRange
        /// The bus was closed by its owner.
        case closed
        /// The store's schema is newer than this code knows.
        case newerSchema
    }

    public let code: Code
    /// Says what happened and what to do; safe to log.
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var isRetryable: Bool { code == .unavailable }
}

extension BusError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}
