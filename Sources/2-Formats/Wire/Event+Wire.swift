public import Saga

extension Event {
    /// The parts of the entry that says it, the salt of what is kept left out. The UUID is in none
    /// of them: the entry names it beside them.
    ///
    /// - Parameters:
    ///   - event: What the entry says.
    ///   - addressee: The event's ``receiver``, with the next number for it if ``isNumbered``.
    public static func encode<P: WireParticipant>(
        _ event: Event, to addressee: Addressee?, for: P.Type
    ) -> EntryParts where P.Fact == Fact {
        precondition(addressee?.peer == event.receiver, "an entry is for its receiver")
        precondition(
            (addressee?.number != nil) == event.isNumbered,
            "every entry for a peer has a number, but for a read")
        return EntryParts(
            shown: event.frame(to: addressee).encoded(), kept: encodeKept(event, for: P.self),
            content: event.content)
    }

    /// What stands beside the entry.
    private var content: [UInt8] {
        switch self {
        case .stepDecided(let decided): decided.content
        case .stepRepeated(let repeated): repeated.content
        default: []
        }
    }

    private func frame(to addressee: Addressee?) -> ShownFrame {
        switch self {
        case .stepDecided(let decided): decided.shown.frame(to: addressee)
        case .stepRepeated(let repeated): repeated.shown.frame(to: addressee)
        case .abandonRequested(let request): request.shown.frame(to: addressee)
        case .stepForgotten(let step, _): ShownStep(step, .forgotten).frame(to: addressee)
        case .read(let read, _, _): ShownFrame(to: addressee, .read(read))
        case .peerAccepted(_, let accepted, _): ShownFrame(to: addressee, .accepted(accepted))
        case .timelineShown(let timeline, _): ShownFrame(to: addressee, .timeline(timeline))
        case .keyShown(let publicKey, _): ShownFrame(to: addressee, .key(publicKey))
        default: ShownFrame(to: addressee, nil)
        }
    }

    private static func encodeKept<P: WireParticipant>(
        _ event: Event, for: P.Type
    ) -> [UInt8] where P.Fact == Fact {
        var entry = MessageWriter()
        switch event {
        case .stepDecided(let decided): entry.write(1) { decided.writeKept(to: &$0, for: P.self) }
        case .operationDecided(let decided): entry.write(2) { decided.write(to: &$0, for: P.self) }
        case .abandonRequested(let request): entry.write(3) { request.writeKept(to: &$0) }
        case .inboxAdvanced: entry.write(4) { _ in }
        case .stepRepeated: entry.write(5) { _ in }
        case .quarantined(let quarantined): entry.write(6) { quarantined.write(to: &$0) }
        case .nodeOpened(let node, let key): entry.write(7) { $0.writeNodeOpened(node, key) }
        case .read(let read, _, let header): entry.write(8) { $0.write(header, of: read) }
        case .peerSuspended(let peer, let suspicion):
            entry.write(9) { $0.writePeerSuspended(peer, suspicion) }
        case .peerAccepted(_, _, let principal):
            entry.write(10) { $0.write(principal?.text ?? "", 1) }
        case .timelineStarted(let timeline, let principal, let approvers):
            entry.write(11) { $0.writeTimelineStarted(timeline, principal, approvers) }
        case .keyRotated(let key, let principal):
            entry.write(12) { $0.writeKeyRotated(key, principal) }
        case .clockAccepted(let time, let principal, let approvers):
            entry.write(13) { $0.writeClockAccepted(time, principal, approvers) }
        case .intakeSet(let peer, let intake, let principal):
            entry.write(20) { $0.writeIntakeSet(peer, intake, principal) }
        case .peerKeyTaken(let peer, let key): entry.write(14) { $0.writePeerKey(peer, key) }
        case .peerKeyCompared(let peer, let key, let principal):
            entry.write(15) { $0.writePeerKeyCompared(peer, key, principal) }
        case .peerAnswered(let peer): entry.write(16) { $0.write(peer.text, 1) }
        case .timelineShown: entry.write(17) { _ in }
        case .keyShown: entry.write(18) { _ in }
        case .stepForgotten(_, let facts):
            entry.write(19) { writer in
                for fact in facts { writer.write(element: P.encode(fact), 1) }
            }
        }
        return entry.bytes
    }
}

extension MessageReader {
    /// Begins what an entry keeps, a `Kept` (journal.proto).
    init(kept bytes: [UInt8]) {
        self.init(bytes, "giro.journal.v1.Kept")
    }

    /// What an entry says, read whole, where that field stands next.
    ///
    /// - Parameter name: The message's, in journal.proto.
    mutating func member<Value>(
        _ field: Int, _ name: String,
        _ read: (inout MessageReader) throws(WireError) -> Value
    ) throws(WireError) -> Value {
        try whole(field, "giro.journal.v1.\(name)", read)
    }
}
