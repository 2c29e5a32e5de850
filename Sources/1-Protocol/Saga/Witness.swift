/// The header of a commit as its node signed it: bytes that are passed on and kept as they are.
public struct SignedHeader: Hashable, Sendable {
    public let bytes: [UInt8]
    /// Ed25519 (RFC 8032) over `bytes`.
    public let signature: [UInt8]

    public init(bytes: [UInt8], signature: [UInt8]) {
        self.bytes = bytes
        self.signature = signature
    }
}

/// What a node tells a peer about the two logs, besides what it says about sagas: how far its own
/// has come, and how far it has seen the peer's come.
///
/// So every bank is a witness of its peers' histories: to rewrite or cut one log unnoticed needs
/// all its counterparties.
public struct Witness: Hashable, Sendable {
    public let sender: NodeName
    public let receiver: NodeName
    /// The sender's newest.
    public let newest: SignedHeader
    /// The newest of the receiver's that the sender's log holds.
    public let echo: SignedHeader?

    public init(
        from sender: NodeName, to receiver: NodeName, newest: SignedHeader, echo: SignedHeader?
    ) {
        self.sender = sender
        self.receiver = receiver
        self.newest = newest
        self.echo = echo
    }
}
