public import Chain
import Saga

extension Head {
    /// The end of the log once the writer of epoch `writer` has made `commit` its newest.
    public init(after commit: Commit, of writer: Epoch) {
        self.init(position: commit.header.last, commitHash: commit.hash, epoch: writer)
    }

    /// Checks that the writer of epoch `writer` may continue the log here with a commit of
    /// `header`; every store asks this.
    ///
    /// - Throws: ``LogError``: `.fenced` before `.conflict`, since the writer that is fenced has
    ///   no business asking where the log stands.
    public func admit(_ header: CommitHeader, of writer: Epoch) throws(LogError) {
        precondition(header.epoch <= writer, "a commit's epoch must not exceed its writer's")
        guard writer == epoch else {
            throw .fenced(from: writer, to: epoch)
        }
        guard header.first == position + 1 else {
            throw LogError(
                .conflict,
                """
                The log ends at \(position), the commit begins at \(header.first): reopen the \
                log and fold what is there.
                """)
        }
        guard header.previousHash == commitHash else {
            throw LogError(
                .conflict,
                """
                The log's last commit, at \(position), is not the one that this commit \
                continues: reopen the log and fold what is there.
                """)
        }
    }

    /// The same place under the next epoch; every store asks this.
    ///
    /// - Throws: ``LogError`` `.fenced` — the epoch is not `epoch`.
    public func takenOver(from epoch: Epoch) throws(LogError) -> Head {
        guard self.epoch == epoch else {
            throw .fenced(from: epoch, to: self.epoch)
        }
        return Head(
            position: position, commitHash: commitHash, epoch: Epoch(epoch.number + 1))
    }
}

extension LogError {
    fileprivate static func fenced(from own: Epoch, to actual: Epoch) -> LogError {
        LogError(
            .fenced,
            """
            The log is at epoch \(actual.number), this writer has epoch \(own.number): \
            another writer has it. Stop this one.
            """)
    }
}
