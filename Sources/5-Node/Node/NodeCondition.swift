public import Saga

/// Something that is wrong with a running node, or that keeps it from deciding: what, since when
/// and why.
public struct NodeCondition: Hashable, Sendable {
    /// What is wrong. The words are stable: monitoring goes by them.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case stopping
        /// The log failed; the node reads it again from its last durable entry.
        case logUnavailable
        /// The bus failed while the node started: without it the node cannot tell whether the log
        /// is whole.
        case busUnavailable
        /// A standby: another process has the log.
        case standingBy
        /// The log is not open yet, or is being opened again after a failure.
        case starting
        /// The engine has not looked at its state for seconds: its log does not answer.
        case engineNotAnswering
        case clockNotTrusted
        /// What is durable does not reach the journal.
        case publishingFailing
        /// The peer's topic to this node cannot be read.
        case inboxFailing
        /// This node's topic to the peer does not take what is said to it.
        case peerUnreachable
        /// Clients that begin a transfer are refused.
        case openSagasFull
        /// Clients are refused, and what peers say waits.
        case inputQueueFull
        /// Entries are durable for seconds, and not published.
        case journalBehind
        /// The peer lost the end of its log: nothing of it counts until an operator accepts its new
        /// timeline.
        case peerSuspended
        /// An operator has stopped taking new steps from the peer.
        case peerStopped
        /// What the peer has signed cannot be true of two logs of which neither was rewound:
        /// nothing of it counts, and it is shown nothing, until an operator accepts that both logs
        /// are whole again.
        case peerDenied
        /// This log lost its end: nothing of the peer counts until people have compared its key.
        case peerKeyNotCompared
        /// The peer's share of the room for open transfers is used up, or a client's part of it.
        case peerShareFull
        /// The oldest entry that the peer was shown is not acknowledged for minutes.
        case peerSilent
    }

    /// The stable word.
    public let code: Code
    /// Which peer it is about, where it is about one.
    public let peer: NodeName?
    /// When it began, as far as this process knows.
    public let since: Timestamp
    /// For the operator: may name peers, addresses and errors.
    public let why: String
    /// Whether the node is not ready because of it; otherwise it is a warning.
    public let isBlocking: Bool

    /// Takes the parts as they are: nothing is checked.
    public init(
        _ code: Code, of peer: NodeName? = nil, since: Timestamp, _ why: String, isBlocking: Bool
    ) {
        (self.code, self.peer, self.since) = (code, peer, since)
        (self.why, self.isBlocking) = (why, isBlocking)
    }
}

extension NodeCondition.Code {
    /// How long it lasts before it is shown: what passes sooner is part of a day's work.
    var shownAfter: Duration {
        switch self {
        case .starting, .standingBy, .stopping, .clockNotTrusted, .logUnavailable,
            .busUnavailable, .peerSuspended, .peerStopped, .peerDenied,
            .peerKeyNotCompared:
            .zero
        case .publishingFailing, .inboxFailing, .peerUnreachable, .openSagasFull, .inputQueueFull,
            .peerShareFull:
            .seconds(2)
        case .engineNotAnswering: .seconds(5)
        case .journalBehind: .seconds(10)
        case .peerSilent: .seconds(300)
        }
    }

    /// How long it lasts before the node is not ready because of it; `nil`: it only warns. What is
    /// about one peer of several never keeps a node from being ready.
    var blocksAfter: Duration? {
        switch self {
        case .starting, .standingBy, .stopping, .clockNotTrusted, .logUnavailable,
            .busUnavailable, .engineNotAnswering:
            shownAfter
        case .publishingFailing, .inboxFailing, .openSagasFull, .inputQueueFull: .seconds(10)
        case .journalBehind, .peerUnreachable, .peerSuspended, .peerStopped, .peerDenied,
            .peerKeyNotCompared,
            .peerShareFull, .peerSilent:
            nil
        }
    }

