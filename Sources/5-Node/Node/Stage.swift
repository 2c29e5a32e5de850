/// A place in the shell between two effects: what a process that ends there leaves behind is what
/// the next one has to continue from.
public enum Stage: String, Sendable, CaseIterable {
    /// The log is this process's, and not yet folded.
    case takenOver
    /// A new log has its first entry.
    case opened
    /// Records came in, and none is decided.
    case inboxRead
    /// The engine has decided: memory is ahead of the disk.
    case decided
    /// The commit is on its way to the log.
    case handedOver
    /// The commit is durable, and no client or peer has learned of it.
    case durable
    /// Replies, and what relays have to know, are handed on.
    case released
    /// The relay has commits that the journal lacks.
    case publishing
    /// The journal has them, the peers' topics do not.
    case journalled
    /// A peer's topic has a record that shows some of them.
    case sent
    /// A snapshot is due.
    case snapshotDue
    /// It is kept.
    case snapshotKept
}

extension Node.Parts {
    /// Reports that the shell has reached `stage`. Compiled out of release builds.
    func reach(_ stage: Stage) {
        #if DEBUG
            reached(stage)
        #endif
    }
}
