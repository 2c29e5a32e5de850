public import Saga

/// One event in a log. The store sees bytes; what they mean is the node's affair.
public struct Entry: Hashable, Sendable {
    public let position: Position
    /// The stream the entry can be found by; `nil` for the node's own housekeeping.
    public let saga: SagaID?
    /// At most ``EntryLimits/payloadBytesMax`` bytes.
    public let payload: [UInt8]

    public init(position: Position, saga: SagaID?, payload: [UInt8]) {
        self.position = position
        self.saga = saga
        self.payload = payload
    }
}

public enum EntryLimits {
    public static let payloadBytesMax = 256 * 1024
    public static let commitEntriesMax = 10_000
}
