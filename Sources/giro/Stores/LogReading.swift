import Audit
import EventLog
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
            "\(node.name) has no log yet (\(place)). Start it once with: giro node \(node.name)")
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
    for node in nodes {
        let audit = try await withLog(of: node) { log in
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
        audits.append(audit)
    }
    return audits
}
