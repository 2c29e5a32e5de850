import Chain
import Engine
import EventLog
import Wire

/// How a process becomes the log's writer, at the start and whenever it opens the log again: it
/// waits for the lease, learns how far others know the log to reach, takes it over, and compares.
///
/// What it learnt the time before does not count: meanwhile another process may have had the log,
/// and a backup of before that may have taken its place, with the epoch of before.
struct Leadership<P: WireParticipant>: Sendable {
    private let parts: Node<P>.Parts
    private let health: Health
    /// What was folded while waiting.
    var follower: Follower<P>
    private var evidence: Evidence?
    /// What the log was taken over under; `nil` before that, or where it is not known.
    private var epoch: Epoch?
    /// Maybe it had the log: then it does not stand by for who has it now, but ends.
    private var mayHaveWritten = false

    init(_ parts: Node<P>.Parts, _ health: Health) {
        self.parts = parts
        self.health = health
        follower = Follower(parts)
    }

    /// Waits for the lease, where this process has not the log already, and gathers evidence.
    ///
    /// - Throws: ``LogError`` `.fenced` — another process has the lease, and this one is no
    ///   standby; `.rewound`; `CancellationError`.
    mutating func prepare() async throws {
        if epoch == nil, let lease = parts.lease {
            var standby = Standby(parts, lease: lease)
            try await standby.wait(
                following: &follower, isReturning: mayHaveWritten, health)
            health.clear(.standingBy)
        }
        try await Heartbeat.beating(parts) {
            let known = try await follower.knownLinks()
            let gathered = try await Evidence(gathering: parts, behind: known)
            // Cancelled, reading ends early and without an error.
            try Task.checkCancellation()
            try await gathered.check(parts.log, of: parts.configuration.node)
            evidence = gathered
        }
    }

    /// Takes the log over: the first time from any previous writer. Later only from itself, since
    /// an epoch that has moved belongs to another process.
    ///
    /// The evidence is looked at once more: until now the log could become another one.
    ///
    /// - Parameter durable: What this process itself knows of the log.
    mutating func takeOver(_ durable: DurableWatermark) async throws -> Head {
        let node = parts.configuration.node
        let head: Head
        do throws(LogError) {
            let current = if let epoch { epoch } else { try await parts.log.head().epoch }
            head = try await parts.log.takeOver(from: current)
        } catch {
            if error.code == .outcomeUnknown { (epoch, mayHaveWritten) = (nil, true) }
            throw error
        }
        (epoch, mayHaveWritten) = (head.epoch, true)
        parts.reach(.takenOver)
        try await evidence?.check(parts.log, of: node)
        try await Evidence(own: durable.newest, keys: parts.keys).check(parts.log, of: node)
        return head
    }
}
