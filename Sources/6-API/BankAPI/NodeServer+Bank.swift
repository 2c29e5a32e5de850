public import APIModels
public import AccessControl
public import HTTPServer
public import Logging

extension NodeServer {
    /// - Parameters:
    ///   - bank: The node that answers.
    ///   - address: A TCP address or a Unix socket to listen on.
    ///   - tokens: The clients that are authorised. Without them a Unix socket serves anyone who
    ///     may open its file; TCP is refused.
    ///   - limits: The bounds of requests and connections.
    ///   - logger: Receives what the server reports.
    ///   - onReady: Called once the address can be reached, with the port of a TCP address: the
    ///     one that the system chose, where 0 was asked for.
    public init(
        _ bank: BankNode, at address: NodeAddress, tokens: TokenRegister? = nil,
        limits: ServerLimits = .init(), logger: Logger,
        onReady: @escaping @Sendable (_ port: Int?) async -> Void = { _ in }
    ) {
        self.init(
            serving: bank, at: address, tokens: tokens, limits: limits, logger: logger,
            onReady: onReady)
    }
}
