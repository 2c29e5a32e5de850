/// Whether a node takes new steps from a peer; it does until an operator stops it.
public enum Intake: String, Hashable, Sendable, CaseIterable {
    /// Each step that the peer asks for is judged by the rules.
    case open
    /// Each new step that the peer asks for is refused (``Refusal/intakeStopped``). All else that
    /// it says counts as ever: what is held already is settled or released. New steps for the peer,
    /// of clients and of other peers, are still taken.
    case stopped
}
