public import Chain
public import Engine
public import EventLog
public import HistoryFile
public import Logging
public import MessageBus
public import Projection
public import Saga
public import ServiceLifecycle
public import Wire

/// One bank system: a log, a writer, an inbox and a relay for each peer.
///
/// The rules are all in `Engine`. What is here keeps their promises: nothing leaves before it is
/// durable, whatever goes wrong with the log ends in folding it again, and everything that waits
/// has a bound.
public final class Node<P: WireParticipant>: Service {
    /// What a node is made of.
    public struct Parts: Sendable {
        /// The node's name, its peers and its limits.
        public var configuration: Configuration
        /// The bounds and pauses of the shell.
        public var settings = NodeSettings()
        /// What the participant is before anything happened.
        public var participant: P
        /// The node's own log, which no other running node may write to; the node does not close
        /// it.
        public var log: any EventLog
        /// The bus that carries inboxes and journals; the node does not close it.
        public var bus: any MessageBus
        /// The key that signs the next commits.
        public var key: SigningKey
        /// Keys that the log may still be signed with, newest first: one that is, is handed over
        /// to `key` when the node starts. Once that has happened they should be gone.
        public var formerKeys: [SigningKey] = []
        /// The one who made `key`, named by the entry that hands the log over to it: needed where
        /// there are former keys.
        public var keyRotatedBy: Principal?
        /// What the log was signed with in former times, newest first.
        public var retiredKeys: [PublicKey] = []
        /// By peer, what signs its log, as people of both sides compared it: for peers that the log
        /// does not know yet. Of those that it knows, the log says which key counts.
        public var peerKeys: [NodeName: PublicKey]
        /// The one who added the peers, named by the entries that say so.
        public var peersAddedBy: Principal
        /// The nodes of the log's history tree: a cache that the node fills and does not close.
        public var history: HistoryFile
        /// Where another process could stand by, or stands by for this one; `nil` if none can.
        public var lease: (any WriterLease)?
        /// How far the journal was last known to be whole.
        public var journalMarks = JournalMarks()
        /// The source of time and waiting.
        public var clock = NodeClock.system
        /// Keeps what the clock is compared with from one process to the next; `nil`: each process
        /// takes the clock it starts under for right.
        public var clockRecord: ClockRecord?
        /// The destination of the node's log lines.
        public var logger: Logger
        /// Asks an outside party to decide a step, or to stop deciding it.
        public var ask: @Sendable (StepID, _ stop: Bool) -> Void = { _, _ in }
        /// Sees every commit of this process once it is durable, in order, with the events that
        /// were decided; must not block. Those whose outcome is learned only from the reopened log
        /// are not seen.
        public var onDurable: @Sendable (CommittedBatch<P.Fact>) -> Void = { _ in }
        /// Told what took how long; must not block.
        public var measure: @Sendable (Measurement) -> Void = { _ in }
        #if DEBUG
            /// Told where the shell is: a test lets the process end there.
            public var reached: @Sendable (Stage) -> Void = { _ in }
        #endif

        /// Takes what has no default; the rest can be set afterwards.
        public init(
            configuration: Configuration, participant: P, log: any EventLog,
            history: HistoryFile, bus: any MessageBus, key: SigningKey,
            peerKeys: [NodeName: PublicKey], peersAddedBy: Principal, logger: Logger
        ) {
            self.configuration = configuration
            self.participant = participant
            self.log = log
            self.history = history
            self.bus = bus
            self.key = key
            self.peerKeys = peerKeys
            self.peersAddedBy = peersAddedBy
            self.logger = logger
        }
    }

    let parts: Parts
    let replies = Replies()
    let admission: Admission<P>
    private let shutdown = Shutdown()

    /// Reads and writes nothing yet: ``run()`` does.
    public init(_ parts: Parts) {
        self.parts = parts
        admission = Admission(of: parts.configuration, parts.clock)
    }

