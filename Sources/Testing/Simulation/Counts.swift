import Engine
import Saga

/// How much happened in a run, or in some.
public struct Counts: Hashable, Sendable {
    public internal(set) var sagas = 0
    /// Confirmed at their origin.
    public internal(set) var settled = 0
    /// Released at their origin.
    public internal(set) var rolledBack = 0
    /// Refused at their origin before anything was held.
    public internal(set) var refused = 0
    public internal(set) var duplicates = 0
    public internal(set) var conflicts = 0
    /// Answers that were asked for again after a year.
    public internal(set) var askedAgain = 0
    public internal(set) var commits = 0
    public internal(set) var entries = 0
    public internal(set) var snapshots = 0
    /// Records published, those of journals among them.
    public internal(set) var published = 0
    /// Messages between nodes: published; and handed to a node.
    public internal(set) var messages = 0
    public internal(set) var delivered = 0
    /// Virtual time that has passed, in seconds.
    public internal(set) var seconds = 0

    // Faults.
    public internal(set) var lost = 0
    public internal(set) var doubled = 0
    public internal(set) var delayed = 0
    public internal(set) var belated = 0
    public internal(set) var crashes = 0
    public internal(set) var appendsFailed = 0
    public internal(set) var appendsUnknown = 0
    public internal(set) var publicationsFailed = 0
    public internal(set) var wipes = 0
    public internal(set) var brokerStops = 0
    public internal(set) var pauses = 0
    /// Writers that found that another had taken over.
    public internal(set) var fenced = 0
    public internal(set) var leasesLost = 0
    public internal(set) var shutdowns = 0
    public internal(set) var keysRotated = 0
    public internal(set) var clocksSet = 0
    public internal(set) var clockJumps = 0
    /// Clocks that approvers accepted.
    public internal(set) var clocksAccepted = 0
    public internal(set) var lies = 0
    /// Records that strangers wrote to journals.
    public internal(set) var strangers = 0
    /// Times that old records of an inbox expired.
    public internal(set) var expired = 0
    public internal(set) var rewinds = 0
    public internal(set) var rewindsFound = 0

    public init() {}

    mutating func count<Fact>(_ events: [Event<Fact>]) {
        for case .clockAccepted in events { clocksAccepted += 1 }
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
            ("lies", \.lies), ("strangers", \.strangers), ("expired", \.expired),
            ("rewinds", \.rewinds), ("rewindsFound", \.rewindsFound),
        ]
    }

    /// All figures by name, in an order that is kept.
    public var figures: [(name: String, number: Int)] {
        Self.fields.map { ($0.name, self[keyPath: $0.path]) }
    }

    public static func += (sum: inout Counts, other: Counts) {
        for field in fields { sum[keyPath: field.path] += other[keyPath: field.path] }
    }
}

extension Counts: CustomStringConvertible {
    public var description: String {
        figures.map { "\($0.name) \($0.number)" }.joined(separator: ", ")
    }
}
