package import APIModels
package import AccessControl
import Hummingbird
package import Saga

/// The clients that are authorised.
package enum Access: Sendable {
    /// Everybody who can connect may do everything: a socket whose file says who that is.
    case everybody(SocketUsers)
    /// Clients that show a token, as its role allows.
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
        case .everybody(let users):
            context.sender = .owner(try await users.principal(behind: context.channel))
        case .tokens(let register) where openPaths.contains(request.uri.path):
            // Nothing is refused here, but a caller with a token may learn more.
            if let token = request.head.bearerToken, let entry = register.entry(showing: token) {
                context.sender = .holder(of: entry.hash, in: register)
            }
        case .tokens(let register):
            guard let token = request.head.bearerToken, let entry = register.entry(showing: token)
            else { return .unauthorized(hasToken: request.head.bearerToken != nil) }
            context.sender = .holder(of: entry.hash, in: register)
        }
        return try await next(request, context)
    }
}

/// Who sent a request.
enum Sender: Sendable {
    /// May open a socket that asks for no token.
    case owner(Principal)
    /// Showed a token, which may be removed or changed while the request is served.
    case holder(of: Hash, in: TokenRegister)

    /// What the sender may do now; `nil` where the token is no longer valid.
    var role: Role? { standing?.role }

    /// What the sender may do now, and who that is in the log, as of one moment.
    var standing: (role: Role, principal: Principal)? {
        switch self {
        case .owner(let principal): (role: Role.operator, principal: principal)
        case .holder(let hash, let register):
            register.entry(of: hash).map { (role: $0.role, principal: $0.principal) }
        }
    }
}

extension NodeContext {
    /// Judges the sender, and remembers what is needed for ``checkAgain()``.
    ///
    /// - Throws: ``Problem/forbidden(_:)`` — the sender's token has a lesser role.
    mutating func require(_ wanted: Role?) throws(Problem) {
        guard let wanted else { return }
        needed = wanted
        guard let role = sender?.role, role >= wanted else { throw .forbidden(wanted) }
    }

    /// Judges the sender again, before something is done that came in after ``require(_:)``: a
    /// body takes its time, and a token may be removed meanwhile.
    ///
    /// - Throws: ``Problem/unauthorized``, ``Problem/forbidden(_:)``.
    package func checkAgain() throws(Problem) {
        guard let needed else { return }
        guard let role = sender?.role else { throw .unauthorized }
        guard role >= needed else { throw .forbidden(needed) }
    }

    /// The one who decides what this request asks for, judged again like ``checkAgain()``: the log
    /// names the role that allowed it.
    ///
    /// - Throws: ``Problem/unauthorized``, ``Problem/forbidden(_:)``.
    package func principal() throws(Problem) -> Principal {
        guard let standing = sender?.standing else { throw .unauthorized }
        if let needed, standing.role < needed { throw .forbidden(needed) }
        return standing.principal
    }
}

extension HTTPRequest {
    /// RFC 6750, section 2.1; the scheme's name in any case.
    var bearerToken: Substring? {
        guard let header = headerFields[.authorization] else { return nil }
        let words = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return words[1]
    }
}

extension Response {
    /// RFC 6750, section 3: what scheme is wanted, and an error only where there was a token.
    fileprivate static func unauthorized(hasToken: Bool) -> Response {
        var response = Response.problem(.unauthorized)
        if !hasToken { response.headers[.wwwAuthenticate] = #"Bearer realm="giro""# }
        return response
    }
}
