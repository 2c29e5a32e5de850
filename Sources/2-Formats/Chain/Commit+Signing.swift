public import Saga
public import Wire

extension Commit {
    /// Ed25519 (RFC 8032).
    static let signatureByteCount = 64

    /// Makes the commit that continues a log at `head`, under the head's epoch.
    ///
    /// - Parameters:
    ///   - entries: 1 to ``EntryLimits/commitEntriesMax``, oldest first, each payload at most
    ///     ``EntryLimits/payloadBytesMax`` bytes.
    ///   - head: The end of the log as the writer knows it, in memory perhaps ahead of the disk.
    ///   - node: The one that writes the log.
    ///   - timeline: The branch of history that the commit belongs to.
    ///   - time: Never before the previous commit's.
    ///   - inbox: The place behind the last record that the entries took in.
    ///   - key: The one that the log names for this commit.
    public static func signed(
        _ entries: [(saga: SagaID?, payload: [UInt8])], after head: Head, node: NodeName,
        timeline: UInt64, time: Timestamp, inbox: InboxCursor, key: SigningKey
    ) -> Commit {
        precondition(
            (1...EntryLimits.commitEntriesMax).contains(entries.count),
            "a commit has 1 to \(EntryLimits.commitEntriesMax) entries: the batch is bounded")
        precondition(
            entries.allSatisfy { $0.payload.count <= EntryLimits.payloadBytesMax },
            "an entry's size is checked where its input enters the node")
        let placed = entries.enumerated().map { index, entry in
            Entry(position: head.position + (index + 1), saga: entry.saga, payload: entry.payload)
        }
        let header = CommitHeader(
            node: node, keyID: key.keyID, timeline: timeline, epoch: head.epoch,
            first: head.position + 1, last: head.position + entries.count, time: time,
            inbox: inbox, previousHash: head.commitHash, merkleRoot: MerkleTree.root(of: placed))
        let headerBytes = header.encoded()
        return Commit(
            header: header, headerBytes: headerBytes,
            signature: key.signature(for: headerBytes), hash: .sha256(of: headerBytes),
            entries: placed)
    }

    /// A commit as a store or the journal holds it.
    ///
    /// Only the shape is checked: that the header can be read and its entries are all there. That
    /// they are the entries that were signed is for ``Chain`` to say.
    ///
    /// - Throws: What is missing or does not fit.
    public init(
        headerBytes: [UInt8], signature: [UInt8], entries: [Entry]
    ) throws(WireError) {
        let header = try CommitHeader(decoding: headerBytes)
        guard signature.count == Self.signatureByteCount else {
            throw WireError(
                "The signature of the commit at \(header.first) has \(signature.count) bytes.")
        }
        guard header.counts(entries) else {
            throw WireError(
                """
                The commit at \(header.first) does not have its entries \(header.first) to \
                \(header.last): it holds \(entries.count). Restore the log.
                """)
        }
        self.init(
            header: header, headerBytes: headerBytes, signature: signature,
            hash: .sha256(of: headerBytes), entries: entries)
    }
}

extension CommitHeader {
    /// Whether `entries` are exactly those from `first` to `last`, in order.
    func counts(_ entries: [Entry]) -> Bool {
        UInt64(entries.count) == last.number - first.number + 1
            && zip(first.number..., entries).allSatisfy { $0 == $1.position.number }
    }
}
