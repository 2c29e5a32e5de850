import Chain
import Engine
import Saga
import Wire

/// A writer that was taken over from never takes the log over again: it ends, and its restart is
/// another process.
struct NoWriterReturns<P: WireParticipant>: Checker {
    private var writers: [Int]
    /// Those whose log another process has taken over.
    private var former: Set<Int> = []

    init(nodes count: Int) {
        writers = Array(repeating: -1, count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        guard case .tookOver(let node, let process, _) = observation else { return }
        guard !former.contains(process) else {
            throw Violation(
                "NoWriterReturns",
                "a process of \(truth.names[node]) took its log back from the one after it")
        }
        if writers[node] != process { former.insert(writers[node]) }
        writers[node] = process
    }
}
