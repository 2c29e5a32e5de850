/// A topic to be made.
public struct NewTopic: Hashable, Sendable {
    public let name: String
    public let partitions: Int
    /// Kafka's own settings of a topic, by their names, as in `retention.ms`.
    public let settings: [String: String]

    public init(name: String, partitions: Int = 1, settings: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.settings = settings
    }
}

/// A topic as the brokers have it.
public struct TopicDescription: Hashable, Sendable {
    public let name: String
    public let partitions: Int
    /// Every setting that the broker tells, its defaults too.
    public let settings: [String: String]
    /// Those among them that were set for this topic alone.
    public let ownSettings: [String: String]
}
