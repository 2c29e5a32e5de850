public import Chain
public import Links
public import Saga
public import Wire

/// Everything that can reach a node. Commands, reads, records of peers and answers go through one
/// door.
public enum Input<P: WireParticipant>: Sendable {
    case begin(Begin<P>, Ticket)
    case operate(Operate<P>, Ticket)
    /// The client gives a saga up before its deadline.
    case abandon(CommandID, by: Principal, Ticket)
    /// The late answer about a step that is `deciding`.
    case decide(StepID, approved: Bool, by: Principal, Ticket)
    case deliver(Delivery)
    /// An operator stops taking new steps from a peer, or takes them again.
    case setIntake(from: NodeName, Intake, by: Principal, Ticket)
    /// People have compared the peer's key: it becomes a peer, or its log may be read again after a
    /// loss here.
    case comparePeerKey(NodeName, PublicKey, by: Principal, Ticket)
    /// An operator accepts the new timeline of a suspended peer, under the key that people
    /// compared; `nil` for the key that counts already.
    case acceptPeer(NodeName, under: PublicKey?, by: Principal, Ticket)
    /// Looks at the state and changes nothing.
    case read(@Sendable (State<P>) -> any Sendable, Ticket)
}

extension Input {
    /// The bytes that it takes while it waits, roughly: what a client or peer can make large.
    public var byteCount: Int {
        switch self {
        case .begin(let begin, _): Self.byteCountMin + begin.content.bytes.count
        case .deliver(let delivery): Self.byteCountMin + 2 * delivery.byteCount
        case .operate, .abandon, .decide, .setIntake, .comparePeerKey, .acceptPeer, .read:
            Self.byteCountMin
        }
    }

    private static var byteCountMin: Int { 512 }
}

/// Who waits for a reply: a number the shell made.
public struct Ticket: Hashable, Sendable {
    /// The shell's number; the engine hands it back and reads nothing from it.
    public let number: UInt64

    /// Takes a number that the shell uses once.
    public init(_ number: UInt64) {
        self.number = number
    }
}

/// A client's command to begin a saga at this node.
public struct Begin<P: WireParticipant>: Sendable {
    /// The client's UUID, which becomes the saga's. No other command here may use it.
    public let id: CommandID
    /// SHA-256 of the order in its canonical form.
    public let fingerprint: Hash
    /// The client, as the shell knows it; the log keeps it, and while the saga is open it takes
    /// room of the client's share.
    public let principal: Principal
    /// The order, encoded by this node.
    public let content: Content<P.Action>
    /// After this time no node begins a step of the saga any more.
    public let deadline: Timestamp

    /// Takes the parts as they are: what they say is judged by ``Engine/step(_:now:)``.
    public init(
        id: CommandID, fingerprint: Hash, principal: Principal, content: Content<P.Action>,
        deadline: Timestamp
    ) {
        self.id = id
        self.fingerprint = fingerprint
        self.principal = principal
        self.content = content
        self.deadline = deadline
    }
}

/// A client's or operator's command outside any saga.
public struct Operate<P: WireParticipant>: Sendable {
    /// The client's UUID, out of the same space as those of sagas.
    public let id: CommandID
    /// SHA-256 of what the client sent.
    public let fingerprint: Hash
    /// The client, as the shell knows it; the log keeps it, and no rule asks for it.
    public let principal: Principal
    /// The command, which the participant judges.
    public let operation: P.Operation

    /// Takes the parts as they are: what they say is judged by ``Engine/step(_:now:)``.
    public init(
        id: CommandID, fingerprint: Hash, principal: Principal, operation: P.Operation
    ) {
        self.id = id
        self.fingerprint = fingerprint
        self.principal = principal
        self.operation = operation
    }
}

/// A record of a peer's topic to this node.
public struct Delivery: Sendable {
    /// The peer whose topic it was read from: it alone may write there.
    public let peer: NodeName
    /// The record's offset in that topic: where reading continues behind it, and nothing else.
    public let offset: Int64
    /// What the record shows, unverified; `nil` where it is no excerpt.
    public let excerpt: Excerpt?
    /// The record's length.
    public let byteCount: Int
    /// Whether the own log durably holds the header that the excerpt's `read` names; true where it
    /// names none.
    public let holds: Bool

    /// Takes the parts as they are: what they are worth is judged by ``Engine/step(_:now:)``.
    public init(
        from peer: NodeName, offset: Int64, excerpt: Excerpt?, byteCount: Int, holds: Bool
    ) {
        self.peer = peer
        self.offset = offset
        self.excerpt = excerpt
        self.byteCount = byteCount
        self.holds = holds
    }
}
