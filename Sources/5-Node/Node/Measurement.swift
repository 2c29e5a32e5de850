public import Chain
public import Saga

/// Counts and durations that a node reports to its metrics as it works.
public enum Measurement: Sendable {
    /// One batch was decided: its inputs, and the entries that resulted.
    case decided(inputs: Int, entries: Int, took: Duration)
    /// Records of peers left no trace, since nothing of them was taken, or entries beyond what the
    /// quarantine keeps.
    case dropped(records: Int)
    /// A commit became durable: from its decision until the log answered.
    case appended(took: Duration)
    /// The journal holds everything up to here.
    case published(upTo: Position)
    /// A peer's topic holds, or held, all entries for it up to here.
    case sent(to: NodeName, upTo: Position)
}
