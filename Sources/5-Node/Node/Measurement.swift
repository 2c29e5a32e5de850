public import Chain
public import Saga

/// Counts and durations that a node reports to its metrics as it works.
public enum Measurement: Sendable {
    /// One batch was decided: its inputs, and the entries that resulted.
    case decided(inputs: Int, entries: Int, took: Duration)
    /// Records of peers' topics left no trace: of a suspended peer, beyond what the quarantine
    /// keeps, or to be asked for again because too many sagas are open.
    case dropped(records: Int)
    /// A commit became durable: from its decision until the log answered.
    case appended(took: Duration)
    /// The journal holds everything up to here.
    case published(upTo: Position)
    /// A peer's topic holds the messages for it that follow from everything up to here, but those
    /// that a process before had not published when it ended, those that there was no room for, and
    /// those that the topic refuses as too large.
    case sent(to: NodeName, upTo: Position)
}
