public import Hummingbird
import Logging

/// The API's routes, on whatever address they are served.
public struct NodeRouter: Sendable {
    typealias Context = NodeContext
    typealias Handler = @Sendable (Request, Context) async throws -> Response

    /// A method on a path, and what is needed for it.
    struct Route {
        let method: HTTPRequest.Method
        let path: String
        /// `nil`: no token is needed.
        let role: Role?
        let handler: Handler

        init(
            _ method: HTTPRequest.Method, _ path: String, _ role: Role?,
            _ handler: @escaping Handler
        ) {
            (self.method, self.path, self.role, self.handler) = (method, path, role, handler)
        }
    }

    let bank: BankNode
    let access: Access

    /// Lets everybody do everything: for tests, and for a socket whose file says who may use it.
    public init(_ bank: BankNode) {
        self.init(bank, access: .everybody)
    }

    init(_ bank: BankNode, access: Access) {
        self.bank = bank
        self.access = access
    }

    var routes: [Route] {
        [
            Route(.get, "/healthz", nil, health),
            Route(.get, "/readyz", nil, readiness),
            Route(.get, "/metrics", .reader, metrics),
            Route(.get, "/openapi.yaml", .reader, description),
            Route(.get, "/v1/node", .reader, node),
            Route(.get, "/v1/books", .reader, books),
            Route(.get, "/v1/accounts", .reader, accounts),
            Route(.post, "/v1/accounts", .operator, openAccount),
            Route(.get, "/v1/accounts/{account}", .reader, account),
            Route(.get, "/v1/accounts/{account}/statement", .reader, statement),
            Route(.post, "/v1/accounts/{account}/freeze", .operator, freeze),
            Route(.post, "/v1/accounts/{account}/unfreeze", .operator, unfreeze),
            Route(.post, "/v1/accounts/{account}/close", .operator, close),
            Route(.post, "/v1/deposits", .operator, deposit),
            Route(.post, "/v1/withdrawals", .operator, withdraw),
            Route(.put, "/v1/peers/{peer}/limits/{currency}", .operator, limitExposure),
            Route(.post, "/v1/peers/{peer}/accept", .operator, acceptPeer),
            Route(.post, "/v1/settlements", .operator, settle),
            Route(.post, "/v1/transfers", .submitter, beginTransfer),
            Route(.post, Self.batchPath, .submitter, beginTransfers),
            Route(.post, "/v1/transfers/states", .reader, transferStates),
            Route(.get, "/v1/transfers/{id}", .reader, transfer),
            Route(.delete, "/v1/transfers/{id}", .submitter, abandonTransfer),
        ]
    }

    /// The one route whose body may come in for as long as its client likes.
    static let batchPath = "/v1/transfers/batch"

    /// Where no token is asked for.
    var openPaths: Set<String> { Set(routes.filter { $0.role == nil }.map(\.path)) }

    /// The router, with an answer for every method and path there is.
    public func router() -> Router<NodeContext> {
        let router = Router(context: NodeContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: MetricsMiddleware(metrics: bank.metrics))
        router.add(middleware: ProblemMiddleware())
        router.add(
            middleware: AccessMiddleware(access: access, openPaths: openPaths))
        router.add(middleware: MethodMiddleware(routes))
        for (path, routes) in Dictionary(grouping: routes, by: \.path) {
            for route in routes {
                router.on(RouterPath(path), method: route.method) { request, context in
                    var context = context
                    try context.require(route.role)
                    return try await route.handler(request, context)
                }
            }
        }
        return router
    }
}
