import Chain
import Engine
import EventLog
import Links
import Logging
import MessageBus
import Saga
import Synchronization
import Wire

/// Shows a peer the entries for it, in excerpts of the log as the journal holds it.
///
/// Each peer has one, which pauses for that peer alone: a topic that is missing, or takes nothing,
/// holds up neither the journal nor another peer. What waits is known by position; what to show
/// when, an outbox (`LinkOutbox`) says. Of what was shown and not acknowledged nothing is lost with
/// the process: the log says again what waits.
final class PeerRelay<P: WireParticipant>: Sendable {
    typealias Given = RelayMail.Given

    private struct Shared: Sendable {
        var mail = RelayMail()
        var recent: RecentCommits
        /// The journal holds all up to here, and the mail has brought it, or the state did.
        var journalled = Position.start
        /// The header of the commit that ends there.
        var newest: SignedHeader?
        var wakesAt: Duration?
        /// There is nothing to show, whatever else the journal holds.
        var isIdle = false
        var isDraining = false

        init(peers: Int) { recent = RecentCommits(peers: peers) }

        mutating func note(_ commit: Commit) {
            journalled = commit.header.last
            newest = SignedHeader(bytes: commit.headerBytes, signature: commit.signature)
        }
    }

    /// What the relay's task alone has.
    private struct Desk {
        var outbox: LinkOutbox
        /// What waited when the log was opened, and the journal is not known to hold yet.
        var early: ArraySlice<Given>
        /// The peer has accepted the own newest timeline.
        var isAnswered: Bool
        /// How far ``outbox`` was given what the journal holds.
        var end = Position.start
        /// What the peer's `read`s may cost the log.
        var lookUps = LookUps()
        var retrier: Retrier
    }

    private enum Outcome { case shown, idle, behind, ended }

    let parts: Node<P>.Parts
    let peer: NodeName
    let history: OwnHistory
    private let topic: String
    private let health: Health
    private let link: LinkInbox?
    /// Of what waited when the log was opened.
    private let positions: [Position]
    private let shared: Mutex<Shared>
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(
        to peer: NodeName, _ parts: Node<P>.Parts, _ openedLog: OpenedLog<P>,
        _ history: OwnHistory, _ health: Health
    ) {
        self.peer = peer
        self.parts = parts
        self.history = history
        self.health = health
        shared = Mutex(Shared(peers: parts.configuration.peers.count))
        topic = Topic.transfers(from: parts.configuration.node, to: peer).name
        link = openedLog.links[peer]
        positions = openedLog.waiting(for: peer)
        // Of a session before.
        health.clear(.peerUnreachable, of: peer)
        health.clear(.peerSilent, of: peer)
        signal.yield()
    }

    // MARK: - What comes for it

    /// Takes the log's next commit behind those of the opening, once the journal holds it.
    ///
    /// - Parameters:
    ///   - leaves: Of all entries of the commit, where there are `entries`.
    ///   - entries: Those for the peer.
    func take(_ commit: Commit, leaves: [Hash], _ entries: [ShownEntry]) {
        let isNews = shared.withLock { shared in
            shared.note(commit)
            guard !entries.isEmpty else { return !shared.isIdle }
            shared.mail.add(entries, of: commit.header.number)
            shared.recent.add(ShowableCommit(commit, leaves: leaves, entries))
            return true
        }
        if isNews { signal.yield() }
    }

    /// The journal holds everything up to a commit, which the opening of the log knew.
    func noteJournalled(_ commit: Commit) {
        tell { shared in
            if commit.header.last > shared.journalled { shared.note(commit) }
        }
    }

    /// The peer has said how far it has taken the entries for it.
    func hear(_ read: Read) { tell { $0.mail.add(read) } }

    /// Something of the peer was not taken: it may lack an acknowledgment.
    func sayAgain() { tell { $0.mail.isToSayAgain = true } }

    /// A durable commit has changed what counts between the two nodes.
    func noteLink(isSuspended: Bool, isAnswered: Bool) {
        tell { $0.mail.change = (isSuspended, isAnswered) }
    }

    /// Lets ``run()`` return as soon as there is nothing to show.
    func drain() { tell { $0.isDraining = true } }

    /// Looks whether there is something to show again, or alone.
    func passTime(_ now: Duration) {
        let isDue = shared.withLock { $0.wakesAt.map { $0 <= now } ?? false }
        if isDue { signal.yield() }
    }

    private func tell(_ change: (inout Shared) -> Void) {
        shared.withLock { change(&$0) }
        signal.yield()
    }

    private var isDraining: Bool { shared.withLock { $0.isDraining } }

    // MARK: - What it does

