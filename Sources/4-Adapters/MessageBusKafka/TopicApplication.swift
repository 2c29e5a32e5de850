public import MessageBus

/// What was done to a topic so that it is as it is declared.
public struct TopicApplication: Sendable {
    public struct Change: Hashable, Sendable {
        /// Kafka's name of it.
        public let setting: String
        public let before: String
        public let after: String
    }

    public let topic: Topic
    public internal(set) var isMade = false
    public internal(set) var changes: [Change] = []
    /// What differs still, and applying cannot change.
    public internal(set) var left: [TopicDrift] = []
    /// What could not be compared, or is good to know.
    public internal(set) var notes: [String] = []
    /// Why less was done than was meant; `nil`: nothing failed.
    public internal(set) var failure: BusError?

    init(_ topic: Topic) { self.topic = topic }
}
