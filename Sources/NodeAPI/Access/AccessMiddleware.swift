import Hummingbird

/// Who is let in.
enum Access: Sendable {
    /// Everybody who can connect may do everything: a socket whose file says who that is.
    case everybody
    /// Whoever shows a token, as its role allows.
    case tokens(TokenRegister)
}

/// Finds out who sent a request before any route sees it.
///
/// What is asked of everybody alike, whether the process answers and is ready, needs no token.
struct AccessMiddleware: RouterMiddleware {
    let access: Access
    let openPaths: Set<String>

    func handle(
        _ request: Request, context: NodeContext,
        next: (Request, NodeContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        switch access {
        case .everybody:
            context.role = .operator
        case .tokens where openPaths.contains(request.uri.path):
            break
        case .tokens(let register):
            guard let token = request.bearerToken, let entry = register.entry(showing: token)
            else { return .unauthorized(hasToken: request.bearerToken != nil) }
            context.role = entry.role
        }
        return try await next(request, context)
    }
}

extension NodeContext {
    /// - Throws: ``Problem/forbidden(_:)`` — the sender's token has a lesser role.
    func require(_ wanted: Role?) throws(Problem) {
        guard let wanted else { return }
        guard let role, role >= wanted else { throw .forbidden(wanted) }
    }
}

extension Request {
    /// RFC 6750, section 2.1; the scheme's name in any case.
    fileprivate var bearerToken: Substring? {
        guard let header = headers[.authorization] else { return nil }
        let words = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return words[1]
    }
}

extension Response {
    /// RFC 6750, section 3: what scheme is wanted, and an error only where there was a token.
    fileprivate static func unauthorized(hasToken: Bool) -> Response {
        var response = Response.problem(.unauthorized)
        response.headers[.wwwAuthenticate] =
            hasToken ? #"Bearer realm="giro", error="invalid_token""# : #"Bearer realm="giro""#
        return response
    }
}
