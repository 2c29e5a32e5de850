import Chain
import Saga
public import Wire

extension State {
    private static var format: UInt64 { 3 }

    /// The state as a snapshot keeps it. Equal states have equal bytes: everything that is kept in
    /// hash tables is written in the order of its keys.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 1_024 + 256 * commands.count)
        writer.write(Self.format, 1)
        writer.write(node.text, 2)
        writer.write(position.number, 3)
        writer.write(time.milliseconds, 4)
        for (peer, inbox) in inboxes.sorted(by: { $0.key < $1.key }) {
            writer.write(5) { cursor in
                cursor.write(peer.text, 1)
                cursor.write(inbox.incarnation, 2)
                cursor.write(inbox.offset, 3)
                cursor.write(inbox.recordHash.bytes, 4)
            }
        }
        writer.write(UInt64(quarantined), 8)
        writer.write(participant.encodedState(), 9)
        for (id, command) in commands.sorted(by: { $0.key < $1.key }) {
            writer.write(10) { command.write(id, to: &$0) }
        }
        writer.write(publicKey, 11)
        writer.write(timeline, 12)
        writer.write(timelineStart.number, 13)
        for (name, peer) in peers.sorted(by: { $0.key < $1.key }) {
            writer.write(14) { peer.write(name, to: &$0) }
        }
        if let clockAcceptance {
            writer.write(15) { accepted in
                accepted.write(clockAcceptance.wallTime.milliseconds, 1)
                accepted.write(clockAcceptance.logTime.milliseconds, 2)
            }
        }
        for (source, letters) in deadLetters.sorted(by: { $0.key < $1.key }) {
            writer.write(16) { letters.write(source, to: &$0) }
        }
        for (peer, number) in given.sorted(by: { $0.key < $1.key }) {
            writer.write(17) { given in
                given.write(peer.text, 1)
                given.write(number, 2)
            }
        }
        for peer in stoppedPeers.sorted() { writer.write(element: peer.text, 18) }
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
        timeline = try reader.logNumber(12)
        timelineStart = Position(try reader.logNumber(13))
        peers = try Dictionary(
            uniquePairs: reader.messages(14, "a peer") { peer throws(WireError) in
                try PeerHistory.entry(from: &peer)
            }, "the list of peers")
        clockAcceptance = try reader.acceptedClock()
        deadLetters = try Dictionary(
            uniquePairs: reader.messages(16, "dead letters") { letters throws(WireError) in
                try DeadLetters.entry(from: &letters)
            }, "the list of dead letters")
        given = try Dictionary(
            uniquePairs: reader.messages(17, "a peer's number") { given throws(WireError) in
                let peer = try NodeName(wire: given.string(1), "a numbered peer")
                let number = try given.logNumber(2)
                guard number > 0 else { throw WireError("a peer is numbered from 0") }
                return (peer, number)
            }, "the list of numbers")
        stoppedPeers = try reader.stoppedPeers()
        try reader.end()
        // Those from before they were counted by source are in the sum only.
        guard deadLetters.values.reduce(0, { $0 + $1.count }) <= self.quarantined else {
            throw WireError("the snapshot has more dead letters than it counts")
        }
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
                openShares.count(step, begunBy: record.open?.principal, isOpen: true)
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

    fileprivate mutating func inboxCursor() throws(WireError) -> (NodeName, InboxCursor) {
        let peer = NodeName(try string(1))
        let (incarnation, offset) = (try logNumber(2), try signed(3))
        guard let peer, let hash = Hash(bytes: try bytes(4)), offset >= -1 else {
            throw WireError("the snapshot has an inbox without a peer or a cursor")
        }
        return (peer, InboxCursor(incarnation: incarnation, offset: offset, recordHash: hash))
    }

    fileprivate mutating func acceptedClock() throws(WireError) -> AcceptedClock? {
        guard var accepted = try message(15, "an accepted clock") else { return nil }
        let wallTime = Timestamp(milliseconds: try accepted.signed(1))
        let logTime = Timestamp(milliseconds: try accepted.signed(2))
        try accepted.end()
        return AcceptedClock(wallTime: wallTime, logTime: logTime)
    }

