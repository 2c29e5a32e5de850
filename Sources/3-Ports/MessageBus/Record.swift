/// What is published: a key, headers and a value, as a Kafka record has them.
public struct Record: Hashable, Sendable {
    public struct Header: Hashable, Sendable {
        public let name: String
        public let value: [UInt8]

        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }

        /// A header whose value is UTF-8 text.
        public init(_ name: String, _ text: String) {
            self.init(name: name, value: Array(text.utf8))
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
