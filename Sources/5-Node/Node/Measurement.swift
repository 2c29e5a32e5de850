public import Chain

/// Counts and durations that a node reports to its metrics as it works.
public enum Measurement: Sendable {
    /// One batch was decided: its inputs, and the entries that resulted.
    case decided(inputs: Int, entries: Int, took: Duration)
    /// Records of the inbox left no trace: of a suspended peer, beyond what the quarantine keeps,
    /// or to be asked for again because too many sagas are open.
    case dropped(records: Int)
    /// A commit became durable: from its decision until the log answered.
    case appended(took: Duration)
    /// Everything up to here was published, journal and messages.
    case published(upTo: Position)
}
