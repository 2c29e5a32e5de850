public import Saga

/// The answer to a command. It is permanent: the same command gets the same one again.
public enum Verdict: Hashable, Sendable {
    /// Done, or for a transfer: held and in progress.
    case applied
    /// The very same command was sent before; its first answer.
    case duplicate(of: FirstAnswer)
    /// A rule rejected the command, and that is recorded.
    case refused(Refusal)
    /// The UUID was used for something else.
    case conflict

    /// The answer to the first command of a UUID; repetitions and conflicts are none.
    public enum FirstAnswer: Hashable, Sendable {
        case applied
        case refused(Refusal)
    }
}

/// The answer to the sender of an input.
public enum Reply: Sendable {
    case verdict(Verdict)
    /// Too many sagas are open: nothing was remembered, come back later.
    case busy
    /// Too many sagas wait for the next node, of all or of this client: nothing was remembered,
    /// come back later. Sagas that go elsewhere are taken.
    case shareFull
    /// No saga of that UUID has a step here.
    case unknownSaga
    /// No peer of that name is configured, or people have not compared its key yet.
    case unknownPeer
    /// No new timeline of the peer was shown that could be accepted under that key: it has to be
    /// shown, or shown again, which the peer does by itself while it waits.
    case timelineNotShown
    /// What a read saw.
    case value(any Sendable)
}
