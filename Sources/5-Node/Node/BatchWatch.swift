import Chain
import Engine
import Links
import Logging
import Saga
import Wire

/// Tells an operator what batches show: peers of which nothing counts, or with which too much is
/// open, records that have no effect, clients that are refused, clocks that disagree.
///
/// Belongs to the writer. What it says may not be durable yet; where a commit is lost, the next
/// session begins with what the log holds.
struct BatchWatch<P: WireParticipant> {
    private let health: Health
    private let logger: Logger
    private let configuration: Configuration
    private let clock: NodeClock
    private let peerClocks: PeerClocks
    private var isRefusing = false
    private var rejected = RejectedRecords()
    private var shares: FullShares

    init(
        _ parts: Node<P>.Parts, _ health: Health, _ peerClocks: PeerClocks, _ state: State<P>
    ) {
        self.health = health
        self.peerClocks = peerClocks
        logger = parts.logger
        configuration = parts.configuration
        clock = parts.clock
        shares = FullShares(parts.configuration)
        for peer in configuration.peers.union(state.links.keys).sorted() {
            note(peer, state.links[peer])
        }
        for peer in configuration.peers.sorted() { noteIntake(from: peer, state) }
        health.clear(.openSagasFull)
        noteLimit(state.openSagas)
        for peer in configuration.peers.sorted() { health.clear(.peerShareFull, of: peer) }
        noteShares([], state)
    }

    /// - Parameter inputs: What the batch decides.
    mutating func note(_ inputs: ArraySlice<Input<P>>, _ batch: Batch<P.Fact>, _ state: State<P>) {
        for event in batch.events {
            switch event {
            case .peerSuspended(let peer, _), .peerAccepted(let peer, _, _),
                .peerKeyCompared(let peer, _, _):
                note(peer, state.links[peer])
            case .intakeSet(let peer, _, _): noteIntake(from: peer, state)
            case .read(let read, let peer, let header): compareClocks(read, of: peer, header)
            default: break
            }
        }
        let now = clock.sinceBoot()
        rejected.add(batch, at: now)
        for line in rejected.lines(at: now) { line.write(to: logger) }
        noteLimit(state.openSagas)
        noteShares(inputs, state)
    }

    /// Peers' times warn; only where most peers agree against this node is that its own clock's
    /// fault.
    private func compareClocks(_ read: Read, of peer: NodeName, _ signed: SignedHeader) {
        guard let time = try? CommitHeader(decoding: signed.bytes).time,
            let verdict = peerClocks.note(
                peer, time: time, acknowledged: read.acknowledged, now: clock.now())
        else { return }
        let metadata: Logger.Metadata = ["peer": "\(peer)", "peerTime": "\(time.milliseconds)"]
        switch verdict {
        case .agrees: logger.notice("a peer's clock agrees again", metadata: metadata)
        case .ahead:
            logger.warning(
                "this node's clock is ahead of a peer's by minutes", metadata: metadata)
        case .behind:
            logger.warning(
                "this node's clock is behind a peer's by minutes", metadata: metadata)
        }
    }

    private func note(_ peer: NodeName, _ link: LinkInbox?) {
        let trouble = link?.trouble
        for code in LinkInbox.troubles where code != trouble?.code {
            guard let since = health.clear(code, of: peer) else { continue }
            logger.notice(
                "what kept a peer's entries from counting is over",
                metadata: [
                    "peer": "\(peer)", "condition": "\(code.rawValue)",
                    "since": "\(since.inWords)",
                ])
        }
        guard let trouble, health.raise(trouble.code, of: peer, trouble.why) else { return }
        let remedy = trouble.code.remedy(for: configuration.node, peer: peer)
        logger.warning(
            "nothing that a peer shows counts; transfers with it stay pending",
            metadata: ["peer": "\(peer)", "cause": "\(trouble.why)", "remedy": "\(remedy)"])
    }

    private func noteIntake(from peer: NodeName, _ state: State<P>) {
        guard state.intake(from: peer) == .stopped else {
            guard let since = health.clear(.peerStopped, of: peer) else { return }
            return logger.notice(
                "new transfers of a stopped peer are taken again",
                metadata: ["peer": "\(peer)", "since": "\(since.inWords)"])
        }
        guard health.raise(.peerStopped, of: peer, "new transfers of \(peer) are refused")
        else { return }
        let remedy = NodeCondition.Code.peerStopped.remedy(for: configuration.node, peer: peer)
        logger.notice(
            "a peer is stopped: its new transfers are refused; what is held already continues",
            metadata: ["peer": "\(peer)", "remedy": "\(remedy)"])
    }

    /// Where few places are left, each that becomes free is taken at once: it is over only when
    /// one in twenty is free.
    private mutating func noteLimit(_ openSagas: Int) {
        let max = configuration.limits.openSagasMax
        let isRefusing = openSagas >= (isRefusing ? max - max / 20 : max)
        guard isRefusing != self.isRefusing else { return }
        self.isRefusing = isRefusing
        if isRefusing {
            health.raise(
                .openSagasFull,
                "limits.openSagasMax (\(configuration.limits.openSagasMax)) transfers are open")
        } else {
            health.clear(.openSagasFull)
        }
    }

    /// A client's part of a peer's share can only have become full where the client began one more.
    private mutating func noteShares(_ inputs: ArraySlice<Input<P>>, _ state: State<P>) {
        var begun: Set<OpenShare> = []
        for case .begin(let begin, _) in inputs {
            guard let next = begin.content.node(at: 1) else { continue }
            begun.insert(.begun(begin.principal, next))
        }
        for (peer, share) in shares.look(at: state.openShares, and: begun) {
            if let share {
                health.raise(.peerShareFull, of: peer, configuration.limits.inWords(share))
            } else {
                health.clear(.peerShareFull, of: peer)
            }
        }
    }
}

extension LinkInbox {
    /// The conditions that a peer's log can be the reason of.
    fileprivate static var troubles: [NodeCondition.Code] {
        [.peerSuspended, .peerDenied, .peerKeyNotCompared]
    }

    /// Why nothing of the peer counts, for people; `nil`: it counts.
    fileprivate var trouble: (code: NodeCondition.Code, why: String)? {
        switch suspension {
        case .forked(let fork):
            let timeline = fork.timeline
            return (
                .peerSuspended,
                """
                \(peer) lost the end of its log and began timeline \(timeline.name.number) behind \
                its entry \(timeline.position), before what was taken of it here
                """
            )
        case .denied(let denial):
            return (.peerDenied, "\(peer) has signed what cannot be true: \(denial.inWords)")
        case nil:
            guard let awaited, !awaited.keyIsCompared else { return nil }
            return (
                .peerKeyNotCompared,
                "this log lost its end, and the key of \(peer) was not compared with it since"
            )
        }
    }
}

extension Denial {
    /// What the peer says, for an operator.
    fileprivate var inWords: String {
        switch self {
        case .goesBack: "it has taken less of this log than it said before"
        case .unknownNumber: "it has taken more entries than this log has for it"
        case .unknownHeader: "it has taken a commit of this log that the log lacks"
        case .unknownAcknowledgment: "this bank has taken entries of it that it has not"
        case .contradiction: "its log has two histories"
        }
    }
}
