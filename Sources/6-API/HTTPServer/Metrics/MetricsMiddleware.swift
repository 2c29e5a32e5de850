import Hummingbird

/// Counts requests by route and status, each once its answer is known.
struct MetricsMiddleware: RouterMiddleware {
    let metrics: NodeMetrics

    func handle(
        _ request: Request, context: NodeContext,
        next: (Request, NodeContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        // The route, never the path: a path holds accounts, and there are too many of them.
        metrics.record(
            route: context.endpointPath ?? "none",
            method: Self.known.contains(request.method) ? request.method.rawValue : "other",
            status: response.status.code, took: .now - start)
        return response
    }

    private static let known: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace,
    ]
}
