/// What a saga is to do, as its origin encoded it: opaque bytes that are passed on and hashed as
/// they are, and what this node could read of them.
public struct Content<Action: Hashable & Sendable>: Hashable, Sendable {
    /// The most bytes of a content that a node acts by and passes on, so that the entry that keeps
    /// it, with what the step did, stays below what a log takes.
    public static var bytesMax: Int { 64 * 1024 }

    /// The origin's encoding, never encoded again.
    public let bytes: [UInt8]
    /// SHA-256 of `bytes`.
    public let hash: Hash
    /// Readings differ between nodes: each knows its own participant's actions only.
    public let reading: Reading

    /// What a node made of the bytes.
    public enum Reading: Hashable, Sendable {
        case understood(Itinerary<Action>)
        /// It can be read, but holds something this node does not know; the steps' owners stand.
        case unknownParts(owners: [NodeName])
        case unreadable
    }

    /// Takes the parts as they are: `hash` has to be the hash of `bytes`, and `reading` what they
    /// say.
    public init(bytes: [UInt8], hash: Hash, reading: Reading) {
        self.bytes = bytes
        self.hash = hash
        self.reading = reading
    }

    /// The owner of step `number`, as far as the bytes can be read.
    public func node(at number: Int) -> NodeName? {
        switch reading {
        case .understood(let itinerary): itinerary.node(at: number)
        case .unknownParts(let owners): owners.indices.contains(number) ? owners[number] : nil
        case .unreadable: nil
        }
    }

    /// Compares the hashes only: equal bytes are equal contents, whatever a node could read of
    /// them.
    public static func == (left: Self, right: Self) -> Bool { left.hash == right.hash }
    /// Feeds the content's hash, as `==` compares it.
    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
