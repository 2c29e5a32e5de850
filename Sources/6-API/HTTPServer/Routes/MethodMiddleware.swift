import Hummingbird

/// Answers 405, and which methods fit, to any other method on a path that the API has: also to
/// methods that HTTP does not define.
struct MethodMiddleware: RouterMiddleware {
    private struct Path {
        let text: String
        let segments: [Substring]
        let allowed: String

        func fits(_ asked: [Substring]) -> Bool {
            segments.count == asked.count
                && zip(segments, asked).allSatisfy { $0.first == "{" || $0 == $1 }
        }

        var namesCount: Int { segments.count { $0.first != "{" } }
    }

    /// Those that name more come first: `batch` is no transfer's id.
    private let paths: [Path]

    init(_ routes: [APIRoute]) {
        paths = Dictionary(grouping: routes, by: \.path).map { path, routes in
            var methods = Set(routes.map(\.method.rawValue))
            // Hummingbird answers HEAD wherever there is a GET.
            if methods.contains("GET") { methods.insert("HEAD") }
            return Path(
                text: path, segments: path.split(separator: "/"),
                allowed: methods.sorted().joined(separator: ", "))
        }.sorted { $0.namesCount > $1.namesCount }
    }

    func handle(
        _ request: Request, context: NodeContext,
        next: (Request, NodeContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let asked = request.uri.path.split(separator: "/")
            guard let path = paths.first(where: { $0.fits(asked) }) else { throw error }
            context.coreContext.endpointPath.value = path.text
            var response = Response.problem(.methodNotAllowed)
            response.headers[.allow] = path.allowed
            return response
        }
    }
}
