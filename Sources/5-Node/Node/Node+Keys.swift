public import Chain
import Engine
import EventLog
import Saga
import Wire

extension Node.Parts {
    /// All that may have signed the node's log.
    public var keys: KeyRing {
        KeyRing(key.publicKey, former: formerKeys.map(\.publicKey) + retiredKeys)
    }

    /// The key that signs the next commit of a log whose state is `state`.
    ///
    /// - Throws: ``LogError`` `.foreignKey` — this node does not have it.
    func signer(of state: State<P>) throws(LogError) -> SigningKey {
        let keys = [key] + formerKeys
        guard let signer = keys.first(where: { $0.publicKey.bytes == state.publicKey }) else {
            let id = PublicKey(bytes: state.publicKey)?.keyID.description ?? "no key"
            throw LogError(
                .foreignKey,
                """
                The log of \(configuration.node) is signed by the key \(id), which is not among \
                the signing keys here (\(keys.map(\.keyID.description).joined(separator: ", "))): \
                put its file back, it is needed once more to hand the log over to the next key.
                """)
        }
        return signer
    }

    /// The keys whose snapshots are accepted: those that are still in use here, and not older than
    /// the one that signs the log's end. A state is not bound to the log as a commit is, so a state
    /// that a retired key signed proves nothing.
    func snapshotKeys() async throws(LogError) -> KeyRing? {
        let inUse = KeyRing(key.publicKey, former: formerKeys.map(\.publicKey))
        guard let newest = try await log.newestCommit() else { return inUse }
        // Where the log ends with its handing over, the old key may be gone from here already.
        return inUse.notOlder(than: newest.header.keyID)
            ?? newest.nextKey.flatMap { inUse.notOlder(than: $0.keyID) }
    }
}
