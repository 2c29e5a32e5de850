import Engine
public import Saga

/// What came of a run.
public struct SimulationReport: Sendable {
    /// A checker's objection.
    public struct Failure: Hashable, Sendable {
        /// The checker's name.
        public let checker: String
        public let message: String
        /// What the logs say about the saga concerned, node by node, oldest first.
        public let trail: [String]
    }

    public let seed: UInt64
    public let counts: Counts
    public let coverage: Coverage
    /// By node, the hash that stands for its whole log.
    public let digests: [Hash]
    public let failure: Failure?
}

extension SimulationReport: CustomStringConvertible {
    public var description: String {
        guard let failure else { return "seed \(seed): \(counts)" }
        return """
            seed \(seed): \(failure.checker): \(failure.message)
            \(failure.trail.map { "    " + $0 }.joined(separator: "\n"))
            """
    }
}

/// How much happened in a run, or in some.
public struct Counts: Hashable, Sendable {
    public internal(set) var transfers = 0
    /// Confirmed at their origin.
    public internal(set) var settled = 0
    /// Released at their origin.
    public internal(set) var rolledBack = 0
    /// Refused at their origin before anything was held.
    public internal(set) var refused = 0
    public internal(set) var duplicates = 0
    public internal(set) var conflicts = 0
    public internal(set) var commits = 0
    public internal(set) var entries = 0
    /// Published; and handed to a node.
    public internal(set) var messages = 0
    public internal(set) var delivered = 0
    public internal(set) var lost = 0
    public internal(set) var doubled = 0
    public internal(set) var delayed = 0
    /// Left to be asked for again.
    public internal(set) var dropped = 0
    public internal(set) var crashes = 0
    public internal(set) var appendsFailed = 0
    public internal(set) var appendsUnknown = 0
    public internal(set) var publicationsFailed = 0
    public internal(set) var wipes = 0
    public internal(set) var inboxesRestarted = 0
    public internal(set) var clocksSet = 0
    public internal(set) var lies = 0

    public init() {}

    mutating func count(_ events: [Event<Bank.Fact>]) {
        for case .stepDecided(let decided) in events where decided.step.number == 0 {
            switch decided.state {
            case .confirmed: settled += 1
            case .cancelled where decided.content.isEmpty: rolledBack += 1
            case .cancelled: refused += 1
            case .unknown, .deciding, .reserved: break
            }
        }
    }

    mutating func count(_ reply: Reply, to command: Command) {
        guard case .verdict(let verdict) = reply else { return }
        switch verdict {
        case .duplicate: duplicates += 1
        case .conflict: conflicts += 1
        case .applied, .refused: break
        }
    }

    private static var fields: [(name: String, path: WritableKeyPath<Counts, Int>)] {
        [
            ("transfers", \.transfers), ("settled", \.settled), ("rolled back", \.rolledBack),
            ("refused", \.refused), ("duplicates", \.duplicates), ("conflicts", \.conflicts),
            ("commits", \.commits), ("entries", \.entries), ("messages", \.messages),
            ("delivered", \.delivered), ("lost", \.lost), ("doubled", \.doubled),
            ("delayed", \.delayed), ("dropped", \.dropped), ("crashes", \.crashes),
            ("appends failed", \.appendsFailed), ("appends unknown", \.appendsUnknown),
            ("publications failed", \.publicationsFailed), ("wipes", \.wipes),
            ("inboxes restarted", \.inboxesRestarted), ("clocks set", \.clocksSet),
            ("lies", \.lies),
        ]
    }

    public static func += (sum: inout Counts, other: Counts) {
        for field in fields { sum[keyPath: field.path] += other[keyPath: field.path] }
    }
}

extension Counts: CustomStringConvertible {
    public var description: String {
        Self.fields.map { "\($0.name) \(self[keyPath: $0.path])" }.joined(separator: ", ")
    }
}
