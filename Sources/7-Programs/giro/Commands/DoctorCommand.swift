import ArgumentParser
import Audit
import Chain
import Deployment
import Engine
import EventLog
import Foundation
import Logging
import MessageBus
import Node
import Saga

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: """
            Check configuration, keys, stores, bus, topics, clock, node and tokens, and say what \
            to do.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions

    struct Finding: Encodable {
        enum State: String, Encodable {
            case ok
            /// Nothing is broken, but an operator should look.
            case warning
            case wrong = "WRONG"
        }

        let node: String
        let check: String
        let state: State
        /// Whether it is not wrong.
        let healthy: Bool
        /// What was found, and what to do where it is not healthy.
        let found: String

        init(node: String, check: String, state: State, found: String) {
            (self.node, self.check, self.state, self.found) = (node, check, state, found)
            healthy = state != .wrong
        }
    }

    func run() async throws {
        try await exitingOnFailure {
            var findings: [Finding] = []
            for folder in try place.deployment.nodes() { findings += await check(folder) }
            try output.show(findings) { text(findings) }
            guard findings.allSatisfy(\.healthy) else { throw ExitCode(1) }
        }
    }

    /// Reports a fault of the settings once, not in each check that depends on them.
    private func check(_ folder: NodeFolder) async -> [Finding] {
        let signing = await find("keys", folder) { try keys(folder) }
        let options: NodeOptions
        do {
            options = try await NodeOptions(of: folder, flags: [:])
        } catch {
            let wrong = Finding(
                node: folder.name.text, check: "configuration", state: .wrong, found: "\(error)")
            let others = ["log", "bus", "topics", "clock", "node"]
            return [wrong, signing] + others.map { unchecked($0, folder) }
        }
        let configuration = await find("configuration", folder) {
            try options.checkSocket()
            let clear = options.clearTransports.map { "; CLEAR TEXT: \($0)" }.joined()
            return "\(options.kind), bus \(options.bus), socket \(options.socket)\(clear)"
        }
        let stores = [
            await find("log", folder) { try await log(folder, options) },
            await find("bus", folder) { try await bus(folder, options) },
            await find("topics", folder) { try await topics(folder, options) },
            await find("clock", folder) { try await clock(folder, options) },
        ]
        // A socket that cannot be used leads to no node.
        let node: [Finding] =
            if configuration.healthy {
                await runningNode(folder, options)
            } else {
                [unchecked("node", folder)]
            }
        return [configuration, signing] + stores + node
    }

    /// The check could not be made: that does not count as healthy.
    private func unchecked(_ check: String, _ folder: NodeFolder) -> Finding {
        Finding(
            node: folder.name.text, check: check, state: .wrong,
            found: "not checked: the configuration is wrong")
    }

    private func find(
        _ check: String, _ folder: NodeFolder, _ look: () async throws -> String
    ) async -> Finding {
        do {
            return Finding(
                node: folder.name.text, check: check, state: .ok, found: try await look())
        } catch {
            return Finding(
                node: folder.name.text, check: check, state: .wrong, found: "\(error)")
        }
    }

    private func keys(_ folder: NodeFolder) throws -> String {
        let (keys, ring) = (try folder.readKeys(), try folder.readPublicKeys())
        guard keys[0].publicKey == ring.newest, keys.allSatisfy({ ring[$0.keyID] != nil }) else {
            throw Failure(
                .refused, "\(folder.publicKey) does not belong to \(folder.key). Restore the pair.")
        }
        let peers = try folder.peerNames()
        for peer in peers { _ = try folder.readPublicKey(of: peer) }
        return "key and \(peers.count) peers' keys in order"
    }

    private func log(_ folder: NodeFolder, _ options: NodeOptions) async throws -> String {
        try checkDatabase(options.statements)
        try checkWriters(of: options.history)
        guard !options.log.isMissing else { return "none yet; it is made at the first start" }
        let findings = try await options.log.findings()
        guard findings.isEmpty else {
            throw Failure(.refused, findings.joined(separator: " "))
        }
        return try await withLog(of: folder) { log in
            "\(try await log.head().position) entries; check them with: "
                + Deployment(folder.directory).command("verify")
        }
    }

    private func bus(_ folder: NodeFolder, _ options: NodeOptions) async throws -> String {
        guard !options.bus.isMissing else { return "none yet; it is made at the first start" }
        let bus = try await options.bus.open(Logger(label: "giro"))
        do {
            let found = try await topics(folder, bus, options.bus.topicPrefix)
            await bus.close()
            return found
        } catch {
            await bus.close()
            throw error
        }
    }

    /// Every topic is looked at, so that one that cannot be read hides no other.
    private func topics(
        _ folder: NodeFolder, _ bus: any MessageBus, _ prefix: String
    ) async throws -> String {
        var found: [String] = []
        var failures: [String] = []
        let inboxes = try folder.peerNames().map { Topic.transfers(from: $0, to: folder.name) }
        for topic in [Topic.journal(of: folder.name)] + inboxes {
            do {
                found.append("\(prefix)\(topic.name) \(try await bus.offsets(of: topic.name))")
            } catch {
                failures.append("\(error)")
            }
        }
        guard failures.isEmpty else {
            throw Failure(.unavailable, failures.joined(separator: " "))
        }
        return found.joined(separator: ", ")
    }

    private func clock(_ folder: NodeFolder, _ options: NodeOptions) async throws -> String {
        try checkWriters(of: folder.clock)
        let now = NodeClock.system.now()
        guard !options.log.isMissing else { return now.text }
        let last = try await withLog(of: folder) { log in
            try await log.newestCommit()?.header.time
        }
        if let last, now + .seconds(60) < last {
            // Hardly ever, so it may read the whole log.
            let floor = try await clockFloor(of: folder, options.kind.type)
            guard now + .seconds(60) < floor else {
                return "\(now.text), which approvers accepted; the times of commits stay at "
                    + "\(last.text) until the clock has passed it"
            }
            throw Failure(
                .refused,
                "The clock shows \(now.text), but the log's newest commit is dated \(last.text). "
                    + "If the clock is wrong, correct it. If it is right, two approvers confirm "
                    + "it: \(folder.command("clock accept"))")
        }
        return now.text
    }

    /// The time that the log's clock may not be behind, as a node of that kind reads it.
    private func clockFloor<Kind: RunnableKind>(
        of folder: NodeFolder, _ kind: Kind.Type
    ) async throws -> Timestamp {
        try await withLog(of: folder) { log in
            try await LogAudit.read(
                log, of: folder.name, as: kind.participant(of: folder.name),
                keys: folder.readPublicKeys()
            ).state.clockFloor
        }
    }

    private func text(_ findings: [Finding]) -> String {
        var table = Table("node", "check", "", "found")
        for finding in findings {
            table.add(finding.node, finding.check, finding.state.rawValue, finding.found)
        }
        return table.text
    }
}
