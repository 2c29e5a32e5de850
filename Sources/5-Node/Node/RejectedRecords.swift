import Backoff
import Engine
import Links
import Logging
import Saga

/// Records and entries of peers that had no effect: which lines to write about them, and when. No
/// clock, no log: see ``BatchWatch``.
///
/// The first of each kind and peer is a line at once, later ones are counted and told after 2, 4,
/// 8 … seconds, at last every ten minutes; after as long without any, the next is a first one.
/// There are as many kinds as a node's peers and a few reasons make, whatever strangers write.
struct RejectedRecords: Sendable {
    enum Kind: Hashable, Sendable {
        case deadLetter(DeadLetterSource)
        /// Nothing of an excerpt was taken.
        case notTaken(NodeName, Meaning)
        /// A step that the peer says again cannot be held.
        case waits(NodeName, Refusal)
    }

    /// Why nothing of a record was taken, without what a stranger could vary.
    enum Meaning: String, Hashable, Sendable {
        case stranger
        case noExcerpt
        case otherLink
        case empty
        case suspended
        case keyNotCompared
        case notAccepted
        case old
        case gap
        case olderTimeline
        case otherHeader
        case otherKey
        case badSignature
        case timelineUnderOtherKey
        case badProof
    }

    /// What came since the line before.
    struct Line: Hashable, Sendable {
        let kind: Kind
        /// Dead letters that the log keeps.
        var kept = 0
        /// Those that left no trace: beyond the budget, or not dead letters at all.
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
            case .stranger(let peer): add(.notTaken(peer, .stranger), dropped: count, at: now)
            case .noExcerpt(let peer): add(.notTaken(peer, .noExcerpt), dropped: count, at: now)
            case .notTaken(let peer, let reason):
                add(.notTaken(peer, Meaning(reason)), dropped: count, at: now)
            case .waits(let peer, let refusal):
                add(.waits(peer, refusal), dropped: count, at: now)
            case .overBudget(let source): add(.deadLetter(source), dropped: count, at: now)
            }
        }
    }
}

extension RejectedRecords.Meaning {
    init(_ reason: LinkOutcome.Reason) {
        switch reason {
        case .otherLink: self = .otherLink
        case .empty: self = .empty
        case .suspended: self = .suspended
        case .keyNotCompared: self = .keyNotCompared
        case .notAccepted: self = .notAccepted
        case .old: self = .old
        case .gap: self = .gap
        case .olderTimeline: self = .olderTimeline
        case .otherHeader: self = .otherHeader
        case .otherKey: self = .otherKey
        case .badSignature: self = .badSignature
        case .timelineUnderOtherKey: self = .timelineUnderOtherKey
        case .badProof: self = .badProof
        }
    }

    /// How loud the line is. What an honest peer shows again, until it has an acknowledgment, is
    /// part of a day's work.
    fileprivate var level: Logger.Level {
        switch self {
        case .old, .gap, .otherHeader: .debug
        case .suspended, .keyNotCompared, .notAccepted, .olderTimeline: .notice
        case .stranger, .noExcerpt, .otherLink, .empty, .otherKey, .badSignature,
            .timelineUnderOtherKey, .badProof:
            .warning
        }
    }

    /// The reason for an operator.
    var inWords: String {
        switch self {
        case .stranger:
            "its key was never compared with the peer's people, so nothing of it counts"
        case .noExcerpt: "it is no excerpt of a log: another program may write to the topic"
        case .otherLink: "it is of another bank's log than the topic says, or for another bank"
        case .empty: "it says nothing to this bank"
        case .suspended: "the peer is suspended; it shows its entries again"
        case .keyNotCompared:
            "this log lost its end, and the peer's key was not compared with its people since"
        case .notAccepted: "the peer has not accepted this log's new timeline yet"
        case .old: "all of it was taken before"
        case .gap: "entries before it are missing; the peer shows them again"
        case .olderTimeline: "it is of a timeline that the peer's log has replaced since"
        case .otherHeader:
            "it does not continue what was taken of the peer's log; the peer shows it again"
        case .otherKey: "the key that signed it is retired, or not known yet"
        case .badSignature: "the key that it names did not sign it: another program made it"
        case .timelineUnderOtherKey:
            "the peer's log lost its end, and continues under a key that is not known here: "
                + "compare it with the peer's people, then run giro peer accept with --key FILE"
        case .badProof: "its entries are not those that its header signs for"
        }
    }
}

extension RejectedRecords.Line {
    func write(to logger: Logger) {
        switch kind {
        case .deadLetter(let source):
            logger.warning(
                "a peer's entries were refused and kept as dead letters; they move no money",
                metadata: [
                    "peer": "\(source.peer)", "cause": "\(source.cause)",
                    "meaning": "\(source.inWords)", "kept": "\(kept)", "dropped": "\(dropped)",
                ])
        case .notTaken(let peer, let meaning):
            logger.log(
                level: meaning.level,
                "nothing was taken of records on a peer's topic; they move no money",
                metadata: [
                    "peer": "\(peer)", "cause": "\(meaning.rawValue)",
                    "meaning": "\(meaning.inWords)", "count": "\(dropped)",
                ])
        case .waits(let peer, let refusal):
            logger.warning(
                "a transfer that this log lost cannot be held again; the peer's entries wait",
                metadata: [
                    "peer": "\(peer)", "cause": "\(refusal)",
                    "remedy": """
                    Change what the cause names, for as long as it takes: the limit, transit, \
                    the peer's intake, the account or the next peer. The bank behind may have \
                    paid it; if not, it refuses what is too late.
                    """,
                    "count": "\(dropped)",
                ])
        }
    }
}

extension DeadLetterSource {
    /// The cause for an operator.
    var inWords: String {
        switch cause {
        case .unreadable: "this version of the program cannot read what the peer's log says"
        case .wrongStep: "the peer is not this bank's neighbour on the transfer's route"
        case .unexpectedAnswer: "an answer to a question that this bank did not ask"
        case .contradiction:
            "the peer contradicts an earlier answer: one of the two logs lost entries, or lies"
        }
    }
}
