public import Saga
import Wire

extension Snapshot {
    /// Signs a checkpoint of the state at the end of a commit.
    ///
    /// - Parameters:
    ///   - position: The commit's last entry.
    ///   - commitHash: The commit's.
    ///   - history: Of all commits up to and including that one.
    ///   - state: What their entries make.
    ///   - key: The one that the log names for the next commit.
    public static func signed(
        position: Position, commitHash: Hash, history: HistoryTree, state: [UInt8],
        key: SigningKey
    ) -> Snapshot {
        let unsigned = Snapshot(
            position: position, commitHash: commitHash, history: history.encoded(), state: state,
            signature: [])
        return Snapshot(
            position: position, commitHash: commitHash, history: unsigned.history, state: state,
            signature: key.signature(for: unsigned.signedBytes))
    }

    /// Whether the owner of `key` made this checkpoint; if not, fold the log instead.
    ///
    /// That the log it stands beside has this commit at this position is a second question.
    public func isValid(for key: PublicKey) -> Bool {
        key.isValid(signature, for: signedBytes)
    }

    /// The text in front keeps a signature from being taken for one over a commit header, whose
    /// encoding begins with another byte.
    private var signedBytes: [UInt8] {
        var bytes = Array("giro.snapshot.v2".utf8)
        withUnsafeBytes(of: position.number.bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: commitHash.bytes)
        bytes.append(contentsOf: Hash.sha256(of: history).bytes)
        bytes.append(contentsOf: Hash.sha256(of: state).bytes)
        return bytes
    }
}
