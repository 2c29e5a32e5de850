import Audit
package import EventLog
import Foundation
import Logging

/// A node's log, opened for reading: beside a node that runs, or after it.
package func withLog<Value>(
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

extension NodeFolder {
    /// The folder of the banks, as a command takes it.
    package var directory: String { url.deletingLastPathComponent().path }

    /// Whether there is no log, and no trace of a process that could have had one.
    package var wasNeverStarted: Bool {
        get async throws {
            let isMissing = try await NodeOptions(of: self, flags: [:]).log.isMissing
            return isMissing && !FileManager.default.fileExists(atPath: lock)
        }
    }
}