    /// What happened, and what it means for the money. Names nothing of this node's.
    public var meaning: String {
        switch self {
        case .starting: "The log is being opened; nothing is decided until that is done."
        case .standingBy: "This process stands by: another one has the log and decides."
        case .stopping: "The node is shutting down; what was accepted is still decided."
        case .engineNotAnswering:
            "The node has not looked at its state for seconds, because its log does not answer; "
                + "nothing is decided meanwhile, and no money moves."
        case .clockNotTrusted:
            "The node's clock cannot be trusted; commits are paused and no money moves, reads are "
                + "answered."
        case .logUnavailable:
            "The log failed; nothing is decided until it works again. No accepted money is lost."
        case .busUnavailable:
            "The node cannot start without its bus, which proves that the log is whole."
        case .publishingFailing:
            "What the node decides does not reach the journal, and so no peer; transfers to other "
                + "banks are accepted and stay pending."
        case .inboxFailing:
            "The node does not read what a peer says; transfers with it stay pending, and money "
                + "stays held."
        case .peerUnreachable:
            "What the node says to a peer does not reach the peer's topic; transfers with it stay "
                + "pending, and money stays held. Transfers with others continue."
        case .openSagasFull:
            "Too many transfers are open; new ones that do not end at once are refused as busy and "
                + "not recorded."
        case .inputQueueFull:
            "Too many commands wait; new ones are refused as busy and not recorded."
        case .journalBehind: "Durable entries are published late; peers learn of them late."
        case .peerSuspended:
            "A peer lost the end of its log, which this node had taken; nothing of it has an "
                + "effect, and transfers with it stay pending."
        case .peerDenied:
            "What a peer has signed contradicts this log or its own: one of the two was rewound. "
                + "Neither has an effect on the other, and transfers between them stay pending."
        case .peerKeyNotCompared:
            "This log lost its end, perhaps with a peer's newest key; nothing of the peer has an "
                + "effect, and transfers with it stay pending."
        case .peerStopped:
            "An operator has stopped taking new transfers from a peer; they are refused, and no "
                + "money is held for them here. What is held already is settled or released."
        case .peerShareFull:
            "Too many transfers with one peer are open; further ones with it can be refused for "
                + "now, and no money is held for them. Transfers with others continue."
        case .peerSilent:
            "A peer does not take what it is shown; transfers with it stay pending, and money "
                + "stays held."
        }
    }

    /// What an operator of `node` does about it.
    public func remedy(for node: NodeName, peer: NodeName?) -> String {
        let peer = peer?.text ?? "PEER"
        return switch self {
        case .starting: "Wait. If it lasts, the node's log says why."
        case .standingBy, .stopping: "Nothing."
        case .engineNotAnswering: "Check the disk, or PostgreSQL and its locks (pg_locks)."
        case .clockNotTrusted:
            "Correct the clock. If it is right, two approvers confirm it: giro clock accept \(node)"
        case .logUnavailable: "Check the disk, or PostgreSQL; the node continues by itself."
        case .busUnavailable, .publishingFailing, .inboxFailing, .peerUnreachable:
            "Check the brokers and the topics (giro topics diff); the node continues by itself."
        case .openSagasFull:
            "See which peer does not answer; raise limits.openSagasMax if there is memory for it."
        case .inputQueueFull: "Send less, or find out what is slow: the log, the disk, the machine."
        case .journalBehind: "Check the brokers' load and the network to them."
        case .peerSuspended:
            "Ask the peer's operator whether it lost the end of its log, and compare keys, then: "
                + "giro peer accept \(node) \(peer)"
        case .peerDenied:
            "Find out with the peer's operator which of the two logs was put back to an earlier "
                + "state, and have that one restored from its journal (giro restore). Once both "
                + "are whole: giro peer accept \(node) \(peer). If the peer denies again, it has "
                + "to begin a new timeline (giro restore \(peer) --accept-loss), which the same "
                + "command accepts."
        case .peerKeyNotCompared:
            "Compare the peer's key with its operator, then: "
                + "giro peer add \(node) \(peer) --key FILE"
        case .peerStopped:
            "When transfers from the peer may come again: giro peer resume \(node) \(peer)"
        case .peerShareFull:
            "Ask the peer's operator whether it runs, and whom its transfers wait for; raise "
                + "limits.openPerPeerMax if there is memory for it."
        case .peerSilent:
            "Ask the peer's operator whether it runs, and whether it reads this bank's topic."
        }
    }
}

