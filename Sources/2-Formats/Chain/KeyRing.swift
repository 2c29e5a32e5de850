import Saga
import Wire

/// The public keys of one node, newest first: the one that signs its log now, and those that did
/// before it. Never empty, no key twice.
///
/// A holder of the ring trusts no other key, whatever a log says: a log names the next key only to
/// say from which commit on it signs.
public struct KeyRing: Hashable, Sendable {
    /// The keys, newest first: the place tells which may vouch for which.
    public let keys: [PublicKey]

    /// - Parameters:
    ///   - newest: The one that signs the log now.
    ///   - former: Newest first.
    public init(_ newest: PublicKey, former: [PublicKey] = []) {
        var keys = [newest]
        for key in former where !keys.contains(key) { keys.append(key) }
        self.keys = keys
    }

    /// The newest.
    public var newest: PublicKey { keys[0] }

    /// The key of that id; `nil` where it is none of the node's, so not to be trusted.
    public subscript(keyID: KeyID) -> PublicKey? {
        keys.first { $0.keyID == keyID }
    }

    /// How many keys are newer than this one; `nil` for one that is not here.
    public func age(of keyID: KeyID) -> Int? {
        keys.firstIndex { $0.keyID == keyID }
    }

    /// The keys that are not older than `keyID`; `nil` if that one is not here.
    public func notOlder(than keyID: KeyID) -> KeyRing? {
        age(of: keyID).map { KeyRing(newest, former: Array(keys[...$0])) }
    }
}

extension Commit {
    /// The key that signs the commits after this one, where this one says that it is another.
    public var nextKey: PublicKey? {
        entries.lazy.filter { $0.saga == nil }
            .compactMap { KeyRotation.publicKey(in: $0.parts.kept) }.last
            .flatMap { PublicKey(bytes: $0) }
    }
}