    /// Runs until the task is shut down gracefully: then takes nothing more in, decides what was
    /// taken in (unless its clock has jumped), publishes it, keeps a snapshot and returns.
    /// Cancelled, it ends as in a crash.
    ///
    /// - Throws: `LogError` `.fenced` — another process has the log; `.rewound`, `.corrupt`,
    ///   `.newerSchema`, `.foreignKey` — the log or its keys have to be looked at; `ChainFault`,
    ///   `FoldFault`, `WireError` likewise.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await runSessions()
        } onGracefulShutdown: {
            self.admission.health.raise(.stopping, "it received a signal to end")
            self.shutdown.start()
        }
    }

    private func runSessions() async throws {
        var leadership = Leadership(parts, admission.health)
        let durable = DurableWatermark()
        let clockGuard = ClockGuard(parts.clock, parts.clockRecord)
        do {
            try await retrying { sessionBegan in
                leadership = try await self.shutdown.cancelling { [leadership] in
                    var leadership = leadership
                    try await leadership.prepare()
                    return leadership
                }
                try await Heartbeat.beating(self.parts) {
                    let head = try await leadership.takeOver(durable)
                    let openedLog = try await OpenedLog(
                        self.parts, head: head, follower: &leadership.follower, clockGuard)
                    let session = LogSession(
                        self.parts, openedLog, replies: self.replies, durable, clockGuard,
                        self.admission)
                    sessionBegan = self.parts.clock.sinceBoot()
                    try await self.run(session)
                }
            }
        } catch is CancellationError where Task.isShuttingDownGracefully {
            parts.logger.notice("ended without having the log")
        }
    }

    private func run(_ session: LogSession<P>) async throws {
        admission.open(session.queue)
        defer {
            admission.close()
            replies.failAll(NodeError(.interrupted))
        }
        try await withGracefulShutdownHandler {
            try await session.run()
        } onGracefulShutdown: {
            session.queue.close()
        }
    }

    /// Runs `body` again, after a pause, as long as the log or the bus fails in a way that may be
    /// over by then: the world's troubles pause a node, they do not end it.
    ///
    /// - Parameter body: Says when it has opened the log, if it does.
    /// - Throws: `CancellationError` — the node was shut down in a pause; what `body` throws.
    private func retrying(
        _ body: (_ sessionBegan: inout Duration?) async throws -> Void
    ) async throws {
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger, failed: "paused; trying again",
            recovered: nil)
        while true {
            try Task.checkCancellation()
            var sessionBegan: Duration?
            do {
                return try await body(&sessionBegan)
            } catch let error where error.isWorthRetrying {
                admission.pause(after: error)
                // A log that can be opened and not written is no success, nor is a try that failed
                // late before that: a broker that is down lets each one wait for seconds.
                if let sessionBegan,
                    parts.clock.sinceBoot() - sessionBegan > parts.settings.restartPauseMax
                {
                    retrier.succeed()
                }
                let pause = retrier.note(error)
                // Asked to shut down, a node that cannot work has nothing left to do: no client was
                // answered with what its log lacks.
                guard !Task.isShuttingDownGracefully else { throw CancellationError() }
                try await shutdown.cancelling { [parts] in try await parts.clock.sleep(pause) }
            }
        }
    }

    /// Hands an input in and waits for the reply, which rests on durable facts only.
    ///
    /// - Throws: ``NodeError``: there is no reply, but the same input can be sent again.
    public func submit(_ input: @Sendable (Ticket) -> Input<P>) async throws -> Reply {
        guard let queue = admission.queue else { throw NodeError(.stopping) }
        return try await replies.wait { ticket throws(NodeError) in
            try queue.offer(input(ticket))
        }
    }

    /// Hands an input in without waiting: what one caller offers one after the other is decided in
    /// that order, and many inputs make one commit.
    ///
    /// - Parameters:
    ///   - input: Makes the input with the ticket that its reply will carry.
    ///   - receiver: Called once, maybe before this returns, with what ``submit(_:)`` returns or
    ///     throws. Runs where commits are made, so it must not block.
    public func offer(
        _ input: @Sendable (Ticket) -> Input<P>,
        receiver: @escaping @Sendable (Result<Reply, NodeError>) -> Void
    ) {
        guard let queue = admission.queue else { return receiver(.failure(NodeError(.stopping))) }
        replies.enter(
            { ticket throws(NodeError) in try queue.offer(input(ticket)) }, receiver: receiver)
    }

    /// Why the node decides nothing at the moment, and answers reads only; `nil`: it decides.
    public var clockFault: ClockFault? { admission.clockFault }

    /// What is wrong with the node now: what keeps it from being ready first. Answers also while
    /// the node does not.
    public var conditions: [NodeCondition] { admission.health.current }

    /// How many inputs wait to be decided.
    public var inputsWaiting: Int { admission.queue?.count ?? 0 }

    /// Looks at the node's state.
    ///
    /// - Throws: ``NodeError``.
    public func read<Value: Sendable>(
        _ look: @escaping @Sendable (State<P>) -> Value
    ) async throws -> Value {
        guard case .value(let value as Value) = try await submit({ .read(look, $0) }) else {
            preconditionFailure("a read is answered with what it saw")
        }
        return value
    }
}

