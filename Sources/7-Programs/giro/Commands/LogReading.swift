import Audit
import Chain
import EventLog
import Foundation
import Logging
import Saga

/// A node's log, opened for reading: beside a node that runs, or after it.
func withLog<Value>(
    of node: NodeFolder, _ body: (any EventLog) async throws -> Value
) async throws -> Value {
    let place = try await NodeOptions(of: node, flags: [:]).log
    guard !place.isMissing else {
        throw Failure(
            .unavailable,
            "\(node.name) has no log (\(place)). If it had one, put the file back first. Start it "
                + "with: \(node.command("node"))")
    }
    do {
        let log = try await place.openForReading(Logger(label: "giro"))
        do {
            let value = try await body(log)
            await log.close()
            return value
        } catch {
            await log.close()
            throw error
        }
    } catch let error as LogError {
        throw Failure(.unavailable, "The log of \(node.name): \(error.message)")
    } catch let fault as AuditFault {
        throw Failure(.refused, fault.description)
    }
}

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

extension NodeFolder {
    /// The folder of the banks, as a command takes it.
    var directory: String { url.deletingLastPathComponent().path }

    /// Whether there is no log, and no trace of a process that could have had one.
    var wasNeverStarted: Bool {
        get async throws {
            let isMissing = try await NodeOptions(of: self, flags: [:]).log.isMissing
            return isMissing && !FileManager.default.fileExists(atPath: lock)
        }
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
