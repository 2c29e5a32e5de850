import Chain
import Engine
import Logging
import Saga
import Wire

/// Tells an operator what batches show: peers that are suspended, stopped or silent, or with which
/// too much is open, messages that have no effect, clients that are refused.
///
/// Belongs to the writer. What it says may not be durable yet; where a commit is lost, the next
/// session begins with what the log holds.
struct BatchWatch<P: WireParticipant> {
    private let health: Health
    private let logger: Logger
    private let configuration: Configuration
    private let clock: NodeClock
    private var isRefusing = false
    private var rejected = RejectedRecords()
    private var shares: FullShares

    init(_ parts: Node<P>.Parts, _ health: Health, _ state: State<P>) {
        self.health = health
        logger = parts.logger
        configuration = parts.configuration
        clock = parts.clock
        shares = FullShares(parts.configuration)
        for peer in configuration.peers.union(state.peers.keys).sorted() {
            note(peer, state.peers[peer])
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
            case .peerSuspended(let peer, _), .peerAccepted(let peer, _):
                note(peer, state.peers[peer])
            case .intakeSet(let peer, _, _): noteIntake(from: peer, state)
            default: break
            }
        }
        let now = clock.sinceBoot()
        rejected.add(batch, at: now)
        for line in rejected.lines(at: now) { line.write(to: logger) }
        noteSpeaking(inputs, batch)
        noteLimit(state.openSagas)
        noteShares(inputs, state)
    }

    /// A peer that is heard is not silent; a peer that is sent a retry is, until it is heard.
    private func noteSpeaking(_ inputs: ArraySlice<Input<P>>, _ batch: Batch<P.Fact>) {
        let heard = Set(inputs.compactMap(\.peer))
        for peer in heard.sorted() { health.clear(.peerSilent, of: peer) }
        var asked: Set<NodeName> = []
        for case .send(let message) in batch.outputs where message.kind.travelsForward {
            asked.insert(message.receiver)
        }
        for peer in asked.sorted() {
            health.expect(
                .peerSilent, of: peer,
                "\(peer) has not answered the retried request for a transfer")
        }
    }

    private func note(_ peer: NodeName, _ history: PeerHistory?) {
        let remedy = NodeCondition.Code.peerSuspended.remedy(
            for: configuration.node, peer: peer)
        guard let history, let contradiction = history.contradiction else {
            guard let since = health.clear(.peerSuspended, of: peer) else { return }
            return logger.notice(
                "a suspended peer's history was accepted; its messages count again",
                metadata: ["peer": "\(peer)", "since": "\(since.inWords)"])
        }
        let why = "\(contradiction.inWords) contradicts \(history.newest.inWords)"
        guard health.raise(.peerSuspended, of: peer, "the log of \(peer) has two histories: \(why)")
        else { return }
        logger.warning(
            """
            a peer is suspended: its log has two histories; its messages have no effect, and \
            transfers with it stay pending
            """,
            metadata: ["peer": "\(peer)", "cause": "\(why)", "remedy": "\(remedy)"])
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

extension WitnessedHeader {
    fileprivate var inWords: String {
        "the commit of entries \(header.first) to \(header.last) in timeline \(header.timeline)"
    }
}

extension Input {
    /// The peer that said it, where that is certain.
    fileprivate var peer: NodeName? {
        guard case .deliver(let delivery) = self else { return nil }
        return switch delivery.reading {
        case .authentic(let message, _): message.sender
        case .witness(let peer, _): peer
        case .irrelevant: nil
        case .rejected(_, let peer): peer
        }
    }
}
