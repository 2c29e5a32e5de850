import Chain
import Saga
import SwiftProtobuf
public import Wire

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension State {
    private static var format: UInt32 { 1 }

    /// The state as a snapshot keeps it. Equal states have equal bytes: everything that is kept in
    /// hash tables is written in the order of its keys.
    public func encoded() -> [UInt8] {
        var wire = Giro_Snapshot_V1_State()
        wire.format = Self.format
        wire.node = node.text
        wire.publicKey = .init(publicKey)
        wire.position = position.number
        wire.time = time.milliseconds
        wire.inboxIncarnation = inbox.incarnation
        wire.inboxOffset = inbox.offset
        wire.inboxRecordHash = .init(inbox.recordHash.bytes)
        wire.quarantined = UInt64(quarantined)
        wire.participant = .init(participant.encodedState())
        wire.timeline = timeline
        wire.timelineStart = timelineStart.number
        if let clockAcceptance {
            wire.acceptedClock = .with {
                $0.wallClock = clockAcceptance.wallTime.milliseconds
                $0.logTime = clockAcceptance.logTime.milliseconds
            }
        }
        wire.peers = peers.sorted { $0.key < $1.key }.map { $1.wire(of: $0) }
        wire.deadLetters = deadLetters.sorted { $0.key < $1.key }.map { $1.wire(of: $0) }
        wire.sagas = sagas.sorted { $0.key < $1.key }.map { $1.wire(id: $0) }
        do {
            return try wire.serializedBytes()
        } catch {
            preconditionFailure("a message without required fields can be encoded: \(error)")
        }
    }

    /// Reads what ``encoded()`` wrote.
    ///
    /// - Throws: The bytes are no snapshot, or one of a newer format: fold the log instead.
    public init(encoded bytes: [UInt8]) throws(WireError) {
        let wire: Giro_Snapshot_V1_State
        do {
            wire = try Giro_Snapshot_V1_State(serializedBytes: bytes)
        } catch {
            throw WireError("the snapshot cannot be read")
        }
        guard wire.format == Self.format else {
            throw WireError("the snapshot has format \(wire.format), known is \(Self.format)")
        }
        guard let node = NodeName(wire.node), let hash = Hash(bytes: wire.inboxRecordHash) else {
            throw WireError("the snapshot names no node or no cursor")
        }
        let numbers = [
            wire.position, wire.inboxIncarnation, wire.quarantined, wire.timeline,
            wire.timelineStart,
        ]
        guard numbers.allSatisfy({ $0 <= UInt64(Int64.max) }), wire.inboxOffset >= -1 else {
            throw WireError("the snapshot has a number that no log reaches")
        }
        self.init(node: node, participant: try P(encodedState: [UInt8](wire.participant)))
        publicKey = [UInt8](wire.publicKey)
        position = Position(wire.position)
        time = .init(milliseconds: wire.time)
        inbox = InboxCursor(
            incarnation: wire.inboxIncarnation, offset: wire.inboxOffset, recordHash: hash)
        quarantined = Int(wire.quarantined)
        timeline = wire.timeline
        timelineStart = Position(wire.timelineStart)
        if wire.hasAcceptedClock {
            let accepted = wire.acceptedClock
            clockAcceptance = AcceptedClock(
                wallTime: .init(milliseconds: accepted.wallClock),
                logTime: .init(milliseconds: accepted.logTime))
        }
        for peer in wire.peers {
            guard let name = NodeName(peer.name) else { throw WireError("a peer has no name") }
            guard peers.updateValue(try PeerHistory(peer), forKey: name) == nil else {
                throw WireError("a peer is there twice")
            }
        }
        for letters in wire.deadLetters {
            let (source, letters) = try DeadLetters.read(letters)
            guard deadLetters.updateValue(letters, forKey: source) == nil else {
                throw WireError("a source of dead letters is there twice")
            }
        }
        // Those from before they were counted by source are in the sum only.
        guard deadLetters.values.reduce(0, { $0 + $1.count }) <= quarantined else {
            throw WireError("the snapshot has more dead letters than it counts")
        }
        for saga in wire.sagas {
            guard let id = SagaID(bytes: saga.id) else { throw WireError("a saga has no UUID") }
            let record = try SagaRecord(saga)
            guard sagas.updateValue(record, forKey: id) == nil else {
                throw WireError("a saga is there twice")
            }
            openSagas += record.isOpen ? 1 : 0
            for step in record.steps { openSteps.count(.unknown, becomes: step.state) }
        }
    }
}

