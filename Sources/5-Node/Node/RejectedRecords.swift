import Backoff
import Engine
import Logging
import Saga

/// Records of peers' topics that had no effect: which lines to write about them, and when. No
/// clock, no log: see ``BatchWatch``.
///
/// The first of each kind and peer is a line at once, later ones are counted and told after 2, 4,
/// 8 … seconds, at last every ten minutes; after as long without any, the next is a first one.
/// There are as many kinds as a node's peers and secrets make, whatever strangers write.
struct RejectedRecords: Sendable {
    enum Kind: Hashable, Sendable {
        case deadLetter(DeadLetterSource)
        case ofSuspended(NodeName)
        /// Too many sagas are open.
        case ofBusyNode(NodeName)
    }

    /// What came since the line before.
    struct Line: Hashable, Sendable {
        let kind: Kind
        /// Dead letters that the log keeps.
        var kept = 0
        /// Those that left no trace: repeated, beyond the budget, or not dead letters at all.
        var dropped = 0
    }

    private struct Series {
        var unsaid: Line
        var gaps = RejectedRecords.gaps
        var due = Duration.zero
        var last: Duration
    }

    private static let gaps = Backoff(from: .seconds(2), upTo: .seconds(600))

    private var series: [Kind: Series] = [:]
    /// Those with something unsaid.
    private var waiting: Set<Kind> = []

    mutating func add(_ kind: Kind, kept: Int = 0, dropped: Int = 0, at now: Duration) {
        var series = series[kind] ?? Series(unsaid: Line(kind: kind), last: now)
        if now - series.last >= Self.gaps.limit { (series.gaps, series.due) = (Self.gaps, now) }
        series.unsaid.kept += kept
        series.unsaid.dropped += dropped
        series.last = now
        self.series[kind] = series
        waiting.insert(kind)
    }

    /// The lines that are due, in a fixed order.
    mutating func lines(at now: Duration) -> [Line] {
        guard !waiting.isEmpty else { return [] }
        var lines: [Line] = []
        for kind in waiting {
            guard var due = series[kind], due.due <= now else { continue }
            lines.append(due.unsaid)
            due.unsaid = Line(kind: kind)
            due.due = now + due.gaps.next()
            series[kind] = due
            waiting.remove(kind)
        }
        return lines.sorted { "\($0.kind)" < "\($1.kind)" }
    }
}

extension RejectedRecords {
    mutating func add<Fact>(_ batch: Batch<Fact>, at now: Duration) {
        for case .quarantined(let letter) in batch.events {
            add(.deadLetter(DeadLetterSource(of: letter)), kept: 1, at: now)
        }
        for (drop, count) in batch.drops {
            switch drop {
            case .suspended(let peer): add(.ofSuspended(peer), dropped: count, at: now)
            case .tooManyOpen(let peer): add(.ofBusyNode(peer), dropped: count, at: now)
            case .overBudget(let source), .repeated(let source):
                add(.deadLetter(source), dropped: count, at: now)
            }
        }
    }
}

extension RejectedRecords.Line {
    func write(to logger: Logger) {
        switch kind {
        case .deadLetter(let source):
            logger.warning(
                "messages were rejected and kept as dead letters; they move no money",
                metadata: [
                    "inbox": "\(source.inbox)", "peer": "\(source.peer?.text ?? "unknown")",
                    "cause": "\(source.cause)",
                    "meaning": "\(source.inWords)", "kept": "\(kept)", "dropped": "\(dropped)",
                ])
        case .ofSuspended(let peer):
            logger.notice(
                "messages of a suspended peer were dropped; it repeats them",
                metadata: ["peer": "\(peer)", "count": "\(dropped)"])
        case .ofBusyNode(let peer):
            logger.warning(
                """
                messages of a peer were dropped, because too many transfers are open; it repeats \
                them
                """, metadata: ["peer": "\(peer)", "count": "\(dropped)"])
        }
    }
}

extension DeadLetterSource {
    /// The cause for an operator.
    var inWords: String {
        switch cause {
        case .unreadable: "what was written to the topic is no message"
        case .unauthenticated where peer != nil:
            "authenticated with the peer's secret, but signed with a key not in its .pub file here"
        case .unauthenticated:
            "not authenticated with the secret shared with the sender it names: compare the secrets"
        case .unknownSender:
            "it names another sender than the topic does, or is meant for another bank"
        case .hashMismatch: "its content is not the one that its hash names"
        case .wrongStep: "the sender is not this bank's neighbour on the transfer's route"
        case .unexpectedAnswer: "an answer to a question that this bank did not ask"
        case .contradiction:
            "the peer contradicts an earlier answer: one of the two logs lost entries, or lies"
        }
    }
}
