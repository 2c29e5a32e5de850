public import MessageBus
public import Saga

/// One family of topics as a YAML file in `topics/` declares it: one topic for each node, or one
/// for each direction between two peers.
///
/// Every key of the file must be there and no other may be, so that a slip of the pen is found.
public struct TopicDeclaration: Hashable, Sendable {
    /// The message that records carry as their value.
    public struct Value: Hashable, Sendable {
        /// The message's full protobuf name.
        public let message: String
        /// The `.proto` file that declares it, in the same folder.
        public let file: String
    }

    /// Kafka's own settings of the topics, by their names in the file. All of them are compared,
    /// and set where they differ; a topic's other settings are left to the brokers.
    public struct Settings: Hashable, Sendable {
        /// `min.insync.replicas`
        public let inSyncMin: Int
        /// `max.message.bytes`
        public let batchBytesMax: Int
        /// `retention.ms`; `nil`: records are kept permanently.
        public let retention: Duration?
    }

    /// A header that records carry, by its declaration.
    public struct Header: Hashable, Sendable {
        /// The header's name in the record.
        public let name: String
        /// True where every record has to carry it.
        public let isRequired: Bool
        /// What it says, for people.
        public let about: String
    }

    /// Ends in `<node>`, which stands for a node's name, or in `<from>.<to>`: the names of the one
    /// that writes and of the one that reads.
    public let name: String
    /// What the topics are for, for people.
    public let about: String
    /// What a record's key is, for people.
    public let key: String
    /// How many brokers keep a copy of each topic.
    public let replication: Int
    /// The settings that the brokers keep for each topic.
    public let settings: Settings
    /// The form of the records' values.
    public let value: Value
    /// The headers in the file's order.
    public let headers: [Header]

    /// The family's topics that `node` needs.
    public func topics(of node: NodeName, peers: [NodeName]) -> [Topic] {
        guard name.hasSuffix(Self.pair) else { return [topic(Self.node, node.text)] }
        return peers.flatMap { peer in
            [topic(Self.pair, "\(peer).\(node)"), topic(Self.pair, "\(node).\(peer)")]
        }
    }

    /// - Parameters:
    ///   - ending: What ``name`` ends in: ``node`` or ``pair``.
    ///   - names: What stands in its place.
    private func topic(_ ending: String, _ names: String) -> Topic {
        Topic(
            name: name.dropLast(ending.count) + names,
            retention: settings.retention, replication: replication,
            inSyncMin: settings.inSyncMin, batchBytesMax: settings.batchBytesMax)
    }

    private static let node = "<node>"
    private static let pair = "<from>.<to>"

    /// Whether the longest names of nodes still make topics' names, the way ``topics(of:peers:)``
    /// puts them in.
    private static func namesTopics(_ name: String) -> Bool {
        let longest = String(repeating: "n", count: 63)
        if name.hasSuffix(pair) {
            return Topic.isName(name.dropLast(pair.count) + longest + "." + longest)
        }
        return name.hasSuffix(node) && Topic.isName(name.dropLast(node.count) + longest)
    }
}

extension TopicDeclaration: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, about, key, partitions, replication, settings, value, headers
    }

    /// Reads one file.
    /// - Throws: `DecodingError`: a key is missing or unknown, or has a value that would let a bank
    /// stop or lose records; the text says what to write.
    public init(from decoder: any Decoder) throws {
        let file = try decoder.container(onlyWith: Key.self)
        name = try file.decode(String.self, forKey: .name)
        about = try file.decode(String.self, forKey: .about)
        key = try file.decode(String.self, forKey: .key)
        replication = try file.decode(Int.self, forKey: .replication)
        settings = try file.decode(Settings.self, forKey: .settings)
        value = try file.decode(Value.self, forKey: .value)
        headers = try file.decode([Header].self, forKey: .headers)
        try file.check(Self.namesTopics(name), .name) {
            """
            "\(name)" names no topics: write letters, digits, dots and hyphens, then `<node>` or \
            `<from>.<to>`
            """
        }
        try file.check(try file.decode(Int.self, forKey: .partitions) == 1, .partitions) {
            "a topic's order is its partition's: write 1"
        }
        // What Kafka's protocol has room for.
        try file.check((1...Int(Int16.max)).contains(replication), .replication) {
            "write how many brokers hold each topic, from 1 to \(Int16.max)"
        }
        try file.check(settings.inSyncMin <= replication, .settings) {
            """
            min.insync.replicas is greater than replication (\(settings.inSyncMin) of \
            \(replication)), so nothing could be published: write at most \(replication)
            """
        }
    }
}

extension TopicDeclaration.Settings: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case inSyncMin = "min.insync.replicas"
        case batchBytesMax = "max.message.bytes"
        case retention = "retention.ms"
        case retentionBytes = "retention.bytes"
        case cleanup = "cleanup.policy"
        case timestamps = "message.timestamp.type"
    }

    /// The size of a journal's largest record and what stands around it.
    private static let batchBytesLeast = 300_000

    /// Reads `settings`.
    /// - Throws: `DecodingError`: a value would make gaps, delete by size, use writers' clocks or
    /// refuse the largest record.
    public init(from decoder: any Decoder) throws {
        let settings = try decoder.container(onlyWith: Key.self)
        inSyncMin = try settings.decode(Int.self, forKey: .inSyncMin)
        try settings.check(inSyncMin > 0, .inSyncMin) { "write 1 or more" }
        batchBytesMax = try settings.decode(Int.self, forKey: .batchBytesMax)
        let sizes = Self.batchBytesLeast...Int(Int32.max)
        try settings.check(sizes.contains(batchBytesMax), .batchBytesMax) {
            """
            write a number from \(sizes.lowerBound), which the largest record needs, to \
            \(sizes.upperBound)
            """
        }
        let milliseconds = try settings.decode(Int64.self, forKey: .retention)
        try settings.check(milliseconds == -1 || milliseconds > 0, .retention) {
            "write for how many milliseconds records are kept, or -1: permanently"
        }
        retention = milliseconds == -1 ? nil : .milliseconds(milliseconds)
        try settings.check(
            try settings.decode(Int64.self, forKey: .retentionBytes) == -1, .retentionBytes
        ) {
            "records are kept for a time, however many there are: write -1"
        }
        try settings.check(
            try settings.decode(String.self, forKey: .cleanup) == "delete", .cleanup
        ) {
            "compaction would make gaps, and readers stop at a gap: write `delete`"
        }
        try settings.check(
            try settings.decode(String.self, forKey: .timestamps) == "LogAppendTime", .timestamps
        ) {
            "a bank's clock must not decide how long a broker keeps records: write `LogAppendTime`"
        }
    }
}

extension TopicDeclaration.Value: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case message, file
    }

    /// Reads `value`.
    /// - Throws: `DecodingError`: a key is missing or unknown.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.container(onlyWith: Key.self)
        message = try value.decode(String.self, forKey: .message)
        file = try value.decode(String.self, forKey: .file)
    }
}

extension TopicDeclaration.Header: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, required, about
    }

    /// Reads one of `headers`.
    /// - Throws: `DecodingError`: a key is missing or unknown.
    public init(from decoder: any Decoder) throws {
        let header = try decoder.container(onlyWith: Key.self)
        name = try header.decode(String.self, forKey: .name)
        isRequired = try header.decode(Bool.self, forKey: .required)
        about = try header.decode(String.self, forKey: .about)
    }
}
