public import Saga

/// A topic as `topics/` declares it: one partition, never compacted.
public struct Topic: Hashable, Sendable {
    /// A Kafka topic name: see ``isName(_:)``.
    public let name: String
    /// How long records are kept; `nil`: for ever.
    public let retention: Duration?

    public init(name: String, retention: Duration?) {
        precondition(Self.isName(name), "a topic's name must be one that Kafka and a folder accept")
        precondition(retention.map { $0 > .zero } ?? true, "records must be kept for some time")
        self.name = name
        self.retention = retention
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
    /// The node's inbox, as `topics/transfers.yaml` declares it; a test holds the two together.
    public static func transfers(of node: NodeName) -> Topic {
        Topic(name: "transfers.\(node)", retention: .seconds(7 * 86_400))
    }

    /// The copy of the node's log, as `topics/journal.yaml` declares it.
    public static func journal(of node: NodeName) -> Topic {
        Topic(name: "journal.\(node)", retention: nil)
    }
}
