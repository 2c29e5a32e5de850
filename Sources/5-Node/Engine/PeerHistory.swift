public import Chain
import Wire

/// What a node has seen of a peer's log.
public struct PeerHistory: Hashable, Sendable {
    /// The newest header that fits those before it.
    public internal(set) var newest: WitnessedHeader
    /// A header that contradicts `newest`. While there is one, nothing the peer says counts.
    public internal(set) var contradiction: WitnessedHeader?
    /// Keys that signed its headers before the one of `newest` did, oldest first. What they sign
    /// behind that is a contradiction: a key that was handed over may be in anybody's hands.
    public internal(set) var retiredKeys: [KeyID] = []

    /// True while the peer's messages are dropped, until an operator accepts its log.
    public var isSuspended: Bool { contradiction != nil }

    /// How a header stands to what was seen.
    func relation(of header: WitnessedHeader) -> WitnessedHeader.Relation {
        let relation = header.relation(to: newest)
        let isRetired = retiredKeys.contains(header.header.keyID)
        return relation == .newer && isRetired ? .contradiction : relation
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

    /// The history that an operator accepts: that of the contradiction, under the key that signed
    /// it.
    var accepted: PeerHistory? {
        contradiction.map { contradiction in
            PeerHistory(
                newest: contradiction,
                retiredKeys: retiredKeys.filter { $0 != contradiction.header.keyID })
        }
    }
}
