public import Chain
public import Saga
import Wire

extension Engine {
    /// Accepts a peer's verified header: kept if it continues the peer's history; if it contradicts
    /// that, the peer is suspended.
    mutating func witness(_ header: WitnessedHeader, of peer: NodeName) {
        guard !isSuspended(peer) else { return }
        // What an old key says later in the batch has to find that it is retired.
        if let kept = witnessed[peer], kept.header.keyID != header.header.keyID {
            recordWitness(of: peer)
        }
        switch relation(of: header, of: peer) {
        case nil: witnessed[peer] = header
        case .newer: witnessed[peer] = header
        case .same, .older: break
        case .contradiction:
            recordWitness(of: peer)
            record(.peerSuspended(peer, header.signed))
        }
    }

    /// How a header stands to the newest that was seen of `peer`; `nil` for the first.
    private func relation(
        of header: WitnessedHeader, of peer: NodeName
    ) -> WitnessedHeader.Relation? {
        guard let kept = witnessed[peer] else { return state.peers[peer]?.relation(of: header) }
        let history = state.peers[peer]?.followed(by: kept) ?? PeerHistory(newest: kept)
        return history.relation(of: header)
    }

    /// Whether what a peer says is dropped as if it had been lost: its log has two histories, and
    /// an operator has to say which one counts. Both sides' timers retry.
    func isSuspended(_ peer: NodeName) -> Bool {
        state.peers[peer]?.isSuspended == true
    }

    mutating func accept(_ peer: NodeName, by principal: Principal) -> Reply {
        guard state.peers[peer] != nil else { return .unknownPeer }
        guard isSuspended(peer) else { return .verdict(.duplicate(of: .applied)) }
        record(.peerAccepted(peer, by: principal))
        return .verdict(.applied)
    }

    /// At most one entry per peer, key and batch, by name.
    mutating func recordWitnesses() {
        for peer in witnessed.keys.sorted() { recordWitness(of: peer) }
    }

    private mutating func recordWitness(of peer: NodeName) {
        guard let header = witnessed.removeValue(forKey: peer) else { return }
        record(.witnessed(peer, header.signed))
    }

    /// Hands the log over to another key: the batch is signed with the old one, those after it
    /// with the new.
    ///
    /// - Returns: The batch to sign and append; nothing else is decided in it.
    public mutating func rotateKey(
        to publicKey: PublicKey, by principal: Principal, now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        startBatch(at: wallClock)
        record(.keyRotated(publicKey: publicKey.bytes, by: principal))
        return finish()
    }

    /// Continues the log although it is known to have been longer once: two approvers accept that.
    ///
    /// - Returns: The batch to sign and append; nothing else is decided in it.
    public mutating func startTimeline(
        by principal: Principal, approvers: [String], now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        startBatch(at: wallClock)
        record(.timelineStarted(state.timeline + 1, by: principal, approvers: approvers))
        return finish()
    }

    /// Two approvers say that the wall clock is right. From here on deadlines go by it, also where
    /// an earlier clock was ahead; commit times do not advance until it has passed them.
    ///
    /// - Returns: The batch to sign and append; nothing else is decided in it.
    public mutating func acceptClock(
        by principal: Principal, approvers: [String], now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        now = wallClock
        startBatch(at: wallClock)
        record(.clockAccepted(wallClock, by: principal, approvers: approvers))
        return finish()
    }
}
