import Audit
import Chain
import Deployment
import EventLog

/// Reads and verifies the logs of all nodes, with a progress line where that takes long.
func audit(_ nodes: [NodeFolder]) async throws -> [LogAudit] {
    var audits: [LogAudit] = []
    for node in nodes { audits.append(try await audit(node)) }
    return audits
}

/// What became of reading one bank's log.
struct LogReading {
    enum Outcome {
        case read(LogAudit)
        /// There is no log, and no process of the bank ever ran here.
        case neverStarted
        case failed(Failure)
    }

    let node: NodeFolder
    let outcome: Outcome

    /// Reads every log that can be read: one that cannot does not keep the others from it.
    static func all(_ nodes: [NodeFolder]) async -> [LogReading] {
        var readings: [LogReading] = []
        for node in nodes {
            readings.append(LogReading(node: node, outcome: await outcome(of: node)))
        }
        return readings
    }

    private static func outcome(of node: NodeFolder) async -> Outcome {
        do {
            guard try await !node.wasNeverStarted else { return .neverStarted }
            return .read(try await audit(node))
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

private func audit(_ node: NodeFolder) async throws -> LogAudit {
    try await node.checkHasBooks()
    return try await withLog(of: node) { log in
        let head = try await log.head()
        var progress = ProgressLine(total: Int(head.position.number))
        let isLong = head.position.number > 50_000
        let audit = try await LogAudit.read(
            log, of: node.name, keys: try node.readPublicKeys()
        ) { position in
            if isLong { progress.show(Int(position.number), "reading \(node.name)") }
        }
        if isLong { progress.end() }
        return audit
    }
}
