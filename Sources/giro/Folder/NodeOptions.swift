import Configuration
import Engine
import Foundation
import Logging
import Node
import NodeAPI
import Saga
import SystemPackage

/// A node's settings: from flags, then the environment (`GIRO_…`), then its `node.yaml`, then the
/// defaults. README has the table.
struct NodeOptions {
    let node: NodeName
    let log: LogPlace
    /// How long to wait at the start for a log's server that does not answer.
    let logPatience: Duration
    let bus: BusPlace
    /// Where the API listens.
    let socket: String
    /// Where the API listens on TCP as well; `nil`: it does not.
    let listen: NodeAddress?
    /// The token file: who may use the API over TCP.
    let tokens: String
    /// Whether the socket asks for tokens too.
    let socketNeedsTokens: Bool
    let serverLimits: ServerLimits
    /// The file of the accounts' statements: a cache.
    let statements: String
    let logLevel: Logger.Level
    let limits: Limits
    let settings: NodeSettings

    /// - Parameter flags: What the command line said, by setting.
    init(of folder: NodeFolder, flags: [AbsoluteConfigKey: ConfigValue]) async throws {
        let reader: ConfigReader
        let faults = SettingFaults()
        do {
            let providers: [any ConfigProvider] = [
                InMemoryProvider(name: "flags", values: flags),
                EnvironmentVariablesProvider().prefixKeys(with: "giro"),
                try await FileProvider<YAMLSnapshot>(filePath: FilePath(folder.configuration)),
            ]
            reader = ConfigReader(providers: providers, accessReporter: faults)
        } catch {
            // After its first line an error shows a piece of the file, where a password may stand.
            let cause = "\(error)".prefix { !$0.isNewline }
            throw Failure(.unavailable, "\(folder.configuration) cannot be used: \(cause)")
        }
        let name = reader.string(forKey: "node", default: folder.name.text)
        guard name == folder.name.text else {
            throw Failure(
                .unavailable,
                "\(folder.configuration) is for the node \(name), but lies in the folder of "
                    + "\(folder.name). Put it back where it belongs.")
        }
        node = folder.name
        log = LogPlace(
            reader.string(forKey: "log.store", isSecret: true, default: folder.log),
            schema: reader.string(forKey: "log.schema", default: "giro"), in: folder)
        logPatience = .milliseconds(try Self.count(reader, "log.patienceMilliseconds", 30_000))
        bus = try BusPlace(
            reader.string(forKey: "bus", default: "../bus"),
            properties: reader.string(forKey: "kafka.properties"), of: folder.name, in: folder)
        socket = folder.path(reader.string(forKey: "socket", default: folder.defaultSocket))
        listen = try Self.listen(reader)
        tokens = folder.path(reader.string(forKey: "tokens", default: "tokens"))
        socketNeedsTokens = reader.bool(forKey: "socketNeedsTokens", default: false)
        statements = folder.path(reader.string(forKey: "statements", default: "statements.sqlite"))
        serverLimits = try Self.serverLimits(reader)
        let level = reader.string(forKey: "log.level", default: "info")
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw Failure(
                .unavailable,
                "log.level is \"\(level)\"; use one of: "
                    + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.logLevel = logLevel
        limits = try Self.limits(reader)
        settings = try Self.settings(reader)
        try faults.check()
    }

    private static func listen(_ reader: ConfigReader) throws -> NodeAddress? {
        guard let text = reader.string(forKey: "listen"), !text.isEmpty else { return nil }
        guard let address = NodeAddress(listen: text) else {
            throw Failure(
                .unavailable, "listen is \"\(text)\"; use a host and a port, as 127.0.0.1:8080.")
        }
        return address
    }

    private static func serverLimits(_ reader: ConfigReader) throws -> ServerLimits {
        var limits = ServerLimits()
        limits.connectionsMax = try count(
            reader, "http.connectionsMax", limits.connectionsMax)
        limits.headTimeout = .milliseconds(try count(reader, "http.headMilliseconds", 10_000))
        limits.bodyTimeout = .milliseconds(try count(reader, "http.bodyMilliseconds", 30_000))
        limits.idleTimeout = .milliseconds(try count(reader, "http.idleMilliseconds", 60_000))
        return limits
    }

    private static func limits(_ reader: ConfigReader) throws -> Limits {
        var limits = Limits()
        limits.openSagasMax = try count(reader, "limits.openSagasMax", limits.openSagasMax)
        limits.quarantineMax = try count(reader, "limits.quarantineMax", limits.quarantineMax)
        limits.retryFirst = .milliseconds(try count(reader, "retry.firstMilliseconds", 1_000))
        limits.retryMax = .milliseconds(try count(reader, "retry.maxMilliseconds", 60_000))
        return limits
    }

    private static func settings(_ reader: ConfigReader) throws -> NodeSettings {
        var settings = NodeSettings()
        settings.commitsInFlight = try count(
            reader, "commits.inFlight", settings.commitsInFlight)
        settings.inputsPerCommitMax = try count(
            reader, "commits.inputsMax", settings.inputsPerCommitMax, atMost: 5_000)
        settings.inputsWaitingMax = try count(
            reader, "limits.inputsWaitingMax", settings.inputsWaitingMax)
        settings.snapshotEvery = try count(
            reader, "snapshot.everyEntries", settings.snapshotEvery)
        settings.heartbeat = .milliseconds(
            try count(reader, "standby.heartbeatMilliseconds", 1_000))
        settings.heartbeatTimeout = .milliseconds(
            try count(reader, "standby.timeoutMilliseconds", 5_000))
        return settings
    }

    private static func count(
        _ reader: ConfigReader, _ key: ConfigKey, _ standard: Int,
        atMost most: Int = 1_000_000_000
    ) throws -> Int {
        let count = reader.int(forKey: key, default: standard)
        guard (1...most).contains(count) else {
            throw Failure(.unavailable, "\(key) is \(count); use a number from 1 to \(most).")
        }
        return count
    }
}
