public import Saga

extension Event {
    /// The parts of the entry that says it, the salt of what is kept left out. The UUID is in none
    /// of them: the entry names it beside them.
    ///
    /// - Parameters:
    ///   - event: What the entry says.
    ///   - addressee: The event's ``receiver``, with the next number for it.
    public static func encode<P: WireParticipant>(
        _ event: Event, to addressee: Addressee?, for: P.Type
    ) -> EntryParts where P.Fact == Fact {
        precondition(addressee?.peer == event.receiver, "an entry is numbered for its receiver")
        let kept = encodeKept(event, for: P.self)
        guard case .stepDecided(let decided) = event else { return EntryParts(kept: kept) }
        return EntryParts(
            shown: decided.frame(to: addressee).encoded(), kept: kept, content: decided.content)
    }

    private static func encodeKept<P: WireParticipant>(
        _ event: Event, for: P.Type
    ) -> [UInt8] where P.Fact == Fact {
        var entry = MessageWriter()
        switch event {
        case .stepDecided(let decided): entry.write(1) { decided.writeKept(to: &$0, for: P.self) }
        case .operationDecided(let decided): entry.write(2) { decided.write(to: &$0, for: P.self) }
        case .abandonRequested(_, let principal): entry.write(3) { $0.write(principal.text, 1) }
        case .inboxAdvanced: entry.write(4) { _ in }
        case .inboxRestarted(let peer): entry.write(5) { $0.write(peer.text, 1) }
        case .quarantined(let quarantined): entry.write(6) { quarantined.write(to: &$0) }
        case .nodeOpened(let node, let publicKey):
            entry.write(7) { $0.writeNodeOpened(node, publicKey) }
        case .witnessed(let peer, let header): entry.write(8) { $0.writePeerHeader(peer, header) }
        case .peerSuspended(let peer, let header):
            entry.write(9) { $0.writePeerHeader(peer, header) }
        case .peerAccepted(let peer, let principal):
            entry.write(10) { $0.writePeerAccepted(peer, principal) }
        case .timelineStarted(let timeline, let principal, let approvers):
            entry.write(11) { $0.writeTimelineStarted(timeline, principal, approvers) }
        case .keyRotated(let publicKey, let principal):
            entry.write(12) { $0.writeKeyRotated(publicKey, principal) }
        case .clockAccepted(let time, let principal, let approvers):
            entry.write(13) { $0.writeClockAccepted(time, principal, approvers) }
        case .intakeSet(let peer, let intake, let principal):
            entry.write(14) { $0.writeIntakeSet(peer, intake, principal) }
        }
        return entry.bytes
    }

    /// Reads an entry's parts, and refuses all that this version would not have written.
    ///
    /// Whether the addressee is the right one, and the content the one of its hash, is not checked.
    ///
    /// - Parameter parts: Without the salt.
    /// - Parameter saga: The UUID that the entry stands under; `nil` for the node's own
    ///   housekeeping.
    /// - Throws: The log is broken or a newer version's: this version must not continue it.
    public static func decode<P: WireParticipant>(
        _ parts: EntryParts, saga: CommandID?, for: P.Type
    ) throws(WireError) -> Event where P.Fact == Fact {
        var entry = MessageReader(kept: parts.kept)
        guard entry.nextField == 1 else {
            guard parts.shown.isEmpty, parts.content.isEmpty else {
                throw WireError("an entry about no step shows something, or has a content")
            }
            let event = try decodeKept(&entry, saga: saga, for: P.self)
            try entry.end()
            return event
        }
        let frame = try ShownFrame(parts.shown)
        let shown = try ShownStep(frame, command: required(saga))
        guard frame.contentHash != nil || parts.content.isEmpty else {
            throw WireError("a content stands beside an entry that names none")
        }
        let decided = try entry.member(1, "StepKept") { reader throws(WireError) in
            try StepDecided<Fact>(from: &reader, shown, content: parts.content, for: P.self)
        }
        try entry.end()
        return .stepDecided(decided)
    }

    private static func decodeKept<P: WireParticipant>(
        _ entry: inout MessageReader, saga: CommandID?, for: P.Type
    ) throws(WireError) -> Event where P.Fact == Fact {
        let event: Event
        switch entry.nextField {
        case 2:
            let command = try required(saga)
            let decided = try entry.member(2, "OperationDecided") { reader throws(WireError) in
                try OperationDecided<Fact>(from: &reader, id: command, for: P.self)
            }
            event = .operationDecided(decided)
        case 3:
            let command = try required(saga)
            let principal = try entry.member(3, "AbandonRequested") { reader throws(WireError) in
                try Principal(wire: reader.string(1), "an abandon request's principal")
            }
            event = .abandonRequested(command, by: principal)
        case .some(4...14):
            try requireNone(saga)
            event = try decodeOwn(&entry)
        default:
            try entry.end()
            throw WireError("an entry says nothing")
        }
        return event
    }

