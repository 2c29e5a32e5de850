import Saga

// The entries of a node's own: who it is, and what it knows of its peers' logs.

extension Giro_Journal_V1_NodeOpened {
    init(_ node: NodeName, _ publicKey: [UInt8]) {
        self.init()
        self.node = node.text
        self.publicKey = .init(wire: publicKey)
    }

    func read() throws(WireError) -> (NodeName, publicKey: [UInt8]) {
        try requireAllKnown()
        guard publicKey.count == 32 else { throw WireError("a node's key is not 32 bytes") }
        return (try NodeName(wire: node, "the log's node"), publicKey.byteArray)
    }
}

extension Giro_Journal_V1_Witnessed {
    init(_ peer: NodeName, _ signed: SignedHeader) {
        self.init()
        self.peer = peer.text
        header = .init(wire: signed.bytes)
        signature = .init(wire: signed.signature)
    }

    func read() throws(WireError) -> (NodeName, SignedHeader) {
        try requireAllKnown()
        return (
            try NodeName(wire: peer, "the peer whose header is kept"),
            try SignedHeader(header: header, signature)
        )
    }
}

extension Giro_Journal_V1_PeerSuspended {
    init(_ peer: NodeName, _ signed: SignedHeader) {
        self.init()
        self.peer = peer.text
        header = .init(wire: signed.bytes)
        signature = .init(wire: signed.signature)
    }

    func read() throws(WireError) -> (NodeName, SignedHeader) {
        try requireAllKnown()
        return (
            try NodeName(wire: peer, "the peer that is suspended"),
            try SignedHeader(header: header, signature)
        )
    }
}

extension Giro_Journal_V1_PeerAccepted {
    init(_ peer: NodeName, _ principal: Principal) {
        self.init()
        self.peer = peer.text
        self.principal = principal.text
    }

    func read() throws(WireError) -> (NodeName, Principal) {
        try requireAllKnown()
        return (
            try NodeName(wire: peer, "the peer that is accepted"),
            try Principal(wire: principal, "an accepted peer's principal")
        )
    }
}

extension Giro_Journal_V1_TimelineStarted {
    init(_ timeline: UInt64, _ principal: Principal, _ approvers: [String]) {
        self.init()
        self.timeline = timeline
        self.approvers = approvers
        self.principal = principal.text
    }

    func read() throws(WireError) -> (UInt64, Principal, approvers: [String]) {
        try requireAllKnown()
        return (timeline, try Principal(wire: principal, "a new timeline's principal"), approvers)
    }
}

extension Giro_Journal_V1_ClockAccepted {
    init(_ time: Timestamp, _ principal: Principal, _ approvers: [String]) {
        self.init()
        wallClock = time.milliseconds
        self.approvers = approvers
        self.principal = principal.text
    }

    func read() throws(WireError) -> (Timestamp, Principal, approvers: [String]) {
        try requireAllKnown()
        return (
            Timestamp(milliseconds: wallClock),
            try Principal(wire: principal, "an accepted clock's principal"), approvers
        )
    }
}

extension Giro_Journal_V1_KeyRotated {
    init(_ publicKey: [UInt8], _ principal: Principal) {
        self.init()
        self.publicKey = .init(wire: publicKey)
        self.principal = principal.text
    }

    func read() throws(WireError) -> (publicKey: [UInt8], Principal) {
        try requireAllKnown()
        guard publicKey.count == 32 else { throw WireError("a node's new key is not 32 bytes") }
        return (publicKey.byteArray, try Principal(wire: principal, "a new key's principal"))
    }
}

/// What the chain of signatures has to know of entries, without the participant they are about.
public enum KeyRotation {
    /// The key that the payload of an entry under no saga hands the log over to; `nil` for every
    /// other entry, and for one that cannot be read.
    public static func publicKey(in payload: [UInt8]) -> [UInt8]? {
        guard let entry = try? Giro_Journal_V1_Entry(wire: payload),
            case .keyRotated(let rotated)? = entry.event
        else { return nil }
        return (try? rotated.read())?.publicKey
    }
}
