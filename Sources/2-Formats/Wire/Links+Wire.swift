package import Saga

// What banks say to each other about their logs, as links.proto has it. A reader leaves the end of
// a message to its caller.

extension Read {
    package func write(to writer: inout MessageWriter) {
        writer.write(number, 1)
        writer.write(header.hash.bytes, 2)
        writer.write(header.commit, 3)
        writer.write(acknowledged, 4)
    }

    package init(_ reader: inout MessageReader) throws(WireError) {
        let number = try reader.bounded(1, "the number of a read")
        let hash = try Hash(wire: reader.bytes(2), "the header of a read")
        let commit = try reader.bounded(3, "the commit of a read")
        guard commit > 0 else { throw WireError("a read names no commit") }
        self.init(
            number: number, header: HeaderName(commit: commit, hash: hash),
            acknowledged: try reader.bounded(4, "the acknowledgment of a read"))
    }
}

extension TimelineName {
    func write(to writer: inout MessageWriter, _ field: Int) {
        writer.write(number, field)
        writer.write(fork.bytes, field + 1)
    }

    package init(_ reader: inout MessageReader, _ field: Int) throws(WireError) {
        let name = try Self.ifAny(&reader, field)
        guard let name else { throw WireError("a timeline has no name") }
        self = name
    }

    static func ifAny(
        _ reader: inout MessageReader, _ field: Int
    ) throws(WireError) -> TimelineName? {
        let number = try reader.bounded(field, "a timeline's number")
        let bytes = try reader.bytes(field + 1)
        guard number > 0 || !bytes.isEmpty else { return nil }
        guard number > 0, let fork = ForkID(bytes: bytes) else {
            throw WireError("a timeline has no valid name")
        }
        return TimelineName(number: number, fork: fork)
    }
}

extension NewTimeline {
    package func write(to writer: inout MessageWriter) {
        precondition(
            namesEarlier, "a new timeline names those before it, oldest first, as the log has them")
        name.write(to: &writer, 1)
        writer.write(position.number, 3)
        writer.write(commitHash.bytes, 4)
        for beginning in earlier {
            writer.write(5) { writer in
                writer.write(beginning.timeline, 1)
                writer.write(beginning.number, 2)
                writer.write(beginning.position.number, 3)
            }
        }
    }

    package init(_ reader: inout MessageReader) throws(WireError) {
        let name = try TimelineName(&reader, 1)
        let position = Position(try reader.bounded(3, "where a new timeline begins"))
        let hash = try Hash(wire: reader.bytes(4), "the commit before a new timeline")
        let earlier = try reader.messages(5, "Beginning") { reader throws(WireError) in
            Beginning(
                timeline: try reader.bounded(1, "an earlier timeline"),
                number: try reader.bounded(2, "the number of an earlier timeline"),
                position: Position(try reader.bounded(3, "where an earlier timeline began")))
        }
        self.init(name, position: position, commitHash: hash, earlier: earlier)
        guard namesEarlier else {
            throw WireError("a new timeline names earlier ones that cannot be")
        }
    }

    /// Whether a log can hold the earlier timelines, oldest first: each was begun behind the entry
    /// that began the one before, so number and position are higher too.
    private var namesEarlier: Bool {
        let timelines = earlier.map(\.timeline) + [name.number]
        let numbers = earlier.map(\.number)
        let positions = earlier.map(\.position) + [position]
        return earlier.count <= Self.earlierMax
            && zip([0] + timelines, timelines).allSatisfy(<)
            && zip([0] + numbers, numbers).allSatisfy(<)
            && zip(positions, positions.dropFirst()).allSatisfy(<)
    }
}

extension Accepted {
    package func write(to writer: inout MessageWriter) {
        timeline.write(to: &writer, 1)
        own?.write(to: &writer, 3)
    }

    package init(_ reader: inout MessageReader) throws(WireError) {
        let timeline = try TimelineName(&reader, 1)
        self.init(timeline, own: try TimelineName.ifAny(&reader, 3))
    }
}

extension MessageReader {
    /// A number that fits into a store's signed 64-bit column.
    package mutating func bounded(_ field: Int, _ name: String) throws(WireError) -> UInt64 {
        let number = try unsigned(field)
        guard number <= UInt64(Int64.max) else {
            throw WireError("\(name) is \(number), which no log reaches")
        }
        return number
    }
}
