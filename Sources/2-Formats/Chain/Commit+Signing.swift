public import Saga
public import Wire

extension Commit {
    /// Ed25519 (RFC 8032).
    static let signatureByteCount = 64

    /// Makes the commit that continues a log at `end`, under the end's epoch.
    ///
    /// - Parameters:
    ///   - entries: 1 to ``CommitLimits/entriesMax``, oldest first, the parts of each at most
    ///     ``CommitLimits/partsBytesMax`` bytes, all together at most
    ///     ``CommitLimits/bodyBytesMax`` with the cursors, see
    ///     ``CommitLimits/cursorBytesMax``.
    ///   - end: The end of the log as the writer knows it, in memory perhaps ahead of the disk.
    ///   - node: The one that writes the log.
    ///   - timeline: The branch of history that the commit belongs to.
    ///   - time: Never before the previous commit's.
    ///   - inboxes: By peer, the offset of the last record that was taken in, where that is another
    ///     than before.
    ///   - key: The one that the log names for this commit.
    public static func signed(
        _ entries: [(saga: CommandID?, parts: EntryParts)], after end: LogEnd, node: NodeName,
        timeline: UInt64, time: Timestamp, inboxes: [NodeName: Int64], key: SigningKey
    ) -> Commit {
        precondition(
            (1...CommitLimits.entriesMax).contains(entries.count),
            "a commit has 1 to \(CommitLimits.entriesMax) entries: the batch is bounded")
        precondition(
            entries.allSatisfy { $0.parts.byteCount <= CommitLimits.partsBytesMax },
            "an entry's size is checked where its input enters the node")
        let head = end.head
        let placed = entries.enumerated().map { index, entry in
            let position = head.position + (index + 1)
            return Entry(
                position: position, saga: entry.saga, parts: entry.parts,
                salt: key.salt(at: position))
        }
        let body = CommitBody(placed, inboxes: inboxes)
        precondition(
            body.bytes.count <= CommitLimits.bodyBytesMax,
            "the engine takes inputs only as long as their entries fit into a commit")
        let header = CommitHeader(
            node: node, keyID: key.keyID, timeline: timeline, epoch: head.epoch,
            number: end.history.count + 1, first: head.position + 1,
            last: head.position + entries.count, time: time, previousHash: head.commitHash,
            merkleRoot: MerkleTree.root(of: placed), historyRoot: end.history.root,
            cursorsHash: body.cursorsHash, bodyByteCount: body.bytes.count)
        let headerBytes = header.encoded()
        return Commit(
            header: header, headerBytes: headerBytes,
            signature: key.signature(for: headerBytes), body: body.bytes,
            hash: .sha256(of: headerBytes), inboxes: inboxes, entries: placed)
    }
}

extension CommitHeader {
    /// Whether `entries` are exactly those from `first` to `last`, in order.
    func counts(_ entries: [Entry]) -> Bool {
        UInt64(entries.count) == last.number - first.number + 1
            && zip(first.number..., entries).allSatisfy { $0 == $1.position.number }
    }
}