extension SagaRecord {
    fileprivate func wire(id: SagaID) -> Giro_Snapshot_V1_State.Saga {
        var wire = Giro_Snapshot_V1_State.Saga()
        wire.id = .init(id.bytes)
        wire.fingerprint = .init(fingerprint?.bytes ?? [])
        wire.contentHash = .init(contentHash?.bytes ?? [])
        wire.content = .init(open?.bytes ?? [])
        wire.deadline = open?.deadline.milliseconds ?? 0
        wire.abandonRequested = isAbandonRequested
        wire.refusal = operationRefusal?.code ?? ""
        wire.steps = steps.map { step in
            var wire = Giro_Snapshot_V1_State.Step()
            wire.number = UInt32(step.number)
            wire.state = UInt32(step.state.rawValue)
            wire.refusal = step.refusal?.code ?? ""
            wire.previous = step.previous?.text ?? ""
            wire.next = step.next?.text ?? ""
            wire.held = step.wasReserved
            wire.lateAnswer = step.wasApproved.map { $0 ? 2 : 1 } ?? 0
            return wire
        }
        return wire
    }

    fileprivate init(_ wire: Giro_Snapshot_V1_State.Saga) throws(WireError) {
        fingerprint = try Hash(snapshot: .init(wire.fingerprint))
        contentHash = try Hash(snapshot: .init(wire.contentHash))
        isAbandonRequested = wire.abandonRequested
        operationRefusal = try Refusal(snapshot: wire.refusal)
        for step in wire.steps { steps.append(try StepRecord(step)) }
        guard Set(steps.map(\.number)).count == steps.count else {
            throw WireError("a step is there twice")
        }
        guard steps.isEmpty || contentHash != nil else {
            throw WireError("a saga has steps, but no content")
        }
        if isOpen {
            open = .init(
                bytes: [UInt8](wire.content), deadline: .init(milliseconds: wire.deadline))
        }
    }
}

extension StepRecord {
    fileprivate init(_ wire: Giro_Snapshot_V1_State.Step) throws(WireError) {
        guard let state = UInt8(exactly: wire.state).flatMap(StepState.init(rawValue:)),
            state != .unknown
        else {
            throw WireError("a step has the unknown state \(wire.state)")
        }
        // Its timers will ask the next node.
        guard state != .reserved || !wire.next.isEmpty else {
            throw WireError("a step is reserved, but it is the last")
        }
        guard wire.number < UInt32(Itinerary<Never>.stepsMax) else {
            throw WireError("a step has the number \(wire.number), which no itinerary reaches")
        }
        let wasApproved: Bool? =
            switch wire.lateAnswer {
            case 0: nil
            case 1: false
            case 2: true
            default: throw WireError("a step has the unknown late answer \(wire.lateAnswer)")
            }
        self.init(
            number: Int(wire.number), state: state, refusal: try Refusal(snapshot: wire.refusal),
            previous: try NodeName(snapshot: wire.previous),
            next: try NodeName(snapshot: wire.next), wasReserved: wire.held,
            wasApproved: wasApproved)
    }
}

extension PeerHistory {
    fileprivate func wire(of name: NodeName) -> Giro_Snapshot_V1_State.Peer {
        var wire = Giro_Snapshot_V1_State.Peer()
        wire.name = name.text
        wire.header = .init(newest.signed.bytes)
        wire.signature = .init(newest.signed.signature)
        wire.contradiction = .init(contradiction?.signed.bytes ?? [])
        wire.contradictionSignature = .init(contradiction?.signed.signature ?? [])
        wire.retiredKeys = retiredKeys.map { .init($0.bytes) }
        return wire
    }

    fileprivate init(_ wire: Giro_Snapshot_V1_State.Peer) throws(WireError) {
        do throws(WireError) {
            newest = try WitnessedHeader(
                .init(
                    bytes: [UInt8](wire.header), signature: [UInt8](wire.signature)))
            retiredKeys = wire.retiredKeys.map { KeyID(bytes: [UInt8]($0)) }
            guard !wire.contradiction.isEmpty else { return }
            contradiction = try WitnessedHeader(
                .init(
                    bytes: [UInt8](wire.contradiction),
                    signature: [UInt8](wire.contradictionSignature)))
        } catch {
            throw WireError("a peer's header cannot be read: \(error)")
        }
    }
}

extension DeadLetters {
    fileprivate func wire(of source: DeadLetterSource) -> Giro_Snapshot_V1_State.DeadLetters {
        var wire = Giro_Snapshot_V1_State.DeadLetters()
        wire.cause = source.cause.rawValue
        wire.peer = source.peer?.text ?? ""
        wire.count = UInt64(count)
        wire.digests = digests.map { .init($0.bytes) }.sorted { $0.lexicographicallyPrecedes($1) }
        return wire
    }

    fileprivate static func read(
        _ wire: Giro_Snapshot_V1_State.DeadLetters
    ) throws(WireError) -> (DeadLetterSource, DeadLetters) {
        guard let cause = Quarantined.Cause(rawValue: wire.cause), wire.count <= UInt32.max else {
            throw WireError("dead letters have no known cause, or no number that a log reaches")
        }
        var letters = DeadLetters()
        letters.count = Int(wire.count)
        for digest in wire.digests {
            guard let hash = try Hash(snapshot: .init(digest)) else {
                throw WireError("a dead letter has no digest")
            }
            letters.digests.insert(hash)
        }
        return (DeadLetterSource(cause, from: try NodeName(snapshot: wire.peer)), letters)
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