    fileprivate mutating func stoppedPeers() throws(WireError) -> Set<NodeName> {
        var peers: Set<NodeName> = []
        while let text = try stringElement(18) {
            let peer = try NodeName(wire: text, "a stopped peer")
            guard peers.insert(peer).inserted else {
                throw WireError("the list of stopped peers names one twice")
            }
        }
        return peers
    }
}

extension CommandRecord {
    fileprivate func write(_ id: CommandID, to writer: inout MessageWriter) {
        writer.write(id.bytes, 1)
        writer.write(command?.fingerprint.bytes ?? [], 2)
        writer.write(command?.begun?.bytes ?? [], 3)
        writer.write(command?.operationRefusal?.code ?? "", 4)
        for saga in sagas { writer.write(5) { saga.write(to: &$0) } }
    }

    fileprivate static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (CommandID, CommandRecord) {
        guard let id = CommandID(bytes: try reader.bytes(1)) else {
            throw WireError("a command has no UUID")
        }
        return (id, try CommandRecord(from: &reader))
    }

    private init(from reader: inout MessageReader) throws(WireError) {
        self.init()
        let fingerprint = try Hash(snapshot: reader.bytes(2))
        let begun = try Hash(snapshot: reader.bytes(3))
        let refusal = try Refusal(snapshot: reader.string(4))
        command = fingerprint.map {
            Command(fingerprint: $0, begun: begun, operationRefusal: refusal)
        }
        let sagas = try reader.messages(5, "a saga") { saga throws(WireError) in
            try SagaRecord(from: &saga)
        }
        for saga in sagas {
            guard self[saga.contentHash] == nil else { throw WireError("a saga is there twice") }
            self[saga.contentHash] = saga
        }
        guard fingerprint != nil || begun == nil && refusal == nil, begun == nil || refusal == nil,
            begun.map({ self[$0]?.step(0) != nil }) ?? true
        else { throw WireError("a command contradicts itself") }
    }
}

extension SagaRecord {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(contentHash.bytes, 1)
        writer.write(open?.bytes ?? [], 2)
        writer.write(isAbandonRequested, 3)
        for step in steps { writer.write(4) { step.write(to: &$0) } }
        writer.write(open?.deadline.milliseconds ?? 0, 5)
        writer.write(open?.principal?.text ?? "", 6)
    }

    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        guard let contentHash = try Hash(snapshot: reader.bytes(1)) else {
            throw WireError("a saga has no content")
        }
        self.init(contentHash: contentHash)
        let content = try reader.bytes(2)
        isAbandonRequested = try reader.bool(3)
        steps = try reader.messages(4, "a step") { step throws(WireError) in
            try StepRecord(from: &step)
        }
        let deadline = try reader.signed(5)
        let principal = try Principal.ifAny(wire: reader.string(6), "a saga's client")
        guard !steps.isEmpty, Set(steps.map(\.number)).count == steps.count else {
            throw WireError("a saga has no step, or one twice")
        }
        if isOpen {
            open = .init(
                bytes: content, deadline: .init(milliseconds: deadline), principal: principal)
        }
    }
}

extension StepRecord {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(UInt64(number), 1)
        writer.write(UInt64(state.rawValue), 2)
        writer.write(refusal?.code ?? "", 3)
        writer.write(previous?.text ?? "", 4)
        writer.write(next?.text ?? "", 5)
        writer.write(wasReserved, 6)
        writer.write(wasApproved.map { $0 ? 2 : 1 } ?? 0 as UInt64, 7)
    }

    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        let number = try reader.unsigned(1)
        guard number < UInt64(Itinerary<Never>.stepsMax) else {
            throw WireError("a step has the number \(number), which no itinerary reaches")
        }
        let stateNumber = try reader.unsigned(2)
        guard let state = UInt8(exactly: stateNumber).flatMap(StepState.init(rawValue:)),
            state != .unknown
        else { throw WireError("a step has the unknown state \(stateNumber)") }
        let refusal = try Refusal(snapshot: reader.string(3))
        let previous = try NodeName(snapshot: reader.string(4))
        let next = try NodeName(snapshot: reader.string(5))
        // Its timers will ask the next node.
        guard state != .reserved || next != nil else {
            throw WireError("a step is reserved, but it is the last")
        }
        let wasReserved = try reader.bool(6)
        let lateAnswer = try reader.unsigned(7)
        let wasApproved: Bool? =
            switch lateAnswer {
            case 0: nil
            case 1: false
            case 2: true
            default: throw WireError("a step has the unknown late answer \(lateAnswer)")
            }
        self.init(
            number: Int(number), state: state, refusal: refusal, previous: previous, next: next,
            wasReserved: wasReserved, wasApproved: wasApproved)
    }
}

