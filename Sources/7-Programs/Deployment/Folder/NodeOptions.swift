package import APIModels
import Engine
import Foundation
package import HTTPServer
import LineFiles
package import Logging
import Node
import Projection
package import Saga
import Statements

/// A node's settings: from flags, then the environment (`GIRO_…`), then its `node.yaml`, then the
/// defaults. `Documentation/Operating.md` has the table.
package struct NodeOptions {
    package let node: NodeName
    /// What the node is: a bank, or another system that takes part in sagas.
    package let kind: NodeKind
    package let log: LogLocation
    /// How long to wait at the start for a log's server that does not answer.
    let logPatience: Duration
    package let bus: BusLocation
    /// How many brokers shall hold the bank's topics; `nil`: as many as topics/ declares.
    let replication: Int?
    /// Where the API listens.
    package let socket: String
    /// Where the API listens on TCP as well; `nil`: it does not.
    package let listen: NodeAddress?
    /// The token file: who may use the API over TCP.
    package let tokens: String
    /// Whether the socket asks for tokens too.
    package let socketNeedsTokens: Bool
    /// What goes over a network in clear text because the operator insists on it by name.
    package let clearTransports: [ClearTransport]
    /// The kinds that are insisted on, in use or not.
    package let insecureTransports: Set<ClearTransport.Kind>
    package let serverLimits: ServerLimits
    /// The file of the accounts' statements: a cache.
    package let statements: String
    /// The file of the log's history tree: a cache.
    package let history: String
    package let logLevel: Logger.Level
    let limits: Limits
    let settings: NodeSettings

    /// - Parameter flags: What the command line said, by setting.
    /// - Throws: ``Failure`` that names the setting.
    package init(of folder: NodeFolder, flags: [String: String]) async throws {
        try folder.checkRights()
        let values = try SettingValues(of: folder, flags: flags)
        let name = values.text("node") ?? folder.name.text
        guard name == folder.name.text else {
            throw Failure(
                .unavailable,
                "\(folder.configuration) is for the node \(name), but lies in the folder of "
                    + "\(folder.name). Put it back where it belongs.")
        }
        node = folder.name
        kind = try NodeKind(values)
        log = try LogLocation(values, in: folder)
        logPatience = try values.milliseconds("log.patienceMilliseconds")
        bus = try BusLocation(values, of: folder.name, in: folder)
        let isReplicationSet = values.text("kafka.replication") != nil
        replication = isReplicationSet ? try values.count("kafka.replication") : nil
        socket = values.path("socket", folder.defaultSocket, in: folder)
        listen = try Self.listen(values)
        tokens = values.path("tokens", "tokens", in: folder)
        socketNeedsTokens = try values.flag("socketNeedsTokens")
        statements = values.path("statements", "statements.sqlite", in: folder)
        // Two processes in one folder have a statements' file each, and so a history file each.
        let isAlone = values.text("statements") == nil
        history = isAlone ? folder.history : statements + ".history"
        serverLimits = try Self.serverLimits(values)
        let level = values.text("log.level") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw values.refusal(
                "log.level", level,
                "use one of: " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.logLevel = logLevel
        limits = try Self.limits(values)
        settings = try Self.settings(values)
        insecureTransports = Set(
            try values.words("insecureTransports").compactMap(ClearTransport.Kind.init(rawValue:)))
        clearTransports = try ClearTransport.insisted(
            on: insecureTransports,
            among: log.clearTransports + bus.clearTransports + ClearTransport.all(of: listen))
        try checkFiles()
        let isFromFile = ProcessInfo.processInfo.environment["GIRO_LOG_STORE"] == nil
        try folder.checkSettings(isSecret: isFromFile && log.holdsPassword)
    }

    /// Two settings that name one file would destroy what one of them keeps there; so would
    /// statements in a file that was made for something else.
    private func checkFiles() throws {
        var named = [socket: "socket"]
        let files = [("tokens", tokens), ("statements", statements), ("history", history)]
        for (setting, path) in files {
            try Self.add(setting, path, to: &named)
        }
        if case .file(let path) = log { try Self.add("log.store", path, to: &named) }
        for (path, setting) in named.sorted(by: { $0.value < $1.value }) {
            do throws(LineFileError) {
                // Who can put another file there can put another log or socket there.
                try FileRights.checkFoldersAbove(path)
            } catch {
                throw Failure(.unavailable, "\(setting) (\(path)): \(error.message).")
            }
        }
        do throws(ProjectionError) {
            try StatementBook.checkIsOwn(statements)
        } catch {
            throw Failure(.unavailable, "statements: \(error.message)")
        }
    }

    private static func add(
        _ setting: String, _ path: String, to named: inout [String: String]
    ) throws {
        if let other = named[path] {
            throw Failure(
                .unavailable, "\(other) and \(setting) name the same file, \(path). Correct one.")
        }
        named[path] = setting
    }

    private static func listen(_ values: SettingValues) throws -> NodeAddress? {
        guard let text = values.text("listen") else { return nil }
        guard let address = NodeAddress(listen: text) else {
            throw values.refusal("listen", text, "use a host and a port, as 127.0.0.1:8080")
        }
        return address
    }

    private static func serverLimits(_ values: SettingValues) throws -> ServerLimits {
        var limits = ServerLimits()
        limits.connectionsMax = try values.count("http.connectionsMax")
        limits.tokenlessConnectionsMax = try values.count("http.tokenlessConnectionsMax")
        limits.tokenlessRequestsMax = try values.count("http.tokenlessRequestsMax")
        limits.tokenlessTimeout = try values.milliseconds("http.tokenlessMilliseconds")
        limits.headTimeout = try values.milliseconds("http.headMilliseconds")
        limits.bodyTimeout = try values.milliseconds("http.bodyMilliseconds")
        limits.idleTimeout = try values.milliseconds("http.idleMilliseconds")
        return limits
    }

    private static func limits(_ values: SettingValues) throws -> Limits {
        var limits = Limits()
        limits.openSagasMax = try values.count("limits.openSagasMax")
        limits.openPerPeerMax = try values.count("limits.openPerPeerMax")
        limits.quarantineMax = try values.count("limits.quarantineMax")
        limits.retryFirst = try values.milliseconds("retry.firstMilliseconds")
        limits.retryMax = try values.milliseconds("retry.maxMilliseconds")
        return limits
    }

    private static func settings(_ values: SettingValues) throws -> NodeSettings {
        var settings = NodeSettings()
        settings.commitsInFlight = try values.count("commits.inFlight")
        settings.inputsPerCommitMax = try values.count("commits.inputsMax")
        settings.inputsWaitingMax = try values.count("limits.inputsWaitingMax")
        settings.snapshotEvery = try values.count("snapshot.everyEntries")
        settings.heartbeat = try values.milliseconds("standby.heartbeatMilliseconds")
        settings.heartbeatTimeout = try values.milliseconds("standby.timeoutMilliseconds")
        return settings
    }
}
