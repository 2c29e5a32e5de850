import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Serves a node's API until it is shut down: then answers what was asked and takes nothing more.
///
/// Shut it down before the node, or what it has taken in gets no answer.
public struct NodeServer: Service {
    private let router: NodeRouter
    private let address: NodeAddress
    private let logger: Logger
    private let onReady: @Sendable () async -> Void

    /// - Parameter onReady: Called once the address can be reached.
    public init(
        _ bank: BankNode, at address: NodeAddress, logger: Logger,
        onReady: @escaping @Sendable () async -> Void = {}
    ) {
        router = NodeRouter(bank)
        self.address = address
        self.logger = logger
        self.onReady = onReady
    }

    /// - Throws: ``NodeServerError`` — the address cannot be used.
    public func run() async throws {
        if case .unixSocket(let path) = address { try UnixSocket(path: path).checkIsFree() }
        let application = Application(
            router: router.router(), configuration: .init(address: bindAddress),
            onServerRunning: { channel in await self.begin(on: channel) }, logger: logger)
        try await application.run()
    }

    private var bindAddress: BindAddress {
        switch address {
        case .unixSocket(let path): .unixDomainSocket(path: path)
        case .tcp(let host, let port): .hostname(host, port: port)
        }
    }

    private func begin(on channel: any Channel) async {
        if case .unixSocket(let path) = address, !UnixSocket(path: path).closeToOthers() {
            logger.critical("the socket's permissions cannot be set; not serving on it")
            channel.close(promise: nil)
            return
        }
        await onReady()
    }
}

extension NodeServer: CustomStringConvertible {
    public var description: String { "NodeServer(\(address))" }
}

/// The address cannot be used.
public struct NodeServerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// Another process serves there.
        case taken
        /// The socket's path is longer than the system can take.
        case pathTooLong
        /// A file that is no socket is in the way.
        case notASocket
    }

    public let code: Code
    /// Says what happened and what to do.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