extension PeerHistory {
    fileprivate func write(_ name: NodeName, to writer: inout MessageWriter) {
        writer.write(name.text, 1)
        writer.write(newest.signed.bytes, 2)
        writer.write(newest.signed.signature, 3)
        writer.write(contradiction?.signed.bytes ?? [], 4)
        writer.write(contradiction?.signed.signature ?? [], 5)
        for key in retiredKeys { writer.write(element: key.bytes, 6) }
    }

    fileprivate static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (NodeName, PeerHistory) {
        guard let name = NodeName(try reader.string(1)) else {
            throw WireError("a peer has no name")
        }
        return (name, try PeerHistory(from: &reader))
    }

    private init(from reader: inout MessageReader) throws(WireError) {
        let newest = SignedHeader(bytes: try reader.bytes(2), signature: try reader.bytes(3))
        let contradiction = SignedHeader(
            bytes: try reader.bytes(4), signature: try reader.bytes(5))
        while let key = try reader.bytesElement(6) { retiredKeys.append(KeyID(bytes: key)) }
        do throws(WireError) {
            self.newest = try WitnessedHeader(newest)
            guard !contradiction.bytes.isEmpty else { return }
            self.contradiction = try WitnessedHeader(contradiction)
        } catch {
            throw WireError("a peer's header cannot be read: \(error)")
        }
    }
}

extension DeadLetters {
    fileprivate func write(_ source: DeadLetterSource, to writer: inout MessageWriter) {
        writer.write(source.cause.rawValue, 1)
        writer.write(source.peer?.text ?? "", 2)
        writer.write(UInt64(count), 3)
        let sorted = digests.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
        for digest in sorted { writer.write(element: Array(digest), 4) }
        writer.write(source.inbox.text, 5)
    }

    fileprivate static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (DeadLetterSource, DeadLetters) {
        let cause = Quarantined.Cause(rawValue: try reader.string(1))
        let peer = try NodeName(snapshot: reader.string(2))
        let count = try reader.unsigned(3)
        guard let cause, count <= UInt32.max else {
            throw WireError("dead letters have no known cause, or no number that a log reaches")
        }
        var letters = DeadLetters()
        letters.count = Int(count)
        while let digest = try reader.bytesElement(4) {
            guard let hash = try Hash(snapshot: digest) else {
                throw WireError("a dead letter has no digest")
            }
            letters.digests.insert(hash)
        }
        guard let inbox = NodeName(try reader.string(5)) else {
            throw WireError("dead letters stand on no peer's topic")
        }
        return (DeadLetterSource(cause, on: inbox, from: peer), letters)
    }
}

extension Hash {
    fileprivate init?(snapshot bytes: [UInt8]) throws(WireError) {
        guard !bytes.isEmpty else { return nil }
        guard let hash = Hash(bytes: bytes) else {
            throw WireError("a hash has \(bytes.count) bytes instead of 32")
        }
        self = hash
    }
}

extension NodeName {
    fileprivate init?(snapshot text: String) throws(WireError) {
        guard !text.isEmpty else { return nil }
        guard let name = NodeName(text) else { throw WireError("a neighbour has no node's name") }
        self = name
    }
}

extension Refusal {
    fileprivate init?(snapshot code: String) throws(WireError) {
        guard !code.isEmpty else { return nil }
        guard let refusal = Refusal(code: code) else {
            throw WireError("\"\(code)\" is no known refusal")
        }
        self = refusal
    }
}
