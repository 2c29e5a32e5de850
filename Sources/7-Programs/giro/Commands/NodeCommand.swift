import APIModels
import AccessControl
import ArgumentParser
import Chain
import Deployment
import Engine
import EventLog
import Foundation
import HTTPServer
import Logging
import Node
import Saga
import ServiceLifecycle
import UnixSignals
import Wire

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Run one bank, or a node of another kind, until SIGTERM or SIGINT.",
        discussion: """
            Settings come from flags, then from the environment (GIRO_…), then from the bank's \
            node.yaml. Only one process may write a bank's log: a second one is refused, or waits \
            (--standby) or, where the log is a file, takes it over (--take-over): then the first \
            is fenced and stops.
            """)

    @OptionGroup var place: DirectoryOptions
    @Argument(help: "The bank.") var node: String
    @Option(help: "The message bus: a folder, or kafka://HOST:PORT,…") var bus: String?
    @Option(help: "Where the API listens.") var socket: String?
    @Option(help: "Where the API listens on TCP as well, as 127.0.0.1:8080; needs a token file.")
    var listen: String?
    @Option(help: "The token file; giro token makes it.") var tokens: String?
    @Option(
        help: "Accept clear text over a network: postgresql, kafka, listen; several with commas.")
    var insecureTransports: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel: String?
    @Flag(help: "Stand by while another process has the log, and continue where it ends.")
    var standby = false
    @Flag(help: "Take the log over from a process that still has it.") var takeOver = false

    func run() async throws {
        try await exitingOnFailure {
            let folder = try place.deployment.existingNode(node)
            try DescriptorLimit.raise(
                needed: DescriptorLimit.needed(peers: folder.peerNames().count))
            let options = try await NodeOptions(of: folder, flags: flags)
            try options.checkSocket()
            try checkDatabase(options.statements)
            logger(folder, options).notice(
                "the node starts", metadata: ["version": "\(GiroVersion.current)"])
            // In PostgreSQL the log has its own lease, and the node handles the standby; but the
            // cache of statements beside it must be used by one process only.
            let lock =
                options.log.isServed
                ? try statementsLock(folder, options) : try await lock(folder, options)
            let signals = NodeSignals(node: folder.name, logger: logger(folder, options))
            try await signals.ignoring { try await run(folder, options) }
            withExtendedLifetime(lock) {}
        }
    }

    private var flags: [String: String] {
        var flags: [String: String] = [:]
        flags["bus"] = bus
        flags["socket"] = socket
        flags["listen"] = listen
        flags["tokens"] = tokens
        flags["insecureTransports"] = insecureTransports
        flags["log.level"] = logLevel
        return flags
    }

    private func logger(_ folder: NodeFolder, _ options: NodeOptions) -> Logger {
        var logger = Logger(label: "giro.\(folder.name)")
        logger.logLevel = options.logLevel
        return logger
    }

    private func statementsLock(
        _ folder: NodeFolder, _ options: NodeOptions
    ) throws -> NodeLock {
        guard !takeOver else {
            throw Failure(
                .refused,
                "--take-over is for a log in a file. In PostgreSQL start a standby, which takes "
                    + "over when the other process has stalled or ended: "
                    + folder.command("node", "--standby"))
        }
        if let lock = try NodeLock.take(at: options.statements + ".lock") { return lock }
        throw Failure(
            .taken,
            "\(folder.name) is running already in this folder. Stop it, or start this one as its "
                + "standby, with its own socket and statements: GIRO_STATEMENTS=FILE "
                + folder.command("node", "--standby --socket PATH"))
    }

    private func lock(_ folder: NodeFolder, _ options: NodeOptions) async throws -> NodeLock {
        if let lock = try NodeLock.take(at: folder.lock) { return lock }
        guard standby || takeOver else {
            throw Failure(
                .taken,
                "\(folder.name) is running already. Stop it, or wait for its end with --standby, "
                    + "or take its log over with --take-over.")
        }
        writeError("giro: \(folder.name) is running already; waiting for its end.")
        guard takeOver else { return try await NodeLock.wait(at: folder.lock) }
        try await fence(folder, options)
        return try await lock(folder, within: Self.fencedMax)
    }

    /// A process that is alive notices within a second or two that its log is no longer its own.
    private static let fencedMax = Duration.seconds(30)

    /// Moves the log's epoch: from now on the other process cannot write, and answers no client.
    private func fence(_ folder: NodeFolder, _ options: NodeOptions) async throws {
        do {
            let (log, _) = try await options.log.open(Logger(label: "giro"))
            _ = try await log.takeOver(from: try await log.head().epoch)
            await log.close()
        } catch let error as LogError {
            throw Failure(.unavailable, "The log of \(folder.name): \(error.message)")
        }
    }

    private func lock(_ folder: NodeFolder, within time: Duration) async throws -> NodeLock {
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            if let lock = try NodeLock.take(at: folder.lock) { return lock }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(
            .taken,
            "The other process of \(folder.name) can no longer write, but has not ended. End it, "
                + "then start this one again.")
    }

    /// 1. Open the stores. 2. Run the node, and its API beside it, until told to stop. 3. Close.
    private func run(_ folder: NodeFolder, _ options: NodeOptions) async throws {
        let logger = logger(folder, options)
        for transport in options.clearTransports {
            logger.warning(
                "clear text over a network, as insecureTransports insists",
                metadata: ["transport": "\(transport)"])
        }
        do {
            try await withStores(of: folder, options, logger) { stores in
                try await start(options.kind.type, folder, stores, options, logger)
            }
        } catch let error as NodeServerError {
            throw Failure(error.code == .taken ? .taken : .unavailable, error.description)
        }
    }

    private func start<Kind: RunnableKind>(
        _ kind: Kind.Type, _ folder: NodeFolder, _ stores: Stores, _ options: NodeOptions,
        _ logger: Logger
    ) async throws {
        try await folder.withParts(of: kind, on: stores, options, logger) { parts in
            var parts = parts
            parts.settings.standsBy = standby
            let tokens = try options.tokenRegister(logger)
            try await serve(Kind.node(parts, options, tokens), tokens, options, logger)
        }
    }

    /// Then the rest is cancelled: a client that never stops sending does not keep the process.
    private static let shutdownMax = Duration.seconds(30)

    /// The API ends first, so that no client is cut off in the middle of an answer.
    private func serve(
        _ node: some AnsweringNode, _ tokens: TokenRegister?, _ options: NodeOptions,
        _ logger: Logger
    ) async throws {
        var services = node.services.map {
            ServiceGroupConfiguration.ServiceConfiguration(service: $0)
        }
        services.append(
            .init(
                service: NodeServer(
                    serving: node, at: .unixSocket(path: options.socket),
                    tokens: options.socketNeedsTokens ? tokens : nil,
                    limits: options.serverLimits, logger: logger)))
        if let listen = options.listen {
            services.append(
                .init(
                    service: NodeServer(
                        serving: node, at: listen, tokens: tokens, limits: options.serverLimits,
                        logger: logger)))
        }
        // One that fails ends the others in good order, too: cancelled, a server traps on the
        // connections that it has accepted and not yet served.
        for index in services.indices {
            services[index].failureTerminationBehavior = .gracefullyShutdownGroup
        }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownMax
        let group = ServiceGroup(configuration: configuration)
        try await NodeSignals(node: options.node, logger: logger).endingAtSecond {
            try await group.run()
        }
    }
}
