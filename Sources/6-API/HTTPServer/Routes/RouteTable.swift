package import Hummingbird
package import Wire

/// All routes of one node's API, whatever its kind is, and what every request passes through before
/// it reaches one.
package struct RouteTable: Sendable {
    package let routes: [APIRoute]
    private let metrics: NodeMetrics
    private let access: Access

    /// - Parameter served: The node that is asked; its metrics count the requests.
    package init<P: WireParticipant>(
        _ served: ServedNode<P>, _ access: Access, _ routes: [APIRoute]
    ) {
        self.routes = routes
        self.access = access
        metrics = served.metrics
    }

    /// Where no token is asked for.
    var openPaths: Set<String> { Set(routes.filter { $0.role == nil }.map(\.path)) }

    /// Where a body may come in for as long as its client likes.
    var streamingPaths: Set<String> { Set(routes.filter(\.isStreaming).map(\.path)) }

    /// The router, with an answer for every method and path there is.
    package func router() -> Router<NodeContext> {
        let router = Router(context: NodeContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: MetricsMiddleware(metrics: metrics))
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
