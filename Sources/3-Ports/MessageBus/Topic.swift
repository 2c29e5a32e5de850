public import Saga

/// A topic as `topics/` declares it: one partition, never compacted.
public struct Topic: Hashable, Sendable {
    /// A Kafka topic name: see ``isName(_:)``.
    public let name: String
    /// How long records are kept; `nil`: permanently.
    public let retention: Duration?
    /// How many brokers keep a copy of it (the replication factor). A bus in one place has one.
    public let replication: Int
    /// How many of them must have a record before its publisher learns that it is durable; with
    /// fewer in sync nothing is published. At most ``replication``.
    public let inSyncMin: Int
    /// The bytes that a batch of records may have.
    public let batchBytesMax: Int

    /// - Parameters:
    ///   - name: One that ``isName(_:)`` accepts.
    ///   - retention: How long records are kept; `nil`: permanently.
    ///   - replication: How many brokers keep a copy; at least 1.
    ///   - inSyncMin: `nil`: 2, or 1 where one broker holds it.
    ///   - batchBytesMax: The bytes that a batch of records may have.
    public init(
        name: String, retention: Duration?, replication: Int = 3, inSyncMin: Int? = nil,
        batchBytesMax: Int = Topic.batchBytesStandard
    ) {
        precondition(Self.isName(name), "a topic's name must be one that Kafka and a folder accept")
        precondition(retention.map { $0 > .zero } ?? true, "records must be kept for some time")
        precondition(replication > 0, "a topic must be somewhere")
        let inSyncMin = inSyncMin ?? min(2, replication)
        precondition(
            (1...replication).contains(inSyncMin),
            "more replicas in sync than there are would let nothing be published")
        precondition(batchBytesMax > 0, "a batch must have room for a record")
        self.name = name
        self.retention = retention
        self.replication = replication
        self.inSyncMin = inSyncMin
        self.batchBytesMax = batchBytesMax
    }

    /// Kafka's own default. A batch of a bank's has at most 1,000,000 bytes with its framing, or
    /// one record of at most 1,048,000 bytes: this has room for both.
    public static let batchBytesStandard = 1_048_588

    /// The same topic on another number of brokers: on fewer than ``inSyncMin``, all of them must
    /// have a record.
    public func held(by brokers: Int) -> Topic {
        Topic(
            name: name, retention: retention, replication: brokers,
            inSyncMin: min(inSyncMin, brokers), batchBytesMax: batchBytesMax)
    }

    /// Whether `text` is 1 to 200 letters, digits, dots, underscores and hyphens, and does not
    /// begin with a dot.
    ///
    /// Kafka allows 249 characters; a file name has 255 and needs some for its ending.
    public static func isName(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: ".")
            && text.utf8.allSatisfy { character in
                switch character {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default:
                    false
                }
            }
    }
}

extension Topic {
    /// What one node says to another, as `topics/transfers.yaml` declares it; a test holds the two
    /// together. No other node writes to it, and no other needs to read it.
    public static func transfers(from sender: NodeName, to receiver: NodeName) -> Topic {
        Topic(name: "transfers.\(sender).\(receiver)", retention: .seconds(7 * 86_400))
    }

    /// The copy of the node's log, as `topics/journal.yaml` declares it.
    public static func journal(of node: NodeName) -> Topic {
        Topic(name: "journal.\(node)", retention: nil)
    }

    /// All topics that a node needs: its journal, and two for each peer.
    public static func all(of node: NodeName, peers: [NodeName]) -> [Topic] {
        [.journal(of: node)]
            + peers.flatMap { [.transfers(from: $0, to: node), .transfers(from: node, to: $0)] }
    }
}
