import Audit
import Chain
import Deployment
import EventLog
import Saga
import Wire

/// What became of reading one node's log.
struct LogReading<Log: Sendable> {
    enum Outcome {
        case read(Log)
        /// There is no log, and no process of the node ever ran here.
        case neverStarted
        case failed(Failure)
    }

    let node: NodeFolder
    let outcome: Outcome

    /// Reads every log that can be read: one that cannot does not keep the others from it.
    ///
    /// - Parameter read: Reads the log of a node that has one.
    static func all(
        _ nodes: [NodeFolder], _ read: (NodeFolder) async throws -> Log
    ) async -> [LogReading] {
        var readings: [LogReading] = []
        for node in nodes {
            readings.append(LogReading(node: node, outcome: await outcome(of: node, read)))
        }
        return readings
    }

    private static func outcome(
        of node: NodeFolder, _ read: (NodeFolder) async throws -> Log
    ) async -> Outcome {
        do {
            guard try await !node.wasNeverStarted else { return .neverStarted }
            return .read(try await read(node))
        } catch let failure as Failure {
            return .failed(failure)
        } catch {
            return .failed(Failure(.unavailable, "\(node.name): \(error)"))
        }
    }

    /// The exit code where only some logs could be read: a log that is not what was written is 1,
    /// one that cannot be read is 2.
    static func failure(among readings: [LogReading]) -> Failure.Code? {
        Failure.worst(
            of: readings.compactMap { reading in
                if case .failed(let failure) = reading.outcome { failure } else { nil }
            })
    }
}

extension Failure {
    /// 1 before 2; `nil` where there are none.
    static func worst(of failures: [Failure]) -> Code? {
        let codes = failures.map(\.code)
        return codes.contains(.refused) ? .refused : codes.first
    }
}

/// Reads and verifies a node's log, as a node of that kind keeps it.
func audit<Kind: RunnableKind>(
    _ node: NodeFolder, of kind: Kind.Type
) async throws -> any VerifiedLog {
    try await audit(node, as: kind.participant(of: node.name))
}

/// Reads and verifies a node's log, with a progress line where that takes long.
///
/// - Parameter participant: That of the node's kind, before anything happened.
func audit<P: WireParticipant>(
    _ node: NodeFolder, as participant: P
) async throws -> LogAudit<P> {
    try await withLog(of: node) { log in
        let head = try await log.head()
        var progress = ProgressLine(total: Int(head.position.number))
        let isLong = head.position.number > 50_000
        let audit = try await LogAudit.read(
            log, of: node.name, as: participant, keys: try node.readPublicKeys()
        ) { position in
            if isLong { progress.show(Int(position.number), "reading \(node.name)") }
        }
        if isLong { progress.end() }
        return audit
    }
}
