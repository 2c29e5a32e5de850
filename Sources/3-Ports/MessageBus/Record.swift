/// What is published: a key, headers and a value, as a Kafka record has them.
public struct Record: Hashable, Sendable {
    /// A named value beside the record's own; Kafka calls it a header.
    public struct Header: Hashable, Sendable {
        /// The header's name, which may occur more than once.
        public let name: String
        /// The header's value in bytes; text is UTF-8.
        public let value: [UInt8]

        /// Takes the parts as they are: nothing is checked.
        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }

        /// A header whose value is UTF-8 text.
        package init(_ name: String, _ text: String) {
            self.init(name: name, value: Array(text.utf8))
        }
    }

    /// The key, for tools that group records; a topic of one partition needs none.
    public let key: [UInt8]
    /// The headers in their order.
    public let headers: [Header]
    /// The content: here a protobuf message.
    public let value: [UInt8]

    /// Takes the parts as they are; the topic's limit is checked when the record is published.
    public init(key: [UInt8], headers: [Header], value: [UInt8]) {
        self.key = key
        self.headers = headers
        self.value = value
    }

    /// The bytes of key, headers and value, without what a bus adds.
    public var byteCount: Int {
        headers.reduce(key.count + value.count) { $0 + $1.name.utf8.count + $1.value.count }
    }

    /// The first header of that name.
    public func header(_ name: String) -> [UInt8]? {
        headers.first { $0.name == name }?.value
    }
}

/// A record at its place in a topic.
public struct DeliveredRecord: Hashable, Sendable {
    /// The record's place in the topic: rising by 1, and starting again at 0 after a wipe.
    public let offset: Int64
    /// The record as it was published.
    public let record: Record

    /// Takes the parts as they are: nothing is checked.
    public init(offset: Int64, record: Record) {
        self.offset = offset
        self.record = record
    }
}
