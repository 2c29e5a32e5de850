public import MessageBus

/// What was done to a topic so that it is as it is declared.
public struct TopicApplication: Sendable {
    /// One setting that was changed.
    public struct Change: Hashable, Sendable {
        /// Kafka's name of it.
        public let setting: String
        /// The broker's value before.
        public let before: String
        /// The declared value, which the broker accepted.
        public let after: String
    }

    /// The topic as it is declared.
    public let topic: Topic
    /// True where the topic was missing and was created.
    public internal(set) var isMade = false
    /// The settings that were changed, none of a topic that was created.
    public internal(set) var changes: [Change] = []
    /// What differs still, and applying cannot change.
    public internal(set) var left: [TopicDrift] = []
    /// What could not be compared, or is good to know.
    public internal(set) var notes: [String] = []
    /// Why less was done than was meant; `nil`: nothing failed.
    public internal(set) var failure: BusError?

    init(_ topic: Topic) { self.topic = topic }
}
