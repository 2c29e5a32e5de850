/// A bus on which every topic's name begins with a prefix that its users do not see: so two
/// installations can share brokers and never meet.
///
/// Only the names differ. Errors name topics as the brokers know them.
public struct PrefixedMessageBus: MessageBus {
    private let bus: any MessageBus
    private let prefix: String

    /// - Parameters:
    ///   - bus: Carries the topics; closed with this one.
    ///   - prefix: One that ``Topic/isPrefix(_:)`` accepts.
    public init(_ bus: any MessageBus, prefix: String) {
        precondition(Topic.isPrefix(prefix), "a prefix is checked where it is read")
        self.bus = bus
        self.prefix = prefix
    }

    /// As `MessageBus.create(_:)`, of the topics with the prefix.
    public func create(_ topics: [Topic]) async throws(BusError) {
        try await bus.create(topics.map { $0.prefixed(by: prefix) })
    }

    /// As `MessageBus.publish(_:to:)`, to the topic with the prefix.
    @discardableResult
    public func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64? {
        try await bus.publish(records, to: prefix + topic)
    }

    /// As `MessageBus.records(in:from:recordsMax:wait:)`, of the topic with the prefix.
    public func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        try await bus.records(
            in: prefix + topic, from: offset, recordsMax: recordsMax, wait: wait)
    }

    /// As `MessageBus.offsets(of:)`, of the topic with the prefix.
    public func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try await bus.offsets(of: prefix + topic)
    }

    /// Closes the bus that carries the topics.
    public func close() async { await bus.close() }
}

extension Topic {
    /// Whether `text` can stand in front of every topic's name: at most 60 of the characters that
    /// names have (see ``isName(_:)``), so that the longest name of two nodes still fits behind it.
    public static func isPrefix(_ text: String) -> Bool {
        text.utf8.count <= 60 && (text.isEmpty || isName(text))
    }

    /// The same topic under a longer name.
    public func prefixed(by prefix: String) -> Topic {
        Topic(
            name: prefix + name, retention: retention, replication: replication,
            inSyncMin: inSyncMin, batchBytesMax: batchBytesMax)
    }
}
