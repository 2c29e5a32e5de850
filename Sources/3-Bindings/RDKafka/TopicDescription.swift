/// A topic to be made.
public struct NewTopic: Hashable, Sendable {
    /// The topic's name; the broker checks it.
    public let name: String
    /// The partitions; everything here uses partition 0 only.
    public let partitions: Int
    /// How many brokers shall hold it; `nil`: as many as the brokers' own setting says.
    public let replication: Int?
    /// Kafka's own settings of a topic, by their names, as in `retention.ms`.
    public let settings: [String: String]

    /// Takes the parts as they are: the broker checks them.
    public init(
        name: String, partitions: Int = 1, replication: Int? = nil, settings: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.settings = settings
    }
}

/// A setting of a topic as a broker tells it.
public struct TopicSetting: Hashable, Sendable {
    /// `nil`: the broker keeps it to itself.
    public let value: String?
    /// Whether it was set for this topic alone.
    public let isOwn: Bool

    /// Takes the parts as they are: nothing is checked.
    public init(value: String?, isOwn: Bool) {
        self.value = value
        self.isOwn = isOwn
    }
}
