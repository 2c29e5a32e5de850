/// What is sent to a topic, and what comes back.
public struct KafkaMessage: Hashable, Sendable {
    /// A named value beside the message's own.
    public struct Header: Hashable, Sendable {
        /// The name, which may occur more than once.
        public let name: String
        /// `nil` is not the same as empty.
        public let value: [UInt8]?

        /// Takes the parts as they are: nothing is checked.
        public init(name: String, value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// The key; `nil` is not the same as empty. It chooses no partition: all goes to 0.
    public let key: [UInt8]?
    /// The headers in their order.
    public let headers: [Header]
    /// `nil` is a tombstone.
    public let value: [UInt8]?

    /// Takes the parts as they are; the size is checked when the message is sent.
    public init(key: [UInt8]?, headers: [Header] = [], value: [UInt8]?) {
        self.key = key
        self.headers = headers
        self.value = value
    }

    /// What the message takes in a batch, at most: its parts, and what Kafka's record format puts
    /// around them (KIP-98: varint lengths, offsets and times).
    public var bytes: Int {
        headers.reduce(32 + (key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + 10 + $1.name.utf8.count + ($1.value?.count ?? 0)
        }
    }
}

/// A message at its place in partition 0 of a topic.
public struct FetchedMessage: Hashable, Sendable {
    /// The message's place in the partition.
    public let offset: Int64
    /// The message with its headers, as the broker keeps it.
    public let message: KafkaMessage
}
