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
    public let persistence: Persistence
    public let error: KafkaError?
}
