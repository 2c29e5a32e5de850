public import Saga
import Wire

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
    /// What could go wrong.
    public let faults: Faults
    public let counts: Counts
    public let coverage: Coverage
    /// By node, the hash that stands for its whole log.
    public let digests: [Hash]
    public let failure: Failure?
}

extension SimulationReport {
    /// One hash for many digests.
    public static func digest(of text: String) -> Hash { .sha256(of: Array(text.utf8)) }
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
