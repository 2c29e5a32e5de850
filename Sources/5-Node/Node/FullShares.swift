import Engine
import Saga

/// Which peers' shares of a node's open steps are used up, and by what. No clock, no log: see
/// ``BatchWatch``.
struct FullShares: Sendable {
    private let limits: Limits
    private let peers: [NodeName]
    private let ofPeers: Set<OpenShare>
    /// A client's part is looked at from a command of the client on until it has room again.
    private var full: Set<OpenShare> = []
    /// What was said last about each peer.
    private var told: [NodeName: OpenShare] = [:]

    init(_ configuration: Configuration) {
        limits = configuration.limits
        peers = configuration.peers.sorted()
        ofPeers = Set(peers.flatMap { [OpenShare.asked($0), .waiting($0)] })
    }

    /// Looks at the peers' shares, and at those that may have become full besides.
    ///
    /// - Returns: The peers of which there is news, sorted, each with what has used its share up;
    ///   `nil` where there is room again.
    mutating func look(
        at used: OpenShares, and others: Set<OpenShare> = []
    ) -> [(peer: NodeName, share: OpenShare?)] {
        full = full.union(ofPeers).union(others).filter { isFull($0, used[$0]) }
        var news: [(peer: NodeName, share: OpenShare?)] = []
        for peer in peers {
            let named = full.isEmpty ? nil : share(of: peer)
            guard named != told[peer] else { continue }
            told[peer] = named
            news.append((peer, named))
        }
        return news
    }

    /// As with all open sagas, it is over only when one place in twenty is free.
    private func isFull(_ share: OpenShare, _ count: Int) -> Bool {
        let max = limits.openMax(of: share)
        return count >= (full.contains(share) ? max - max / 20 : max)
    }

    /// What to name of a peer: what concerns everyone before what concerns one client.
    private func share(of peer: NodeName) -> OpenShare? {
        for share in [OpenShare.waiting(peer), .asked(peer)] where full.contains(share) {
            return share
        }
        return full.filter { $0.peer == peer }.min { "\($0)" < "\($1)" }
    }
}

extension Limits {
    /// What it means that a share is used up.
    func inWords(_ share: OpenShare) -> String {
        switch share {
        case .waiting(let peer):
            "limits.openPerPeerMax (\(openPerPeerMax)) transfers wait for \(peer)"
        case .asked(let peer):
            "limits.openPerPeerMax (\(openPerPeerMax)) transfers that \(peer) asked for are open"
        case .begun(let client, let peer):
            "\(openPerClientMax) transfers of \(client) wait for \(peer): one client has half of "
                + "limits.openPerPeerMax (\(openPerPeerMax))"
        }
    }
}
