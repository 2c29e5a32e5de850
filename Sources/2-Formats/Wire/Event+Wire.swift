public import Saga

extension Event {
    /// The payload of the entry that says it. The saga is not part of it: the entry names that.
    public static func encode<P: WireParticipant>(
        _ event: Event, for: P.Type
    ) -> [UInt8] where P.Fact == Fact {
        var wire = Giro_Journal_V1_Entry()
        wire.event =
            switch event {
            case .stepDecided(let decided): .stepDecided(.init(decided, for: P.self))
            case .operationDecided(let decided): .operationDecided(.init(decided, for: P.self))
            case .abandonRequested(_, let principal): .abandonRequested(.init(principal))
            case .inboxAdvanced: .inboxAdvanced(.init())
            case .inboxRestarted: .inboxRestarted(.init())
            case .quarantined(let quarantined): .quarantined(quarantined.wire)
            case .nodeOpened(let node, let publicKey): .nodeOpened(.init(node, publicKey))
            case .witnessed(let peer, let header): .witnessed(.init(peer, header))
            case .peerSuspended(let peer, let header): .peerSuspended(.init(peer, header))
            case .peerAccepted(let peer, let principal): .peerAccepted(.init(peer, principal))
            case .timelineStarted(let timeline, let principal, let approvers):
                .timelineStarted(.init(timeline, principal, approvers))
            case .keyRotated(let publicKey, let principal):
                .keyRotated(.init(publicKey, principal))
            case .clockAccepted(let time, let principal, let approvers):
                .clockAccepted(.init(time, principal, approvers))
            }
        return wire.wireBytes()
    }

    /// Reads an entry's payload, and refuses all that this version would not have written.
    ///
    /// - Parameter saga: The one the entry stands under; `nil` for the node's own housekeeping.
    /// - Throws: The log is broken or a newer version's: this version must not continue it.
    public static func decode<P: WireParticipant>(
        _ payload: [UInt8], saga: SagaID?, for: P.Type
    ) throws(WireError) -> Event where P.Fact == Fact {
        let wire = try Giro_Journal_V1_Entry(wire: payload)
        try wire.requireAllKnown()
        switch wire.event {
        case .stepDecided(let decided):
            return .stepDecided(try decided.read(saga: required(saga), for: P.self))
        case .operationDecided(let decided):
            return .operationDecided(try decided.read(id: required(saga), for: P.self))
        case .abandonRequested(let request):
            return .abandonRequested(try required(saga), by: try request.read())
        case .some(let own):
            try requireNone(saga)
            return try decode(own)
        case nil: throw WireError("an entry says nothing")
        }
    }

    /// The node's own entries, which stand under no saga.
    private static func decode(
        _ wire: Giro_Journal_V1_Entry.OneOf_Event
    ) throws(WireError) -> Event {
        switch wire {
        case .inboxAdvanced(let advance):
            try advance.requireAllKnown()
            return .inboxAdvanced
        case .inboxRestarted(let restart):
            try restart.requireAllKnown()
            return .inboxRestarted
        case .quarantined(let quarantined):
            return .quarantined(try Quarantined(wire: quarantined))
        case .nodeOpened(let opened):
            let (node, publicKey) = try opened.read()
            return .nodeOpened(node, publicKey: publicKey)
        case .witnessed(let witnessed):
            let (peer, header) = try witnessed.read()
            return .witnessed(peer, header)
        case .peerSuspended(let suspended):
            let (peer, header) = try suspended.read()
            return .peerSuspended(peer, header)
        case .peerAccepted(let accepted):
            let (peer, principal) = try accepted.read()
            return .peerAccepted(peer, by: principal)
        case .timelineStarted(let started):
            let (timeline, principal, approvers) = try started.read()
            return .timelineStarted(timeline, by: principal, approvers: approvers)
        case .keyRotated(let rotated):
            let (publicKey, principal) = try rotated.read()
            return .keyRotated(publicKey: publicKey, by: principal)
        case .clockAccepted(let accepted):
            let (time, principal, approvers) = try accepted.read()
            return .clockAccepted(time, by: principal, approvers: approvers)
        case .stepDecided, .operationDecided, .abandonRequested:
            preconditionFailure("entries about a saga are decoded with it")
        }
    }

    private static func required(_ saga: SagaID?) throws(WireError) -> SagaID {
        guard let saga else { throw WireError("an entry about a saga stands under none") }
        return saga
    }

    private static func requireNone(_ saga: SagaID?) throws(WireError) {
        guard saga == nil else { throw WireError("a node's own entry stands under a saga") }
    }
}

extension Giro_Journal_V1_OperationDecided {
    fileprivate init<P: WireParticipant>(_ decided: OperationDecided<P.Fact>, for: P.Type) {
        self.init()
        fingerprint = decided.fingerprint.wire
        principal = decided.principal.text
        switch decided.outcome {
        case .applied(let fact): self.fact = .init(wire: P.encode(fact))
        case .refused(let refusal): self.refusal = refusal.code
        }
    }

    fileprivate func read<P: WireParticipant>(
        id: SagaID, for: P.Type
    ) throws(WireError) -> OperationDecided<P.Fact> {
        try requireAllKnown()
        let fingerprint = try Hash(wire: fingerprint, "an operation's fingerprint")
        let principal = try Principal(wire: principal, "an operation's principal")
        guard let refusal = try Refusal.ifAny(wire: refusal, "an operation's refusal") else {
            let fact = try P.decodeFact(fact.byteArray)
            return .init(
                id: id, fingerprint: fingerprint, principal: principal, outcome: .applied(fact))
        }
        guard fact.isEmpty else { throw WireError("a refused operation did something") }
        return .init(
            id: id, fingerprint: fingerprint, principal: principal, outcome: .refused(refusal))
    }
}

extension Giro_Journal_V1_AbandonRequested {
    fileprivate init(_ principal: Principal) {
        self.init()
        self.principal = principal.text
    }

    fileprivate func read() throws(WireError) -> Principal {
        try requireAllKnown()
        return try Principal(wire: principal, "an abandon request's principal")
    }
}

extension Quarantined {
    fileprivate init(wire quarantined: Giro_Journal_V1_Quarantined) throws(WireError) {
        try quarantined.requireAllKnown()
        guard let cause = Cause(rawValue: quarantined.cause) else {
            throw WireError(
                "a quarantine has no cause that this version knows, so another version wrote it: "
                    + quarantined.cause)
        }
        guard quarantined.record.count <= Self.recordBytesMax else {
            throw WireError("a quarantined record is longer than \(Self.recordBytesMax) bytes")
        }
        let peer = quarantined.peer.isEmpty ? nil : NodeName(quarantined.peer)
        guard quarantined.peer.isEmpty || peer != nil else {
            throw WireError("a quarantined record is authenticated by no node's name")
        }
        self.init(
            cause: cause, offset: quarantined.offset, record: quarantined.record.byteArray,
            peer: peer)
    }

    fileprivate var wire: Giro_Journal_V1_Quarantined {
        var wire = Giro_Journal_V1_Quarantined()
        wire.cause = cause.rawValue
        wire.offset = offset
        wire.record = .init(wire: record)
        wire.peer = peer?.text ?? ""
        return wire
    }
}