    /// Runs until it is drained or its task is cancelled. A bus that fails is tried again with what
    /// it did not take; while draining, that is left to the next session.
    func run() async {
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger,
            failed: "nothing can be shown to a peer; retrying",
            recovered: "a peer is shown this log's entries again")
        guard let early = await readWaiting(&retrier) else { return }
        var outbox = LinkOutbox(to: peer, acknowledged: link?.acknowledged ?? 0)
        outbox.isSuspended = link?.suspension != nil
        var desk = Desk(
            outbox: outbox, early: early, isAnswered: link?.awaited == nil, retrier: retrier)
        for await _ in signals {
            // Asked before: what comes until then is looked at.
            let isLast = isDraining
            var outcome = Outcome.shown
            while outcome == .shown, !Task.isCancelled { outcome = await showNext(&desk) }
            guard outcome == .idle || outcome == .behind, !isLast else { return }
            let (isIdle, wakesAt) = (outcome == .idle, desk.outbox.wakesAt)
            shared.withLock { ($0.isIdle, $0.wakesAt) = (isIdle, wakesAt) }
        }
    }

    /// What each entry that waits is, only the log says.
    ///
    /// - Returns: `nil` where the relay has to end.
    private func readWaiting(_ retrier: inout Retrier) async -> ArraySlice<Given>? {
        var given: [Given] = []
        var rest = positions[...]
        while let first = rest.first {
            guard !Task.isCancelled, !isDraining else { return nil }
            do {
                let commit = try await logged(first)
                for entry in commit.entries where entry.position == rest.first {
                    given.append(Given(try ShownEntry(entry), in: commit.header.number))
                    rest.removeFirst()
                }
                retrier.succeed()
            } catch {
                guard await pause(after: error, &retrier) else { return nil }
            }
        }
        return given[...]
    }

    /// - Returns: `behind`: the journal has yet to hold the header that is to be named.
    private func showNext(_ desk: inout Desk) async -> Outcome {
        await readMail(&desk)
        guard let turn = desk.outbox.next(at: parts.clock.sinceBoot()) else { return .idle }
        let made: MadeExcerpt
        do {
            guard let newest = shared.withLock({ $0.newest }),
                let proved = try await excerpt(of: turn, newest: newest)
            else { return .behind }
            made = proved
        } catch {
            return await pause(after: error, &desk.retrier) ? .shown : .ended
        }
        do throws(BusError) {
            try await publish(made)
        } catch {
            let isSmallerNext =
                error.code == .recordTooLarge
                && desk.outbox.wasTooLarge(count: made.count, byteCount: made.value.count)
            if isSmallerNext { return .shown }
            return await pause(after: error, &desk.retrier) ? .shown : .ended
        }
        desk.retrier.succeed()
        note(made, turn, &desk)
        return .shown
    }

    private func publish(_ made: MadeExcerpt) async throws(BusError) {
        // A frozen broker reports nothing for long.
        health.expect(
            .peerUnreachable, of: peer, "no broker has acknowledged a record for \(topic) yet")
        try await parts.bus.publish([Record(of: made.excerpt, value: made.value)], to: topic)
        health.clear(.peerUnreachable, of: peer)
        parts.reach(.sent)
    }

    /// - Returns: `false` where the relay has to end: one peer's topic must not hold up the end of
    ///   the process.
    private func pause(after error: any Error, _ retrier: inout Retrier) async -> Bool {
        health.raise(.peerUnreachable, of: peer, "\(error)")
        guard !isDraining else { return false }
        do { try await retrier.pause(after: error, ["peer": "\(peer)"]) } catch { return false }
        return true
    }

    /// Tells the outbox what has come since it was last asked.
    private func readMail(_ desk: inout Desk) async {
        let (mail, end) = shared.withLock { shared in
            defer { (shared.mail, shared.isIdle) = (RelayMail(), false) }
            return (shared.mail, shared.journalled)
        }
        let now = parts.clock.sinceBoot()
        while let first = desk.early.first, first.position <= end {
            desk.outbox.give(first, now: now)
            desk.early.removeFirst()
        }
        for given in mail.given { desk.outbox.give(given, now: now) }
        desk.end = end
        if let read = mail.read { desk.outbox.give(read, now: now) }
        desk.isAnswered = desk.isAnswered || mail.change?.isAnswered == true
        if desk.isAnswered { desk.outbox.timelineIsAccepted() }
        if let change = mail.change { desk.outbox.isSuspended = change.isSuspended }
        let acknowledged = desk.outbox.acknowledged
        for read in mail.heard
        where (desk.outbox.acknowledged...desk.outbox.given).contains(read.number) {
            // A log that cannot be asked ends the session; the peer says it again.
            guard let holds = try? await history.holds(read.header, &desk.lookUps) else { continue }
            desk.outbox.hear(read, now: now) { _ in holds }
        }
        if mail.isToSayAgain { desk.outbox.sayAgain(now: now) }
        let hasMoved = desk.outbox.acknowledged > acknowledged
        if hasMoved || desk.outbox.isSuspended { health.clear(.peerSilent, of: peer) }
    }

    /// Takes note of a record that the topic has.
    private func note(_ made: MadeExcerpt, _ turn: LinkTurn, _ desk: inout Desk) {
        let now = parts.clock.sinceBoot()
        let numbers = made.excerpt.numbers
        desk.outbox.show(
            turn, count: numbers.count, under: made.excerpt.newest.name,
            byteCount: made.value.count, at: now)
        // There was no room for it: the next record may have some.
        if let read = made.readLeftOut { desk.outbox.give(read, now: now) }
        guard let last = numbers.last else { return }
        let first = desk.outbox.acknowledged + 1
        health.expect(
            .peerSilent, of: peer, "\(peer) has not acknowledged entry \(first) of those for it")
        guard turn.kind == .entries, last == desk.outbox.given else { return }
        parts.measure(.sent(to: peer, upTo: desk.end))
    }

    /// The commit that holds an entry for the peer: from memory, where it was handed over lately.
    func commit(containing position: Position) async throws -> ShowableCommit {
        let recent = shared.withLock { $0.recent.commit(containing: position) }
        if let recent { return recent }
        return try ShowableCommit(try await logged(position), for: peer)
    }

    private func logged(_ position: Position) async throws(LogError) -> Commit {
        guard let commit = try await parts.log.commit(containing: position) else {
            throw LogError(
                .corrupt, "The log has no entry \(position), which it had: verify the log.")
        }
        return commit
    }
}

extension LinkOutbox {
    fileprivate mutating func give(_ given: RelayMail.Given, now: Duration) {
        give(given.shown, at: given.position, in: given.commit, now: now)
    }
}
