public import Saga

extension Event {
    /// Reads an entry's parts, and refuses all that this version would not have written.
    ///
    /// Whether the number is the next one, and the content that of its hash, is not checked: a
    /// content may have been left out.
    ///
    /// - Parameter parts: Without the salt.
    /// - Parameter saga: The UUID that the entry stands under; `nil` for the node's own
    ///   housekeeping.
    /// - Throws: The log is broken or a newer version's: this version must not continue it.
    public static func decode<P: WireParticipant>(
        _ parts: EntryParts, saga: CommandID?, for: P.Type
    ) throws(WireError) -> Event where P.Fact == Fact {
        let frame = try ShownFrame(parts.shown)
        guard frame.contentHash != nil || parts.content.isEmpty else {
            throw WireError("a content stands beside an entry that names none")
        }
        var entry = MessageReader(kept: parts.kept)
        let event: Event
        switch frame.what {
        case nil: event = try decodeUnshown(&entry, saga: saga, for: P.self)
        case .step(let bytes)?:
            let shown = try ShownStep(bytes, beside: frame.contentHash, under: required(saga))
            event = try decodeStep(
                &entry, shown, to: frame.addressee, content: parts.content, for: P.self)
        case .some(let what):
            try requireNone(saga)
            event = try decodeLink(&entry, what, to: frame.addressee)
        }
        try entry.end()
        guard frame.addressee?.peer == event.receiver else {
            throw WireError("an entry is for another than its receiver")
        }
        return event
    }

    /// An entry about a step.
    private static func decodeStep<P: WireParticipant>(
        _ entry: inout MessageReader, _ shown: ShownStep, to addressee: Addressee?,
        content: [UInt8], for: P.Type
    ) throws(WireError) -> Event where P.Fact == Fact {
        switch entry.nextField {
        case 1:
            return .stepDecided(
                try entry.member(1, "StepKept") { reader throws(WireError) in
                    try StepDecided<Fact>(from: &reader, shown, content: content, for: P.self)
                })
        case 3:
            return .abandonRequested(
                try entry.member(3, "AbandonRequested") { reader throws(WireError) in
                    try AbandonRequested(from: &reader, shown, to: addressee)
                })
        case 5:
            try entry.member(5, "StepRepeated") { _ throws(WireError) in }
            return .stepRepeated(try StepRepeated(shown, to: addressee, content: content))
        case 19:
            guard shown.state == .forgotten else {
                throw WireError("an entry forgets a step and shows that it knows it")
            }
            let facts = try entry.member(19, "StepForgotten") { reader throws(WireError) in
                try reader.facts(1, of: shown.step, for: P.self)
            }
            return .stepForgotten(shown.step, facts: facts)
        default: throw WireError("an entry shows a step and keeps nothing about it")
        }
    }

    /// An entry for a peer about the two logs.
    private static func decodeLink(
        _ entry: inout MessageReader, _ what: ShownFrame.What, to addressee: Addressee?
    ) throws(WireError) -> Event {
        guard let peer = addressee?.peer else {
            throw WireError("an entry about logs is for no peer")
        }
        switch what {
        case .step: preconditionFailure("entries about a step are decoded with it")
        case .read(let read):
            let header = try entry.member(8, "ReadKept") { reader throws(WireError) in
                try reader.readHeader(of: read)
            }
            return .read(read, of: peer, header: header)
        case .accepted(let accepted):
            let principal = try entry.member(10, "PeerAccepted") { reader throws(WireError) in
                try Principal.ifAny(wire: reader.string(1), "an accepted peer's principal")
            }
            return .peerAccepted(peer, accepted, by: principal)
        case .timeline(let timeline):
            try entry.member(17, "TimelineTold") { _ throws(WireError) in }
            return .timelineShown(timeline, to: peer)
        case .key(let publicKey):
            try entry.member(18, "KeyTold") { _ throws(WireError) in }
            return .keyShown(publicKey: publicKey, to: peer)
        }
    }

    /// An entry that shows nothing.
    private static func decodeUnshown<P: WireParticipant>(
        _ entry: inout MessageReader, saga: CommandID?, for: P.Type
    ) throws(WireError) -> Event where P.Fact == Fact {
        guard entry.nextField != 2 else {
            let command = try required(saga)
            return .operationDecided(
                try entry.member(2, "OperationDecided") { reader throws(WireError) in
                    try OperationDecided<Fact>(from: &reader, id: command, for: P.self)
                })
        }
        try requireNone(saga)
        switch entry.nextField {
        case 4:
            try entry.member(4, "InboxAdvanced") { _ throws(WireError) in }
            return .inboxAdvanced
        case 6:
            return .quarantined(
                try entry.member(6, "Quarantined") { reader throws(WireError) in
                    try Quarantined(from: &reader)
                })
        case 9, 14, 15, 16: return try decodePeer(&entry)
        default: return try decodeNode(&entry)
        }
    }

    /// An entry about what a node knows of a peer.
    private static func decodePeer(_ entry: inout MessageReader) throws(WireError) -> Event {
        switch entry.nextField {
        case 9:
            let (peer, suspicion) = try entry.member(9, "PeerSuspended") {
                reader throws(WireError) in try reader.readPeerSuspended()
            }
            return .peerSuspended(peer, suspicion)
        case 14:
            let taken = try entry.member(14, "PeerKeyTaken") { reader throws(WireError) in
                try reader.readPeerKey()
            }
            return .peerKeyTaken(taken.peer, publicKey: taken.publicKey)
        case 15:
            let compared = try entry.member(15, "PeerKeyCompared") { reader throws(WireError) in
                try reader.readPeerKeyCompared()
            }
            return .peerKeyCompared(
                compared.peer, publicKey: compared.publicKey, by: compared.principal)
        default:
            let peer = try entry.member(16, "PeerAnswered") { reader throws(WireError) in
                try NodeName(wire: reader.string(1), "the peer that has answered")
            }
            return .peerAnswered(peer)
        }
    }

    /// An entry about the node and its own log.
    private static func decodeNode(_ entry: inout MessageReader) throws(WireError) -> Event {
        switch entry.nextField {
        case 7:
            let (node, publicKey) = try entry.member(7, "NodeOpened") { reader throws(WireError) in
                try reader.readNodeOpened()
            }
            return .nodeOpened(node, publicKey: publicKey)
        case 11:
            let started = try entry.member(11, "TimelineStarted") { reader throws(WireError) in
                try reader.readTimelineStarted()
            }
            return .timelineStarted(
                started.timeline, by: started.principal, approvers: started.approvers)
        case 12:
            let rotated = try entry.member(12, "KeyRotated") { reader throws(WireError) in
                try reader.readKeyRotated()
            }
            return .keyRotated(publicKey: rotated.publicKey, by: rotated.principal)
        case 13:
            let accepted = try entry.member(13, "ClockAccepted") { reader throws(WireError) in
                try reader.readClockAccepted()
            }
            return .clockAccepted(
                accepted.time, by: accepted.principal, approvers: accepted.approvers)
        case 20:
            let setting = try entry.member(20, "IntakeSet") { reader throws(WireError) in
                try reader.readIntakeSet()
            }
            return .intakeSet(from: setting.peer, setting.intake, by: setting.principal)
        default: throw WireError("an entry keeps nothing that belongs to what it shows")
        }
    }

    private static func required(_ command: CommandID?) throws(WireError) -> CommandID {
        guard let command else { throw WireError("an entry about a saga stands under no UUID") }
        return command
    }

    private static func requireNone(_ command: CommandID?) throws(WireError) {
        guard command == nil else { throw WireError("a node's own entry stands under a UUID") }
    }
}
