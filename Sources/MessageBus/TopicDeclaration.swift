public import Saga

/// One family of topics as a YAML file in `topics/` declares it: one topic for each node.
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

    public struct Header: Hashable, Sendable {
        public let name: String
        public let isRequired: Bool
        /// What it says, for people.
        public let about: String
    }

    /// Ends in `<node>`, which stands for a node's name.
    public let name: String
    /// What the topics are for, for people.
    public let about: String
    /// What a record's key is, for people.
    public let key: String
    /// How long records are kept; `nil`: for ever.
    public let retention: Duration?
    public let value: Value
    public let headers: [Header]

    /// The family's topic for `node`.
    public func topic(for node: NodeName) -> Topic {
        Topic(name: name.dropLast(Self.placeholder.count) + node.text, retention: retention)
    }

    private static let placeholder = "<node>"
}

extension TopicDeclaration: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, about, key, partitions, retention, compacted, value, headers
    }

    public init(from decoder: any Decoder) throws {
        let file = try decoder.container(onlyWith: Key.self)
        name = try file.decode(String.self, forKey: .name)
        about = try file.decode(String.self, forKey: .about)
        key = try file.decode(String.self, forKey: .key)
        value = try file.decode(Value.self, forKey: .value)
        headers = try file.decode([Header].self, forKey: .headers)
        let retention = try file.decode(String.self, forKey: .retention)
        self.retention = try file.check(Self.retention(retention), .retention) {
            "\"\(retention)\" is no time to keep records: write `forever`, `7 days` or `12 hours`"
        }
        // The longest node name must still make a topic's name, the way `topic(for:)` puts it in.
        let longest =
            String(name.dropLast(Self.placeholder.count)) + String(repeating: "n", count: 63)
        try file.check(name.hasSuffix(Self.placeholder) && Topic.isName(longest), .name) {
            "\"\(name)\" names no topics: write letters, digits, dots and hyphens, then `<node>`"
        }
        try file.check(try file.decode(Int.self, forKey: .partitions) == 1, .partitions) {
            "a topic's order is its partition's: write 1"
        }
        try file.check(try file.decode(Bool.self, forKey: .compacted) == false, .compacted) {
            "compaction would make gaps, and readers stop at a gap: write `false`"
        }
    }

    /// `nil` for a text that says no time; `.some(nil)` for ever.
    private static func retention(_ text: String) -> Duration?? {
        guard text != "forever" else { return .some(nil) }
        let words = text.split(separator: " ")
        guard words.count == 2, let count = Int64(words[0]), (1...100_000).contains(count) else {
            return nil
        }
        switch words[1] {
        case "hours", "hour": return .seconds(count * 3_600)
        case "days", "day": return .seconds(count * 86_400)
        default: return nil
        }
    }
}

extension TopicDeclaration.Value: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case message, file
    }

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

    public init(from decoder: any Decoder) throws {
        let header = try decoder.container(onlyWith: Key.self)
        name = try header.decode(String.self, forKey: .name)
        isRequired = try header.decode(Bool.self, forKey: .required)
        about = try header.decode(String.self, forKey: .about)
    }
}
