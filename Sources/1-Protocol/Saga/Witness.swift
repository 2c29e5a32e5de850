/// The header of a commit as its node signed it: bytes that are passed on and kept as they are.
public struct SignedHeader: Hashable, Sendable {
    /// The header's encoding: what was signed, and what a commit's hash is made of.
    public let bytes: [UInt8]
    /// Ed25519 (RFC 8032) over `bytes`.
    public let signature: [UInt8]

    /// Takes the parts as they are: no signature is verified.
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
    /// The node that speaks, about its own log and the receiver's.
    public let sender: NodeName
    /// The peer whose log was seen.
    public let receiver: NodeName
    /// The sender's newest.
    public let newest: SignedHeader
    /// The newest of the receiver's that the sender's log holds.
    public let echo: SignedHeader?

    /// Takes the parts as they are: no signature is verified.
    public init(
        from sender: NodeName, to receiver: NodeName, newest: SignedHeader, echo: SignedHeader?
    ) {
        self.sender = sender
        self.receiver = receiver
        self.newest = newest
        self.echo = echo
    }
}