/// How much a node does at once, and how long it waits. The defaults suit a bank's node.
public struct NodeSettings: Sendable {
    /// Commits in flight.
    public var commitsInFlight = 2
    /// Inputs decided in one commit.
    public var inputsPerCommitMax = 1_000
    /// Inputs that wait; beyond it clients are answered that the node is busy.
    public var inputsWaitingMax = 10_000
    /// Bytes of inputs that wait, with the same effect. Half as much again is for the peers, in
    /// equal shares: no peer can keep clients or another peer out.
    public var inputBytesWaitingMax = 64 << 20
    /// How often time is looked at: the grain of all deadlines and retries.
    public var tick = Duration.milliseconds(100)
    /// How often an idle node makes sure that its log is still its own.
    public var ticksPerHeadCheck = 10
    /// Records read from a peer's topic at once.
    public var inboxRecordsMax = 500
    /// How long a read of a topic waits that has nothing new.
    public var inboxWait = Duration.seconds(5)
    /// Commits whose journal records are published at once.
    public var relayCommitsMax = 16
    /// Commits that wait for the journal in memory; beyond it they are read from the log.
    public var relayCommitsWaitingMax = 256
    /// How long the relay may still publish when the node shuts down.
    public var drainTime = Duration.seconds(10)
    /// Entries between two snapshots.
    public var snapshotEvery = 10_000
    /// Whether the process waits where another has the log, and follows it.
    public var standsBy = false
    /// How often a standby looks whether the lease is free.
    public var standbyLook = Duration.milliseconds(250)
    /// Interval of the writer's heartbeats.
    public var heartbeat = Duration.seconds(1)
    /// Time without a heartbeat of the writer after which a standby ends its session.
    public var heartbeatTimeout = Duration.seconds(5)
    /// Pause before the log or the bus is tried again; doubles from the first to the last.
    public var restartPauseFirst = Duration.milliseconds(100)
    /// The longest pause; a session that lasted longer lets the next pause be the first again.
    public var restartPauseMax = Duration.seconds(5)

    /// Starts from the defaults; every setting can be changed.
    public init() {}

    /// Records of the journal's end that hold all that may be unacknowledged, and as many before.
    var journalTail: Int64 { Int64(relayCommitsMax * 2) }
}

extension LogError {
    /// The log may be well again after it was reopened. Anything else needs a person.
    var isWorthReopening: Bool {
        switch code {
        case .outcomeUnknown, .unavailable, .conflict: true
        case .fenced, .corrupt, .newerSchema, .rewound, .foreignKey, .closed: false
        }
    }
}

extension Error {
    /// The log or the bus may be well again later.
    var isWorthRetrying: Bool {
        switch self {
        case let error as LogError: error.isWorthReopening
        case let error as BusError: error.code != .closed
        default: false
        }
    }
}