/// What is wrong with a node, as those who notice it say. No clock, no waiting: see ``Health``.
struct NodeConditions: Sendable {
    private struct Subject: Hashable {
        let code: NodeCondition.Code
        let peer: NodeName?
    }

    private struct Entry {
        let since: Timestamp
        /// Since boot.
        let began: Duration
        var why: String
        /// Whether it was seen, and not only expected.
        var isCertain: Bool
    }

    private var entries: [Subject: Entry] = [:]
    private let peers: Int

    /// - Parameter peers: How many the node has.
    init(peers: Int) { self.peers = peers }

    /// It is so. What lasts already keeps its beginning; the newest reason counts.
    ///
    /// - Returns: Whether it is news.
    @discardableResult
    mutating func raise(
        _ code: NodeCondition.Code, of peer: NodeName? = nil, _ why: String, at now: Timestamp,
        sinceBoot: Duration
    ) -> Bool {
        let subject = Subject(code: code, peer: peer)
        guard entries[subject] == nil else {
            entries[subject]?.why = why
            entries[subject]?.isCertain = true
            return false
        }
        entries[subject] = Entry(since: now, began: sinceBoot, why: why, isCertain: true)
        return true
    }

    /// It will be so if nothing ends it: work has begun whose end is not certain. What lasts
    /// already keeps its beginning, and the reason of what failed.
    mutating func expect(
        _ code: NodeCondition.Code, of peer: NodeName? = nil, _ why: @autoclosure () -> String,
        at now: Timestamp, sinceBoot: Duration
    ) {
        let subject = Subject(code: code, peer: peer)
        if let known = entries[subject] {
            if !known.isCertain { entries[subject]?.why = why() }
            return
        }
        entries[subject] = Entry(since: now, began: sinceBoot, why: why(), isCertain: false)
    }

    /// - Returns: Since when it was so; `nil` where it was not.
    @discardableResult
    mutating func clear(_ code: NodeCondition.Code, of peer: NodeName? = nil) -> Timestamp? {
        entries.removeValue(forKey: Subject(code: code, peer: peer))?.since
    }

    /// What has lasted long enough to be shown: what keeps the node from being ready first.
    ///
    /// A peer cannot be called silent by a node that does not reach it. One inbox that fails is
    /// that peer's affair: a node is not ready where it reads none.
    func shown(sinceBoot: Duration) -> [NodeCondition] {
        let lasting = entries.filter { sinceBoot - $1.began >= $0.code.shownAfter }
        let unread = lasting.count { $0.code == .inboxFailing && blocks($1, $0, sinceBoot) }
        return lasting.compactMap { subject, entry -> NodeCondition? in
            guard subject.code != .peerSilent || !isCutOff(from: subject.peer, lasting.keys)
            else { return nil }
            let isOneOfSeveral = subject.code == .inboxFailing && unread < peers
            return NodeCondition(
                subject.code, of: subject.peer, since: entry.since, entry.why,
                isBlocking: !isOneOfSeveral && blocks(entry, subject, sinceBoot))
        }.sorted { $0.order < $1.order }
    }

    private func blocks(_ entry: Entry, _ subject: Subject, _ now: Duration) -> Bool {
        subject.code.blocksAfter.map { now - entry.began >= $0 } ?? false
    }

    private func isCutOff(
        from peer: NodeName?, _ lasting: some Collection<Subject>
    ) -> Bool {
        lasting.contains { subject in
            switch subject.code {
            case .publishingFailing: true
            case .inboxFailing, .peerUnreachable: subject.peer == peer
            default: false
            }
        }
    }
}

extension NodeCondition {
    /// Blocking ones first, then as they are declared, then by peer.
    fileprivate var order: (Int, Int, String) {
        (isBlocking ? 0 : 1, Code.allCases.firstIndex(of: code) ?? 0, peer?.text ?? "")
    }
}