    /// The node's own entries, which stand under no saga.
    private static func decodeOwn(_ entry: inout MessageReader) throws(WireError) -> Event {
        switch entry.nextField {
        case 4:
            try entry.member(4, "InboxAdvanced") { _ throws(WireError) in }
            return .inboxAdvanced
        case 5:
            let peer = try entry.member(5, "InboxRestarted") { reader throws(WireError) in
                try NodeName(wire: reader.string(1), "the peer whose inbox is read again")
            }
            return .inboxRestarted(peer)
        case 6:
            let quarantined = try entry.member(6, "Quarantined") { reader throws(WireError) in
                try Quarantined(from: &reader)
            }
            return .quarantined(quarantined)
        case 7:
            let (node, publicKey) = try entry.member(7, "NodeOpened") { reader throws(WireError) in
                try reader.readNodeOpened()
            }
            return .nodeOpened(node, publicKey: publicKey)
        case 8:
            let (peer, header) = try entry.member(8, "Witnessed") { reader throws(WireError) in
                try reader.readPeerHeader("the peer whose header is kept")
            }
            return .witnessed(peer, header)
        case 9:
            let (peer, header) = try entry.member(9, "PeerSuspended") { reader throws(WireError) in
                try reader.readPeerHeader("the peer that is suspended")
            }
            return .peerSuspended(peer, header)
        default: return try decodeApproved(&entry)
        }
    }

    /// The node's own entries that a person or a client decided.
    private static func decodeApproved(_ entry: inout MessageReader) throws(WireError) -> Event {
        switch entry.nextField {
        case 10:
            let accepted = try entry.member(10, "PeerAccepted") { reader throws(WireError) in
                try reader.readPeerAccepted()
            }
            return .peerAccepted(accepted.peer, by: accepted.principal)
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
        case 14:
            let setting = try entry.member(14, "IntakeSet") { reader throws(WireError) in
                try reader.readIntakeSet()
            }
            return .intakeSet(from: setting.peer, setting.intake, by: setting.principal)
        default: preconditionFailure("entries about a saga are decoded with it")
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

extension OperationDecided {
    fileprivate func write<P: WireParticipant>(
        to writer: inout MessageWriter, for: P.Type
    ) where P.Fact == Fact {
        writer.write(fingerprint.bytes, 1)
        switch outcome {
        case .applied(let fact): writer.write(P.encode(fact), 3)
        case .refused(let refusal): writer.write(refusal.code, 2)
        }
        writer.write(principal.text, 4)
    }

    fileprivate init<P: WireParticipant>(
        from reader: inout MessageReader, id: CommandID, for: P.Type
    ) throws(WireError) where P.Fact == Fact {
        let fingerprint = try Hash(wire: reader.bytes(1), "an operation's fingerprint")
        let refusal = try Refusal.ifAny(wire: reader.string(2), "an operation's refusal")
        let fact = try reader.bytes(3)
        let principal = try Principal(wire: reader.string(4), "an operation's principal")
        let outcome: Outcome
        if let refusal {
            guard fact.isEmpty else { throw WireError("a refused operation did something") }
            outcome = .refused(refusal)
        } else {
            outcome = .applied(try P.decodeFact(fact, of: nil))
        }
        self.init(id: id, fingerprint: fingerprint, principal: principal, outcome: outcome)
    }
}

extension Quarantined {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(cause.rawValue, 1)
        writer.write(offset, 2)
        writer.write(record, 3)
        writer.write(peer?.text ?? "", 4)
        writer.write(inbox.text, 5)
    }

    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        let word = try reader.string(1)
        guard let cause = Cause(rawValue: word) else {
            throw WireError(
                "a quarantine has no cause that this version knows, so another version wrote it: "
                    + word)
        }
        let offset = try reader.signed(2)
        let record = try reader.bytes(3)
        guard record.count <= Self.recordBytesMax else {
            throw WireError("a quarantined record is longer than \(Self.recordBytesMax) bytes")
        }
        let name = try reader.string(4)
        let peer = name.isEmpty ? nil : NodeName(name)
        guard name.isEmpty || peer != nil else {
            throw WireError("a quarantined record is authenticated by no node's name")
        }
        let inbox = try NodeName(wire: reader.string(5), "the peer whose record is quarantined")
        self.init(cause: cause, inbox: inbox, offset: offset, record: record, peer: peer)
    }
}
