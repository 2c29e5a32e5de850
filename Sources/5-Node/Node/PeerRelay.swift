import Chain
import Engine
import Logging
import MessageBus
import PeerProtocol
import Saga
import Synchronization
import Wire

/// Publishes to one peer's topic what follows from commits that the journal holds.
///
/// Each peer has one, which pauses for that peer alone: a topic that is missing, or takes nothing,
/// holds up neither the journal nor another peer. What waits is bounded in number and bytes. Where
/// there is no room, the oldest is dropped, as is what a process has not published when it ends:
/// the side that waits retries.
final class PeerRelay<P: WireParticipant>: Sendable {
    private struct Waiting {
        let message: Message
        /// Whether it follows from a commit; otherwise it is a repetition.
        let isNew: Bool
    }

    private struct Shared {
        var waiting: [Waiting] = []
        /// Of the contents of `waiting`.
        var bytes = 0
        /// The newest header that the journal holds, where something waits that follows from it.
        var newest: SignedHeader?
        /// The peer's newest header that the log holds.
        var echo: SignedHeader?
        /// The end of the newest commit that was handed over.
        var handed = Position.start
        var isDraining = false
        /// The topic did not take what was published last.
        var isFailing = false

        /// The oldest that wait.
        @discardableResult
        mutating func take(atMost count: Int) -> [Waiting] {
            let taken = Array(waiting.prefix(count))
            waiting.removeFirst(taken.count)
            bytes -= taken.reduce(0) { $0 + $1.message.content.count }
            return taken
        }
    }

    /// What is published at once.
    private struct Part {
        let records: [Record]
        /// With it all is said that follows from the commits up to here; `nil` where more waits.
        let upTo: Position?
    }

    private static var waitingMax: Int { 20_000 }
    private static var messagesPerPartMax: Int { 2_000 }
    /// Of all peers' relays together.
    private static var bytesMax: Int { 64 << 20 }

    private let parts: Node<P>.Parts
    private let peer: NodeName
    private let topic: String
    private let envelope: Envelope
    private let health: Health
    /// Of the contents that wait.
    private let bytesMax: Int
    private let shared: Mutex<Shared>
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter echo: The peer's newest header that the log held when it was opened.
    init(
        to peer: NodeName, _ parts: Node<P>.Parts, _ envelope: Envelope, echo: SignedHeader?,
        _ health: Health
    ) {
        self.peer = peer
        self.parts = parts
        self.envelope = envelope
        self.health = health
        bytesMax = max(1 << 20, Self.bytesMax / max(1, parts.configuration.peers.count))
        topic = Topic.transfers(from: parts.configuration.node, to: peer).name
        shared = Mutex(Shared(echo: echo))
        // Of a session before: what waited then is gone.
        health.clear(.peerUnreachable, of: peer)
    }

    /// Takes the messages that follow from a commit. One that was taken before is passed over.
    ///
    /// - Parameters:
    ///   - commit: The journal holds it.
    ///   - echo: The peer's newest header, where the commit keeps one.
    func take(_ messages: [Message], from commit: Commit, echo: SignedHeader?) {
        let position = commit.header.last
        let hasMore = shared.withLock { shared in
            guard position > shared.handed else { return false }
            shared.handed = position
            if let echo { shared.echo = echo }
            guard !messages.isEmpty else { return false }
            add(messages, isNew: true, &shared)
            shared.newest = SignedHeader(
                bytes: commit.headerBytes, signature: commit.signature)
            return true
        }
        if hasMore { signal.yield() }
    }

    /// Takes messages that follow from no commit: repetitions bring no header of the log, or two
    /// idle banks would answer each other endlessly.
    func take(_ repetitions: [Message]) {
        guard !repetitions.isEmpty else { return }
        // They would only pile up: the timers repeat what is still open when the topic works.
        let isTaken = shared.withLock { shared in
            if !shared.isFailing { add(repetitions, isNew: false, &shared) }
            return !shared.isFailing
        }
        if isTaken { signal.yield() }
    }

