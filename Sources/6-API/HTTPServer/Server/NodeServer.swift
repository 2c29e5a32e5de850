package import APIModels
package import AccessControl
import Hummingbird
import HummingbirdCore
package import Logging
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
    private let table: RouteTable
    private let address: NodeAddress
    private let tokens: TokenRegister?
    private let limits: ServerLimits
    private let logger: Logger
    private let onReady: @Sendable (_ port: Int?) async -> Void

    /// - Parameters:
    ///   - node: Answers the requests.
    ///   - address: A TCP address or a Unix socket to listen on.
    ///   - tokens: The clients that are authorised. Without them a Unix socket serves anyone who
    ///     may open its file; TCP is refused.
    ///   - limits: The bounds of requests and connections.
    ///   - logger: Receives what the server reports.
    ///   - onReady: Called once the address can be reached, with the port of a TCP address: the
    ///     one that the system chose, where 0 was asked for.
    package init(
        serving node: some AnsweringNode, at address: NodeAddress, tokens: TokenRegister? = nil,
        limits: ServerLimits = .init(), logger: Logger,
        onReady: @escaping @Sendable (_ port: Int?) async -> Void = { _ in }
    ) {
        table = node.routes(for: tokens.map { .tokens($0) } ?? .everybody(SocketUsers()))
        self.address = address
        self.tokens = tokens
        self.limits = limits
        self.logger = logger
        self.onReady = onReady
    }

    /// - Throws: ``NodeServerError`` — the address cannot be used.
    public func run() async throws {
        switch address {
        case .unixSocket(let path): try UnixSocket(path: path).checkIsFree()
        case .tcp: guard tokens != nil else { throw NodeServerError.noTokens }
        }
        let application = Application(
            router: table.router(), server: connections,
            configuration: .init(
                address: bindAddress, serverName: nil,
                availableConnectionsDelegate: ConnectionLimit(
                    most: limits.connectionsMax, logger: logger)),
            onServerRunning: { channel in await self.open(channel) }, logger: logger)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw NodeServerError(
                .taken, "Another process serves on \(address); stop it, or use another address.")
        } catch is SocketAddressError.UnknownHost {
            throw NodeServerError(
                .unusable, "\(address) cannot be listened on: no such host is known.")
        } catch let error as IOError {
            // The system's words only: NIO puts its own call before them.
            let reason = String(cString: strerror(error.errnoCode))
            throw NodeServerError(.unusable, "\(address) cannot be listened on: \(reason).")
        } catch let error as SocketAddressError {
            throw NodeServerError(.unusable, "\(address) cannot be listened on: \(error)")
        }
    }

    private var connections: HTTPServerBuilder {
        let (limits, streamingPaths) = (limits, table.streamingPaths)
        let newcomers = tokens.map { tokens in
            ConnectionGuard.Newcomers(
                connections: TokenlessConnections(most: limits.tokenlessPlaces, logger: logger),
                showsToken: { request in
                    request.bearerToken.flatMap { tokens.entry(showing: $0) } != nil
                },
                openPaths: table.openPaths)
        }
        return HTTPServerBuilder { responder in
            NodeChannel(responder: responder, headBytesMax: limits.headBytesMax) {
                ConnectionGuard(limits, newcomers: newcomers) {
                    $0.path.map(streamingPaths.contains) ?? false
                }
            }
        }
    }

    private var bindAddress: BindAddress {
        switch address {
        case .unixSocket(let path): .unixDomainSocket(path: path)
        case .tcp(let host, let port): .hostname(host, port: port)
        }
    }

    /// Closes the socket's file to other users, then says that clients can come.
    private func open(_ channel: any Channel) async {
        if case .unixSocket(let path) = address, !UnixSocket(path: path).closeToOthers() {
            logger.critical("the socket's permissions cannot be set; not serving on it")
            channel.close(promise: nil)
            return
        }
        await onReady(channel.localAddress?.port)
    }
}

extension NodeServer: CustomStringConvertible {
    /// The type and the address, for the log of the service group.
    public var description: String { "NodeServer(\(address))" }
}

/// The address cannot be used.
public struct NodeServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of obstacle, by what the operator has to do.
    public enum Code: String, Hashable, Sendable {
        /// Another process serves there.
        case taken
        /// There is no token file, so no client could be authorised over TCP.
        case noTokens
        /// The system does not let this process listen there.
        case unusable
        /// The socket's path is longer than the system can take.
        case pathTooLong
        /// A file that is no socket is in the way.
        case notASocket
    }

    /// The kind of obstacle.
    public let code: Code
    /// Says what happened and what to do.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    static let noTokens = NodeServerError(
        .noTokens,
        "Listening on TCP needs a token file, or anybody could make money; make one with: "
            + "giro token add")
}
