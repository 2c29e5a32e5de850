public import Chain
public import Saga
public import Wire

/// Everything that can reach a node. Commands, reads, messages and answers go through one door.
public enum Input<P: WireParticipant>: Sendable {
    case begin(Begin<P>, Ticket)
    case operate(Operate<P>, Ticket)
    /// The client gives a saga up before its deadline.
    case abandon(CommandID, by: Principal, Ticket)
    /// The late answer about a step that is `deciding`.
    case decide(StepID, approved: Bool, by: Principal, Ticket)
    case deliver(Delivery<P>)
    /// The record at the cursor of a peer's inbox is not what it was: the topic's history changed.
    case restartInbox(of: NodeName)
    /// An operator accepts a suspended peer's history as it is now.
    case acceptPeer(NodeName, by: Principal, Ticket)
    /// An operator stops taking new steps from a peer, or takes them again.
    case setIntake(from: NodeName, Intake, by: Principal, Ticket)
    /// Looks at the state and changes nothing.
    case read(@Sendable (State<P>) -> any Sendable, Ticket)
}

extension Input {
    /// The bytes that it takes while it waits, roughly: what a client or peer can make large.
    public var byteCount: Int {
        switch self {
        case .begin(let begin, _): Self.byteCountMin + begin.content.bytes.count
        case .deliver(let delivery): Self.byteCountMin + 2 * delivery.value.count
        case .operate, .abandon, .decide, .restartInbox, .acceptPeer, .setIntake, .read:
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
    /// After this time the saga is given up unless it is settled.
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

/// A record of a peer's topic to this node, with what could be made of it.
public struct Delivery<P: WireParticipant>: Sendable {
    /// The result of the checks that need secrets or keys; the engine trusts it.
    public enum Reading: Sendable {
        /// Its authentication code fits the secret shared with the sender it names.
        case authentic(Message, Content<P.Action>?)
        /// A peer's header, authentic and signed by the peer.
        case witness(NodeName, WitnessedHeader)
        /// Authentic, but nothing for this node.
        case irrelevant
        /// With the peer whose secret it is authenticated with, where that much is certain.
        case rejected(Quarantined.Cause, NodeName?)
    }

    /// The peer whose topic it was read from: it alone may write there.
    public let peer: NodeName
    /// The record's offset in that topic; one at or below the cursor is ignored.
    public let offset: Int64
    /// The record's digest, kept with the cursor so that a replaced topic is noticed.
    public let recordHash: Hash
    /// As it came; of a record that was rejected as much as a dead letter keeps.
    public let value: [UInt8]
    /// The checks' result for this record.
    public let reading: Reading

    /// Takes the parts as they are: the reading has to be that of `value`.
    public init(
        from peer: NodeName, offset: Int64, recordHash: Hash, value: [UInt8], reading: Reading
    ) {
        self.peer = peer
        self.offset = offset
        self.recordHash = recordHash
        self.reading = reading
        guard case .rejected = reading else {
            self.value = value
            return
        }
        self.value = Array(value.prefix(Quarantined.recordBytesMax))
    }
}
