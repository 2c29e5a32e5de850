/// What became of one message.
public struct Delivery: Sendable {
    /// Whether the message is in the topic.
    public enum Persistence: Sendable {
        case no, perhaps, yes
    }

    /// Counts the producer's messages from 0, in the order they were handed over.
    public let ticket: UInt64
    /// Where it is; `nil` if it failed.
    public let offset: Int64?
    /// The answer to "is it in the topic?", which an error alone does not give.
    public let persistence: Persistence
    /// The reason why it failed; `nil` where it did not.
    public let error: KafkaError?
}
