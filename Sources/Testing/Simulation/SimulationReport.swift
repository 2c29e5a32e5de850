public import Saga
import Wire

/// What came of a run.
public struct SimulationReport: Sendable {
    /// A checker's objection.
    public struct Failure: Hashable, Sendable {
        /// The checker's name.
        public let checker: String
        /// The contradiction in the checker's words.
        public let message: String
        /// What the logs say about the saga concerned, node by node, oldest first.
        public let trail: [String]
    }

    /// The seed that repeats the run, with the same faults and workload.
    public let seed: UInt64
    /// What could go wrong.
    public let faults: Faults
    /// The events and faults of the run.
    public let counts: Counts
    /// The parts of the protocol that the run reached.
    public let coverage: Coverage
    /// By node, the hash that stands for its whole log.
    public let digests: [Hash]
    /// The first objection, which ended the run; `nil` where every claim held.
    public let failure: Failure?
}

extension SimulationReport {
    /// One hash for many digests.
    public static func digest(of text: String) -> Hash { .sha256(of: Array(text.utf8)) }
}

extension SimulationReport: CustomStringConvertible {
    /// The figures, or the objection and the saga's trail, for reports.
    public var description: String {
        guard let failure else { return "seed \(seed): \(counts)" }
        return """
            seed \(seed): \(failure.checker): \(failure.message)
            \(failure.trail.map { "    " + $0 }.joined(separator: "\n"))
            """
    }
}
