public import Chain
public import Saga

extension Batch {
    /// The batch's events as one signed commit.
    ///
    /// - Parameters:
    ///   - end: The end of the log as the writer has it in memory, ahead of the disk.
    ///   - node: The one that writes the log.
    ///   - key: The one that the log names for this commit.
    /// - Complexity: One signature per batch; per event the salt, and the hashes of what is kept,
    ///   of the leaf and of its share of the tree.
    public func signed(after end: LogEnd, by node: NodeName, key: SigningKey) -> Commit {
        .signed(
            zip(events, parts).map { ($0.saga, $1) }, after: end, node: node,
            timeline: timeline, time: time, inboxes: inboxes, key: key)
    }
}
