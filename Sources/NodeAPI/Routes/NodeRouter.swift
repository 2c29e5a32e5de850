public import Hummingbird
import Logging

/// The API's routes, on whatever address they are served.
public struct NodeRouter: Sendable {
    typealias Context = BasicRequestContext
    typealias Handler = @Sendable (Request, Context) async throws -> Response

    let bank: BankNode

    public init(_ bank: BankNode) {
        self.bank = bank
    }

    private var routes: [(method: HTTPRequest.Method, path: String, handler: Handler)] {
        [
            (.get, "/healthz", health),
            (.get, "/v1/node", node),
            (.get, "/v1/books", books),
            (.get, "/v1/accounts", accounts),
            (.post, "/v1/accounts", openAccount),
            (.get, "/v1/accounts/{account}", account),
            (.post, "/v1/accounts/{account}/freeze", freeze),
            (.post, "/v1/accounts/{account}/unfreeze", unfreeze),
            (.post, "/v1/accounts/{account}/close", close),
            (.post, "/v1/deposits", deposit),
            (.post, "/v1/withdrawals", withdraw),
            (.put, "/v1/peers/{peer}/limits/{currency}", limitExposure),
            (.post, "/v1/settlements", settle),
            (.post, "/v1/transfers", beginTransfer),
            (.post, "/v1/transfers/batch", beginTransfers),
            (.post, "/v1/transfers/states", transferStates),
            (.get, "/v1/transfers/{id}", transfer),
            (.delete, "/v1/transfers/{id}", abandonTransfer),
        ]
    }

    /// The router, with an answer for every method and path there is.
    public func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        for (path, routes) in Dictionary(grouping: routes, by: \.path) {
            for route in routes {
                router.on(RouterPath(path), method: route.method, use: route.handler)
            }
            let allowed = routes.map(\.method.rawValue).sorted().joined(separator: ", ")
            for method in Self.methods where !routes.contains(where: { $0.method == method }) {
                router.on(RouterPath(path), method: method) { _, _ in
                    var response = Response.problem(.methodNotAllowed)
                    response.headers[.allow] = allowed
                    return response
                }
            }
        }
        return router
    }

    /// HEAD is not among them: the router answers it wherever there is a GET.
    private static let methods: [HTTPRequest.Method] = [
        .get, .post, .put, .patch, .delete, .options,
    ]
}
