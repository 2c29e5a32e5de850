public import EventLog
public import Saga
import Wire

/// What a node has seen of a peer's log.
public struct PeerHistory: Hashable, Sendable {
    /// The newest header that fits those before it.
    public internal(set) var newest: WitnessedHeader
    /// A header that denies `newest`. While there is one, nothing the peer says counts.
    public internal(set) var denial: WitnessedHeader?

    public var isSuspended: Bool { denial != nil }
}

/// A peer's header, read and as it was signed.
public struct WitnessedHeader: Hashable, Sendable {
    public let signed: SignedHeader
    public let header: CommitHeader
    public let hash: Hash

    /// - Throws: ``LogError`` `.corrupt`. The signature is not checked.
    public init(_ signed: SignedHeader) throws(LogError) {
        self.signed = signed
        header = try CommitHeader(decoding: signed.bytes)
        hash = .sha256(of: signed.bytes)
    }

    /// Whether `key`, the one of `node`, signed it.
    public func isOf(_ node: NodeName, signedBy key: PublicKey) -> Bool {
        header.node == node && header.keyID == key.keyID
            && key.isValid(signed.signature, for: signed.bytes)
    }

    /// How a header stands to one that was seen before it.
    enum Relation: Hashable, Sendable {
        case newer, same, older
        /// Both cannot be of one history, or it is of a higher generation.
        case denial
    }

    func relation(to known: WitnessedHeader) -> Relation {
        guard hash != known.hash else { return .same }
        guard header.generation == known.header.generation else {
            return header.generation < known.header.generation ? .older : .denial
        }
        guard header.first <= known.header.last else {
            let isNext = header.first == known.header.last + 1
            return isNext && header.previousHash != known.hash ? .denial : .newer
        }
        return header.last < known.header.first ? .older : .denial
    }
}
