import Links
import Saga
public import Wire

extension State {
    private static var format: UInt64 { 4 }

    /// The state as a snapshot keeps it. Equal states have equal bytes: everything that is kept in
    /// hash tables is written in the order of its keys.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 1_024 + 256 * commands.count)
        writer.write(Self.format, 1)
        writer.write(node.text, 2)
        writer.write(position.number, 3)
        writer.write(time.milliseconds, 4)
        for (peer, offset) in inboxes.sorted(by: { $0.key < $1.key }) {
            writer.write(5) { cursor in
                cursor.write(peer.text, 1)
                cursor.write(offset, 2)
            }
        }
        writer.write(UInt64(quarantined), 8)
        writer.write(participant.encodedState(), 9)
        for (id, command) in commands.sorted(by: { $0.key < $1.key }) {
            writer.write(10) { command.write(id, to: &$0) }
        }
        writer.write(publicKey, 11)
        if let timeline {
            writer.write(12) { name in
                name.write(timeline.number, 1)
                name.write(timeline.fork.bytes, 2)
                name.write(timelineTime.milliseconds, 3)
            }
        }
        writer.write(timelineStart.number, 13)
        for (_, link) in links.sorted(by: { $0.key < $1.key }) {
            writer.write(14) { link.write(to: &$0) }
        }
        if let clockAcceptance {
            writer.write(15) { accepted in
                accepted.write(clockAcceptance.wallTime.milliseconds, 1)
                accepted.write(clockAcceptance.logTime.milliseconds, 2)
            }
        }
        writePeers(to: &writer)
        return writer.bytes
    }

    /// Reads what ``encoded()`` wrote.
    ///
    /// - Throws: The bytes are no snapshot, or one of a newer format: fold the log instead.
    public init(encoded bytes: [UInt8]) throws(WireError) {
        var reader = MessageReader(bytes, "the snapshot")
        let format = try reader.unsigned(1)
        guard format == Self.format else {
            throw WireError("the snapshot has format \(format), known is \(Self.format)")
        }
        guard let node = NodeName(try reader.string(2)) else {
            throw WireError("the snapshot names no node")
        }
        let position = Position(try reader.logNumber(3))
        let time = Timestamp(milliseconds: try reader.signed(4))
        let inboxes = try Dictionary(
            uniquePairs: reader.messages(5, "an inbox") { inbox throws(WireError) in
                try inbox.inboxCursor()
            }, "the list of inboxes")
        let quarantined = try reader.logNumber(8)
        self.init(node: node, participant: try P(encodedState: reader.bytes(9)))
        (self.position, self.time, self.inboxes) = (position, time, inboxes)
        self.quarantined = Int(quarantined)
        try readCommands(&reader)
        publicKey = try reader.bytes(11)
        if var name = try reader.message(12, "a timeline") {
            timeline = try TimelineName(&name, 1)
            timelineTime = Timestamp(milliseconds: try name.signed(3))
            try name.end()
        }
        timelineStart = Position(try reader.logNumber(13))
        links = try Dictionary(
            uniquePairs: reader.messages(14, "a link") { link throws(WireError) in
                try LinkInbox.entry(from: &link, at: node)
            }, "the list of links")
        clockAcceptance = try reader.acceptedClock()
        try readPeers(&reader)
        try reader.end()
        guard deadLetters.values.reduce(0, +) == self.quarantined else {
            throw WireError("the snapshot has other dead letters than it counts")
        }
        try checkOpenSteps()
    }

    /// Fields 16 and later.
    private func writePeers(to writer: inout MessageWriter) {
        for (source, count) in deadLetters.sorted(by: { $0.key < $1.key }) {
            writer.write(16) { letters in
                letters.write(source.cause.rawValue, 1)
                letters.write(source.peer.text, 2)
                letters.write(UInt64(count), 3)
            }
        }
        for (peer, number) in given.sorted(by: { $0.key < $1.key }) {
            writer.write(17) { writeGiven(number, to: peer, &$0) }
        }
        for step in forgetting.sorted() { writer.write(element: step.wire, 18) }
        for (peer, position) in reads.sorted(by: { $0.key < $1.key }) {
            writer.write(19) { read in
                read.write(peer.text, 1)
                read.write(position.number, 2)
            }
        }
        for peer in stoppedPeers.sorted() { writer.write(element: peer.text, 20) }
    }

    private mutating func readPeers(_ reader: inout MessageReader) throws(WireError) {
        deadLetters = try Dictionary(
            uniquePairs: reader.messages(16, "dead letters") { letters throws(WireError) in
                try letters.deadLetters()
            }, "the list of dead letters")
        let peers = try reader.messages(17, "a peer's entries") { given throws(WireError) in
            try GivenEntries(from: &given)
        }
        for given in peers { try take(given) }
        while let step = try reader.bytesElement(18) {
            forgetting.insert(try StepID(wire: step, "a step to forget"))
        }
        reads = try Dictionary(
            uniquePairs: reader.messages(19, "the place of a read") { read throws(WireError) in
                try read.readAt()
            }, "the list of reads")
        while let name = try reader.stringElement(20) {
            let peer = try NodeName(wire: name, "a stopped peer")
            guard stoppedPeers.insert(peer).inserted else {
                throw WireError("the list of stopped peers names one twice")
            }
        }
    }

    /// What is to be said again, or to be forgotten, is open.
    private func checkOpenSteps() throws(WireError) {
        let areReserved = repeating.allSatisfy { peer, steps in
            steps.allSatisfy { step in
                let known = record(of: step)
                return known?.state == .reserved && known?.next == peer
            }
        }
        guard areReserved, forgetting.allSatisfy({ stepState($0) == .deciding }) else {
            throw WireError("the snapshot has a step that is to be said again, and is not open")
        }
    }

    private func writeGiven(
        _ number: UInt64, to peer: NodeName, _ writer: inout MessageWriter
    ) {
        writer.write(peer.text, 1)
        writer.write(number, 2)
        var bytes: [UInt8] = []
        for position in waiting[peer] ?? [] {
            withUnsafeBytes(of: position.number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        writer.write(bytes, 3)
        for beginning in beginnings[peer] ?? [] {
            writer.write(4) { writer in
                writer.write(beginning.timeline, 1)
                writer.write(beginning.number, 2)
                writer.write(beginning.position.number, 3)
            }
        }
        for step in (repeating[peer] ?? []).sorted() { writer.write(element: step.wire, 5) }
    }

    private mutating func take(_ entries: GivenEntries) throws(WireError) {
        let peer = entries.peer
        let acknowledged = links[peer]?.acknowledged ?? 0
        guard entries.number >= acknowledged,
            entries.number - acknowledged == UInt64(entries.waiting.count),
            given.updateValue(entries.number, forKey: peer) == nil
        else { throw WireError("the snapshot has not the entries that wait for \(peer)") }
        waiting[peer] = entries.waiting
        if !entries.beginnings.isEmpty { beginnings[peer] = entries.beginnings }
        if !entries.repeating.isEmpty { repeating[peer] = entries.repeating }
    }

    private mutating func readCommands(_ reader: inout MessageReader) throws(WireError) {
        commands = try Dictionary(
            uniquePairs: reader.messages(10, "a command") { command throws(WireError) in
                try CommandRecord.entry(from: &command)
            }, "the list of commands")
        for (_, record) in sagas {
            openSagas += record.isOpen ? 1 : 0
            for step in record.steps { openSteps.count(.unknown, becomes: step.state) }
            for step in record.steps where step.isOpen {
                openShares.count(
                    step, begunBy: record.open?.principal, isOpen: true,
                    bytes: record.open?.bytes.count ?? 0)
            }
        }
    }
}

extension MessageReader {
    /// A number of a log's: stores keep them in signed 64-bit columns.
    fileprivate mutating func logNumber(_ field: Int) throws(WireError) -> UInt64 {
        let number = try unsigned(field)
        guard number <= UInt64(Int64.max) else {
            throw WireError("the snapshot has a number that no log reaches")
        }
        return number
    }

    fileprivate mutating func inboxCursor() throws(WireError) -> (NodeName, Int64) {
        let peer = try NodeName(wire: string(1), "an inbox's peer")
        let offset = try signed(2)
        guard offset >= 0 else { throw WireError("the snapshot has an inbox without a cursor") }
        return (peer, offset)
    }

    fileprivate mutating func readAt() throws(WireError) -> (NodeName, Position) {
        let peer = try NodeName(wire: string(1), "the peer of a read")
        return (peer, Position(try logNumber(2)))
    }

    fileprivate mutating func deadLetters() throws(WireError) -> (DeadLetterSource, Int) {
        let cause = Quarantined.Cause(rawValue: try string(1))
        let peer = try NodeName(wire: string(2), "the peer of dead letters")
        let count = try unsigned(3)
        guard let cause, (1...UInt64(UInt32.max)).contains(count) else {
            throw WireError("dead letters have no known cause, or no number that a log reaches")
        }
        return (DeadLetterSource(cause, from: peer), Int(count))
    }

    fileprivate mutating func acceptedClock() throws(WireError) -> AcceptedClock? {
        guard var accepted = try message(15, "an accepted clock") else { return nil }
        let wallTime = Timestamp(milliseconds: try accepted.signed(1))
        let logTime = Timestamp(milliseconds: try accepted.signed(2))
        try accepted.end()
        return AcceptedClock(wallTime: wallTime, logTime: logTime)
    }
}

/// What a snapshot has of the entries for a peer.
private struct GivenEntries {
    let peer: NodeName
    let number: UInt64
    let waiting: [Position]
    let beginnings: [NewTimeline.Beginning]
    let repeating: Set<StepID>

    init(from reader: inout MessageReader) throws(WireError) {
        peer = try NodeName(wire: reader.string(1), "a numbered peer")
        number = try reader.logNumber(2)
        guard number > 0 else { throw WireError("a peer is numbered from 0") }
        let bytes = try reader.bytes(3)
        guard bytes.count.isMultiple(of: 8) else { throw WireError("a position has 8 bytes") }
        waiting = stride(from: 0, to: bytes.count, by: 8).map { start in
            Position(bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
        }
        beginnings = try reader.messages(4, "a beginning") { reader throws(WireError) in
            NewTimeline.Beginning(
                timeline: try reader.logNumber(1), number: try reader.logNumber(2),
                position: Position(try reader.logNumber(3)))
        }
        var steps: Set<StepID> = []
        while let step = try reader.bytesElement(5) {
            steps.insert(try StepID(wire: step, "a step to say again"))
        }
        repeating = steps
    }
}
