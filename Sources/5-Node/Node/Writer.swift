import Chain
import Engine
import EventLog
import Links
import Logging
import Projection
import Saga
import Wire

/// What the writer hands to the gate: one batch, decided and, where it wrote something, signed
/// and on its way to the log.
struct Pending<Fact: Hashable & Sendable>: Sendable {
    /// `nil`, as `appending`, where the batch wrote nothing.
    let committed: CommittedBatch<Fact>?
    let appending: Appending?
    let outputs: [Output]
    /// When it was decided, since boot.
    let since: Duration
}

/// The single writer: takes what has queued, lets the engine decide it, signs the commit and hands
/// it to the log without waiting for it.
struct Writer<P: WireParticipant> {
    private let parts: Node<P>.Parts
    private let queue: InputQueue<P>
    private var engine: Engine<P>
    private var end: LogEnd
    private let clockGuard: ClockGuard
    private let admission: Admission<P>
    /// What the wall clock had reached when this writer began.
    private let floor: Timestamp
    private var fault: ClockFault?
    private var watch: BatchWatch<P>

    init(
        _ parts: Node<P>.Parts, _ openedLog: OpenedLog<P>, queue: InputQueue<P>,
        _ clockGuard: ClockGuard, _ admission: Admission<P>
    ) {
        self.parts = parts
        self.queue = queue
        engine = openedLog.handOver()
        end = openedLog.end
        self.clockGuard = clockGuard
        self.admission = admission
        floor = engine.state.clockFloor
        watch = BatchWatch(parts, admission.health, clockGuard.peers, engine.state)
        admission.note(nil)
    }

    /// Runs until the queue is closed and empty, or the window is closed.
    ///
    /// A commit starts when the window has room, with what has queued by then: small commits when
    /// there is little to do, large ones under load, and no timer to tune.
    mutating func run(
        inFlight: InFlightWindow, into decided: AsyncStream<Pending<P.Fact>>.Continuation
    ) async -> Checkpoint<P> {
        defer { decided.finish() }
        while await inFlight.acquire() {
            guard let inputs = await queue.take(atMost: parts.settings.inputsPerCommitMax) else {
                break
            }
            // Only now: the clock may have been set while there was nothing to do.
            if let pending = isClockTrusted() ? decide(inputs) : look(inputs) {
                decided.yield(pending)
            } else {
                inFlight.release()
            }
        }
        return Checkpoint(state: engine.recorded, end)
    }

    private mutating func decide(_ inputs: [Input<P>]) -> Pending<P.Fact>? {
        let now = parts.clock.now()
        if inputs.isEmpty {
            guard let due = engine.nextDue, due <= now else { return nil }
        }
        let start = parts.clock.sinceBoot()
        var rest = inputs[...]
        let batch = engine.step(&rest, now: now)
        let decided = inputs[..<rest.startIndex]
        queue.putBack(rest)
        parts.measure(
            .decided(
                inputs: decided.count, entries: batch.events.count,
                took: parts.clock.sinceBoot() - start))
        if batch.dropped > 0 {
            parts.measure(.dropped(records: batch.dropped))
        }
        watch.note(decided, batch, engine.state)
        guard !batch.events.isEmpty else {
            guard !batch.outputs.isEmpty else { return nil }
            return Pending(committed: nil, appending: nil, outputs: batch.outputs, since: start)
        }
        parts.reach(.decided)
        let commit = batch.signed(after: end, by: parts.configuration.node, key: parts.key)
        end.advance(over: commit)
        let appending = parts.log.startAppending(commit, as: end.head.epoch)
        parts.reach(.handedOver)
        return Pending(
            committed: CommittedBatch(commit, batch.events), appending: appending,
            outputs: batch.outputs, since: start)
    }

    /// Deadlines mean nothing under a clock that cannot be trusted: nothing is decided until it
    /// can. Reads are answered, commands refused, and what peers show waits.
    private mutating func isClockTrusted() -> Bool {
        if case .peersDisagree? = fault { compareClocksAgain() }
        let found = clockGuard.fault(floor: floor)
        defer { fault = found }
        guard (found == nil) != (fault == nil) else { return found == nil }
        admission.note(found)
        guard let found else {
            queue.resume()
            parts.logger.notice("the wall clock is right again; commits continue")
            return true
        }
        queue.pause()
        parts.logger.critical(
            "the wall clock cannot be trusted; commits are paused",
            metadata: [
                "cause": "\(found)", "remedy": "\(found.remedy(for: parts.configuration.node))",
            ])
        return false
    }

    /// What peers show waits meanwhile, so what their clocks say is looked up there: one of the
    /// clocks may have been corrected.
    private func compareClocksAgain() {
        let now = parts.clock.now()
        for (peer, excerpt) in queue.newestExcerpts() {
            let header = excerpt.newest.header
            guard let link = engine.state.links[peer], link.suspension == nil, link.awaited == nil,
                header.number > link.newest?.header.number ?? 0,
                excerpt.receiver == parts.configuration.node, excerpt.isSigned(by: [link.key])
            else { continue }
            let taken = max(excerpt.read?.read.number ?? 0, link.acknowledged)
            _ = clockGuard.peers.note(peer, time: header.time, acknowledged: taken, now: now)
        }
    }

    /// Answers what only looks, and puts the rest back.
    private mutating func look(_ inputs: [Input<P>]) -> Pending<P.Fact>? {
        queue.putBack(inputs.filter { !$0.isRead })
        let reads = inputs.filter(\.isRead)
        guard !reads.isEmpty else { return nil }
        let batch = engine.answer(reads)
        return Pending(
            committed: nil, appending: nil, outputs: batch.outputs, since: parts.clock.sinceBoot())
    }
}

/// A state at the end of a commit, from which a snapshot can be made.
struct Checkpoint<P: WireParticipant>: Sendable {
    let state: State<P>
    private let commitHash: Hash
    private let history: HistoryTree

    init(state: State<P>, _ end: LogEnd) {
        self.state = state
        commitHash = end.head.commitHash
        history = end.history
    }

    /// Encodes, signs and keeps the snapshot.
    func save(to log: any EventLog, key: SigningKey) async throws(LogError) {
        try await log.save(
            .signed(
                position: state.position, commitHash: commitHash, history: history,
                state: state.encoded(), key: key))
    }
}
