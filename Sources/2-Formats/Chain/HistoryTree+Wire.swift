import Saga
public import Wire

extension HistoryTree {
    /// The tree as a `History` (snapshot.proto).
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 16 + 34 * frontier.count)
        writer.write(count, 1)
        for hash in frontier { writer.write(element: hash.bytes, 2) }
        return writer.bytes
    }

    /// Reads what ``encoded()`` made.
    ///
    /// - Throws: `WireError`: it is no tree. Whether it is a log's history is not checked.
    public init(encoded bytes: [UInt8]) throws(WireError) {
        var reader = MessageReader(bytes, "a snapshot's history")
        let count = try reader.unsigned(1)
        var frontier: [Hash] = []
        while let element = try reader.bytesElement(2) {
            frontier.append(try Hash(wire: element, "a node of a snapshot's history"))
        }
        try reader.end()
        guard let tree = HistoryTree(count: count, frontier: frontier) else {
            throw WireError("a snapshot's history does not have the nodes of \(count) commits")
        }
        self = tree
    }
}
