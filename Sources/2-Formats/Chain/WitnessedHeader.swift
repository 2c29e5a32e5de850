public import Saga
public import Wire

/// A peer's header, read and as it was signed.
public struct WitnessedHeader: Hashable, Sendable {
    /// The bytes that were signed, and the signature.
    public let signed: SignedHeader
    /// What `signed` says.
    public let header: CommitHeader
    /// SHA-256 of the signed bytes: what the next commit names as its predecessor.
    public let hash: Hash

    /// - Throws: The bytes are no header. The signature is not checked.
    public init(_ signed: SignedHeader) throws(WireError) {
        self.signed = signed
        header = try CommitHeader(decoding: signed.bytes)
        hash = .sha256(of: signed.bytes)
    }

    /// Whether one of `keys`, those of `node`, signed it.
    public func isOf(_ node: NodeName, signedBy keys: KeyRing) -> Bool {
        guard header.node == node, let key = keys[header.keyID] else { return false }
        return key.isValid(signed.signature, for: signed.bytes)
    }

    /// How a header stands to one that was seen before it.
    public enum Relation: Hashable, Sendable {
        case newer, same, older
        /// Both cannot be of one history, or it is of a higher timeline.
        case contradiction
    }

    /// How this header stands to `known`, which was seen before it.
    public func relation(to known: WitnessedHeader) -> Relation {
        guard hash != known.hash else { return .same }
        guard header.timeline == known.header.timeline else {
            return header.timeline < known.header.timeline ? .older : .contradiction
        }
        guard header.first <= known.header.last else {
            let isNext = header.first == known.header.last + 1
            return isNext && header.previousHash != known.hash ? .contradiction : .newer
        }
        return header.last < known.header.first ? .older : .contradiction
    }
}
