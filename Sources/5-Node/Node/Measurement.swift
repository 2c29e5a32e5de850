public import Chain

/// What a node took how long for, told on the way to whoever keeps metrics.
public enum Measurement: Sendable {
    /// One batch was decided: its inputs, and the entries they came to.
    case decided(inputs: Int, entries: Int, took: Duration)
    /// Records of the inbox left no trace: of a suspended peer, beyond what the quarantine keeps,
    /// or to be asked for again because too many sagas are open.
    case dropped(records: Int)
    /// A commit became durable: from its decision until the log answered.
    case appended(took: Duration)
    /// Everything up to here was published, journal and messages.
    case published(upTo: Position)
}