    private func add(_ messages: [Message], isNew: Bool, _ shared: inout Shared) {
        // Repetitions leave room for what is said for the first time.
        let countMax = isNew ? Self.waitingMax : Self.waitingMax / 2
        for message in messages {
            if shared.waiting.count >= countMax || shared.bytes >= bytesMax {
                guard isNew else { return }
                shared.take(atMost: max(1, shared.waiting.count / 4))
            }
            shared.waiting.append(Waiting(message: message, isNew: isNew))
            shared.bytes += message.content.count
        }
    }

    /// Lets ``run()`` return as soon as nothing waits.
    func drain() {
        shared.withLock { $0.isDraining = true }
        signal.yield()
    }

    /// Runs until it is drained or its task is cancelled. A bus that fails is tried again with what
    /// it did not take; while draining, what it does not take is dropped.
    func run() async {
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger,
            failed: "a peer's topic takes no messages; retrying",
            recovered: "a peer's topic takes messages again")
        for await _ in signals {
            while let part = nextPart() {
                guard await publish(part, &retrier) else { return }
            }
            if shared.withLock({ $0.isDraining && $0.waiting.isEmpty }) { return }
        }
    }

    /// - Returns: `false` where the relay ends before all of it was published.
    private func publish(_ part: Part, _ retrier: inout Retrier) async -> Bool {
        var records = part.records[...]
        var isSingly = false
        while !Task.isCancelled {
            do {
                // A frozen broker reports nothing for long.
                health.expect(
                    .peerUnreachable, of: peer,
                    "no broker has acknowledged \(records.count) records for \(topic) yet")
                try await send(&records, isSingly: isSingly)
                shared.withLock { $0.isFailing = false }
                health.clear(.peerUnreachable, of: peer)
                retrier.succeed()
                parts.reach(.sent)
                if let position = part.upTo { parts.measure(.sent(to: peer, upTo: position)) }
                return true
            } catch let error as BusError where error.code == .recordTooLarge && !isSingly {
                isSingly = true
            } catch {
                health.raise(.peerUnreachable, of: peer, "\(error)")
                // One peer's topic must not hold up the end of the process.
                let isDraining = shared.withLock { shared in
                    shared.isFailing = true
                    return shared.isDraining
                }
                guard !isDraining else { return false }
                do {
                    try await retrier.pause(after: error, ["peer": "\(peer)"])
                } catch { return false }
            }
        }
        return false
    }

    /// - Parameters:
    ///   - records: Those that were published alone are taken out.
    ///   - isSingly: Whether each is published alone: then one that the topic refuses as too large
    ///     is dropped, and holds up no other.
    private func send(_ records: inout ArraySlice<Record>, isSingly: Bool) async throws(BusError) {
        guard isSingly else {
            try await parts.bus.publish(Array(records), to: topic)
            return
        }
        while let record = records.first {
            do throws(BusError) {
                try await parts.bus.publish([record], to: topic)
            } catch {
                guard error.code == .recordTooLarge else { throw error }
                parts.logger.warning(
                    """
                    a peer's topic refuses a message as too large; it is dropped, and its transfer \
                    stays pending until it is given up
                    """, metadata: ["peer": "\(peer)", "error": "\(error)"])
            }
            records.removeFirst()
        }
    }

    /// The next messages, behind a witness of what the log says by now: a receiver that does not
    /// accept the witness must not act on them.
    private func nextPart() -> Part? {
        let (taken, newest, echo, isLast, handed) = shared.withLock { shared in
            let taken = shared.take(atMost: Self.messagesPerPartMax)
            let newest = taken.contains(where: \.isNew) ? shared.newest : nil
            return (taken, newest, shared.echo, shared.waiting.isEmpty, shared.handed)
        }
        guard !taken.isEmpty else { return nil }
        let witness = newest.flatMap {
            envelope.authenticate(
                Witness(from: parts.configuration.node, to: peer, newest: $0, echo: echo))
        }
        return Part(
            records: (witness.map { [$0] } ?? [])
                + taken.compactMap { envelope.authenticate($0.message) },
            upTo: isLast ? handed : nil)
    }
}
