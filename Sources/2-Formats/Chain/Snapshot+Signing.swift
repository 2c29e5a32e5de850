public import Saga
import Wire

extension Snapshot {
    /// Signs a checkpoint of the state at the end of a commit.
    public static func signed(
        position: Position, commitHash: Hash, state: [UInt8], key: SigningKey
    ) -> Snapshot {
        let bytes = signedBytes(position: position, commitHash: commitHash, state: state)
        return Snapshot(
            position: position, commitHash: commitHash, state: state,
            signature: key.signature(for: bytes))
    }

    /// Whether the owner of `key` made this checkpoint; if not, fold the log instead.
    ///
    /// That the log it stands beside has this commit at this position is a second question.
    public func isValid(for key: PublicKey) -> Bool {
        let bytes = Self.signedBytes(position: position, commitHash: commitHash, state: state)
        return key.isValid(signature, for: bytes)
    }

    /// The text in front keeps a signature from being taken for one over a commit header, whose
    /// encoding begins with another byte.
    private static func signedBytes(
        position: Position, commitHash: Hash, state: [UInt8]
    ) -> [UInt8] {
        var bytes = Array("giro.snapshot.v1".utf8)
        withUnsafeBytes(of: position.number.bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: commitHash.bytes)
        bytes.append(contentsOf: Hash.sha256(of: state).bytes)
        return bytes
    }
}
