import Chain
import Saga

/// The signatures of the peers' headers that a log keeps. A node checks them before it takes
/// anything, and a fold compares the ids of keys only; an audit does not rely on that.
struct PeerHeaders {
    /// The keys that the log has named so far.
    private var keys: [NodeName: [PublicKey]] = [:]

    /// Takes an event that a fold has accepted.
    ///
    /// - Returns: What is wrong with the header that it keeps; `nil` for nothing.
    /// - Complexity: One signature to verify where it keeps one.
    mutating func fault<Fact>(in event: Event<Fact>) -> String? {
        switch event {
        case .peerKeyCompared(let peer, let bytes, _), .peerKeyTaken(let peer, let bytes):
            guard let key = PublicKey(bytes: bytes) else { return "the key of \(peer) is none" }
            keys[peer, default: []].append(key)
        case .read(_, let peer, let signed):
            let header = try? WitnessedHeader(signed)
            guard let ring = ring(of: peer), header?.isOf(peer, signedBy: ring) == true else {
                return "\(peer) has not signed the header of it that the log keeps"
            }
        default: break
        }
        return nil
    }

    private func ring(of peer: NodeName) -> KeyRing? {
        guard let known = keys[peer], let newest = known.last else { return nil }
        return KeyRing(newest, former: known.dropLast().reversed())
    }
}
