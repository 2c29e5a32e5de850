public import Chain
import Links
public import Saga
import Wire

// What people say about logs: the peers', and this one's own.

extension Engine {
    /// Takes peers that are configured and not yet known, whose keys people have compared.
    ///
    /// - Parameters:
    ///   - peers: With the key that signs each one's log. Those that are known already are left as
    ///     they are.
    ///   - principal: The one who compared the keys.
    ///   - wallClock: The wall clock.
    /// - Returns: The batch to sign and append, with no entries where all are known.
    public mutating func introduce(
        _ peers: [(NodeName, PublicKey)], by principal: Principal, now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        startBatch(at: wallClock)
        for (peer, key) in peers.sorted(by: { $0.0 < $1.0 }) where links[peer] == nil {
            note(key, of: peer, by: principal)
        }
        return finish()
    }

    /// A key that people compared: of a peer of which nothing was taken yet, or after this log has
    /// lost its end. Otherwise the peer's log itself says which key counts. No denial ends by that:
    /// a command that adds peers may be repeated at any time, and says nothing of their logs.
    mutating func compare(
        _ key: PublicKey, of peer: NodeName, by principal: Principal
    ) -> Reply {
        guard configuration.peers.contains(peer) else { return .unknownPeer }
        guard let link = links[peer] else {
            note(key, of: peer, by: principal)
            return .verdict(.applied)
        }
        let isCompared = link.awaited?.keyIsCompared ?? true
        guard key != link.key || !isCompared else { return .verdict(.duplicate(of: .applied)) }
        guard link.awaited != nil || link.isUntouched else { return .verdict(.conflict) }
        note(key, of: peer, by: principal)
        return .verdict(.applied)
    }

    private mutating func note(_ key: PublicKey, of peer: NodeName, by principal: Principal) {
        record(.peerKeyCompared(peer, publicKey: key.bytes, by: principal))
        links[peer] = state.links[peer]
        finished.insert(peer)
        noteLink(to: peer)
    }

    /// Lets a peer count again, of which nothing did: accepts the new timeline of one that had told
    /// more before; or, of one that has denied a log and begins none, that both logs are whole
    /// again. What was taken of it stays as it is, so if it still denies, it is suspended at once.
    ///
    /// - Parameter key: The one that signs the peer's log, as people compared it; `nil` for the one
    ///   that counts already.
    mutating func accept(
        _ peer: NodeName, under key: PublicKey?, by principal: Principal
    ) -> Reply {
        guard var link = links[peer] else { return .unknownPeer }
        let counted = key ?? link.key
        guard let fork = fork(of: link, under: counted) else {
            return acceptWithoutTimeline(link, under: counted, by: principal)
        }
        for record in link.accept(fork, under: counted) {
            switch record {
            case .keyCompared(let key):
                self.record(.peerKeyCompared(peer, publicKey: key.bytes, by: principal))
            case .accepted(let timeline):
                self.record(
                    .peerAccepted(peer, Accepted(timeline, own: state.timeline), by: principal))
            case .read(let read, let header):
                reads[peer] = LinkReading(read: read, header: header)
            case .key, .suspended, .lost, .answered:
                preconditionFailure("people accept a timeline, and nothing else")
            }
        }
        links[peer] = link
        underOtherKey[peer] = nil
        finished.insert(peer)
        noteLink(to: peer)
        repeatReserved()
        return .verdict(.applied)
    }

    private mutating func acceptWithoutTimeline(
        _ link: LinkInbox, under key: PublicKey, by principal: Principal
    ) -> Reply {
        guard key == link.key else { return .timelineNotShown }
        switch link.suspension {
        case .forked: return .timelineNotShown
        case nil: return .verdict(.duplicate(of: .applied))
        case .denied:
            note(key, of: link.peer, by: principal)
            return .verdict(.applied)
        }
    }

    /// The timeline that waits for people: the one that the peer is suspended for, or one that was
    /// shown under the key that only people know.
    private func fork(of link: LinkInbox, under key: PublicKey) -> Fork? {
        if case .forked(let fork) = link.suspension, fork.header.header.keyID == key.keyID {
            return link.isNew(fork) ? fork : nil
        }
        guard key != link.key, let excerpt = underOtherKey[link.peer] else { return nil }
        return link.fork(in: excerpt, under: key)
    }

    /// Hands the log over to another key: the batch is signed with the old one, those after it
    /// with the new. Each peer is shown the new key.
    ///
    /// - Returns: The batch to sign and append; nothing else is decided in it.
    public mutating func rotateKey(
        to publicKey: PublicKey, by principal: Principal, now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        startBatch(at: wallClock)
        record(.keyRotated(publicKey: publicKey.bytes, by: principal))
        for peer in links.keys.sorted() {
            record(.keyShown(publicKey: publicKey.bytes, to: peer))
        }
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
