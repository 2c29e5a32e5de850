public import Chain
public import EventLog
public import Saga
import Wire

/// What a node has seen of a peer's log.
public struct PeerHistory: Hashable, Sendable {
    /// The newest header that fits those before it.
    public internal(set) var newest: WitnessedHeader
    /// A header that denies `newest`. While there is one, nothing the peer says counts.
    public internal(set) var denial: WitnessedHeader?
    /// Keys that signed its headers before the one of `newest` did, oldest first. What they sign
    /// behind that is a denial: a key that was handed over may be in anybody's hands.
    public internal(set) var retiredKeys: [KeyID] = []

    /// True while the peer's messages are dropped, until an operator accepts its log.
    public var isSuspended: Bool { denial != nil }

    /// How a header stands to what was seen.
    func relation(of header: WitnessedHeader) -> WitnessedHeader.Relation {
        let relation = header.relation(to: newest)
        let isRetired = retiredKeys.contains(header.header.keyID)
        return relation == .newer && isRetired ? .denial : relation
    }

    /// The history with `header` as its newest.
    func followed(by header: WitnessedHeader) -> PeerHistory {
        var history = self
        if header.header.keyID != newest.header.keyID {
            history.retiredKeys.append(newest.header.keyID)
        }
        history.newest = header
        return history
    }

    /// The history that an operator accepts: the one of the denial, and of the key that signed it.
    var accepted: PeerHistory? {
        denial.map { denial in
            PeerHistory(
                newest: denial,
                retiredKeys: retiredKeys.filter { $0 != denial.header.keyID })
        }
    }
}

/// A peer's header, read and as it was signed.
public struct WitnessedHeader: Hashable, Sendable {
    /// The header as its node signed it, to be kept and passed on.
    public let signed: SignedHeader
    /// The decoded header.
    public let header: CommitHeader
    /// SHA-256 of the header's bytes, which the next commit names as the one before it.
    public let hash: Hash

    /// - Throws: ``LogError`` `.corrupt`. The signature is not checked.
    public init(_ signed: SignedHeader) throws(LogError) {
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
