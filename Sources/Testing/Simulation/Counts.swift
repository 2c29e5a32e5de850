import Engine
import Saga

/// How much happened in a run, or in some.
public struct Counts: Hashable, Sendable {
    /// Sagas that clients wanted begun, refused ones among them.
    public internal(set) var sagas = 0
    /// Confirmed at their origin.
    public internal(set) var settled = 0
    /// Released at their origin.
    public internal(set) var rolledBack = 0
    /// Refused at their origin before anything was held.
    public internal(set) var refused = 0
    /// Answers that a command was sent before.
    public internal(set) var duplicates = 0
    /// Answers that the UUID was used for something else.
    public internal(set) var conflicts = 0
    /// Answers that were asked for again after a year.
    public internal(set) var askedAgain = 0
    /// Commits that became durable, at all nodes.
    public internal(set) var commits = 0
    /// The entries of ``commits``.
    public internal(set) var entries = 0
    /// Snapshots that were kept.
    public internal(set) var snapshots = 0
    /// Records published, those of journals among them.
    public internal(set) var published = 0
    /// Records for peers that were published.
    public internal(set) var messages = 0
    /// Records of inboxes that were handed to a process, repetitions included.
    public internal(set) var delivered = 0
    /// Virtual time that has passed, in seconds.
    public internal(set) var seconds = 0

    // Faults.
    /// Records lost on their way to the broker.
    public internal(set) var lost = 0
    /// Records that were brought to the broker twice.
    public internal(set) var doubled = 0
    /// Records delivered some seconds late.
    public internal(set) var delayed = 0
    /// Records delivered when everything else had ended.
    public internal(set) var belated = 0
    /// Processes that died without cleanup.
    public internal(set) var crashes = 0
    /// Appends that failed with nothing done.
    public internal(set) var appendsFailed = 0
    /// Appends whose answer was lost.
    public internal(set) var appendsUnknown = 0
    /// Publications that failed after a prefix of their records.
    public internal(set) var publicationsFailed = 0
    /// Times that all topics were emptied.
    public internal(set) var wipes = 0
    /// Times that the broker stopped answering for some seconds.
    public internal(set) var brokerStops = 0
    /// Processes that stalled for some seconds.
    public internal(set) var pauses = 0
    /// Writers that found that another had taken over.
    public internal(set) var fenced = 0
    /// Leases that ended while their holder continued.
    public internal(set) var leasesLost = 0
    /// Processes that were asked to end.
    public internal(set) var shutdowns = 0
    /// New signing keys of banks.
    public internal(set) var keysRotated = 0
    /// Wall clocks that were set by some seconds.
    public internal(set) var clocksSet = 0
    /// Wall clocks that jumped by minutes.
    public internal(set) var clockJumps = 0
    /// Clocks that approvers accepted.
    public internal(set) var clocksAccepted = 0
    /// Entries that the hostile peer wrote into its log.
    public internal(set) var lies = 0
    /// Nodes that it contradicted itself to.
    public internal(set) var denials = 0
    /// History files that were lost, cut off or damaged.
    public internal(set) var historiesLost = 0
    /// Times that an operator stopped taking new steps from a peer.
    public internal(set) var intakesStopped = 0
    /// Records that strangers wrote to journals and between peers.
    public internal(set) var strangers = 0
    /// Times that old records of an inbox expired.
    public internal(set) var expired = 0
    /// Disks that were replaced by an old backup or an empty one.
    public internal(set) var rewinds = 0
    /// Processes that noticed such a disk and refused to continue.
    public internal(set) var rewindsFound = 0

    /// Starts with zeros.
    public init() {}

    mutating func count<Fact>(_ events: [Event<Fact>]) {
        for case .clockAccepted in events { clocksAccepted += 1 }
        for case .intakeSet(_, .stopped, _) in events { intakesStopped += 1 }
        for case .stepDecided(let decided) in events where decided.step.number == 0 {
            switch decided.state {
            case .confirmed: settled += 1
            case .cancelled where decided.content.isEmpty: rolledBack += 1
            case .cancelled: refused += 1
            case .unknown, .deciding, .reserved: break
            }
        }
    }

    mutating func count(_ verdict: Verdict) {
        switch verdict {
        case .duplicate: duplicates += 1
        case .conflict: conflicts += 1
        case .applied, .refused: break
        }
    }

    /// All of them, by name.
    static var fields: [(name: String, path: WritableKeyPath<Counts, Int>)] {
        [
            ("sagas", \.sagas), ("settled", \.settled), ("rolledBack", \.rolledBack),
            ("refused", \.refused), ("duplicates", \.duplicates), ("conflicts", \.conflicts),
            ("askedAgain", \.askedAgain), ("commits", \.commits), ("entries", \.entries),
            ("snapshots", \.snapshots), ("published", \.published), ("messages", \.messages),
            ("delivered", \.delivered), ("seconds", \.seconds),
        ] + faults
    }

    static var faults: [(name: String, path: WritableKeyPath<Counts, Int>)] {
        [
            ("lost", \.lost), ("doubled", \.doubled), ("delayed", \.delayed),
            ("belated", \.belated), ("crashes", \.crashes), ("appendsFailed", \.appendsFailed),
            ("appendsUnknown", \.appendsUnknown), ("publicationsFailed", \.publicationsFailed),
            ("wipes", \.wipes), ("brokerStops", \.brokerStops), ("pauses", \.pauses),
            ("fenced", \.fenced), ("leasesLost", \.leasesLost), ("shutdowns", \.shutdowns),
            ("keysRotated", \.keysRotated), ("clocksSet", \.clocksSet),
            ("clockJumps", \.clockJumps), ("clocksAccepted", \.clocksAccepted),
            ("lies", \.lies), ("denials", \.denials), ("historiesLost", \.historiesLost),
            ("strangers", \.strangers), ("expired", \.expired),
            ("rewinds", \.rewinds), ("rewindsFound", \.rewindsFound),
            ("intakesStopped", \.intakesStopped),
        ]
    }

    /// All figures by name, in an order that is kept.
    public var figures: [(name: String, number: Int)] {
        Self.fields.map { ($0.name, self[keyPath: $0.path]) }
    }

    /// Adds every figure of another run.
    public static func += (sum: inout Counts, other: Counts) {
        for field in fields { sum[keyPath: field.path] += other[keyPath: field.path] }
    }
}

extension Counts: CustomStringConvertible {
    /// All figures with their names, in the order of ``figures``.
    public var description: String {
        figures.map { "\($0.name) \($0.number)" }.joined(separator: ", ")
    }
}
