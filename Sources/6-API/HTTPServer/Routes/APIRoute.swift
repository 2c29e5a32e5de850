public import APIModels
package import AccessControl
package import Hummingbird

/// A method on a path, what is needed for it, and what answers it.
package struct APIRoute: Sendable {
    package typealias Handler = @Sendable (Request, NodeContext) async throws -> Response

    package let method: HTTPRequest.Method
    package let path: String
    /// `nil`: no token is needed.
    package let role: Role?
    /// Whether its body may come in for as long as its client likes.
    let isStreaming: Bool
    let handler: Handler

    package init(
        _ method: HTTPRequest.Method, _ path: String, _ role: Role?, isStreaming: Bool = false,
        _ handler: @escaping Handler
    ) {
        (self.method, self.path, self.role) = (method, path, role)
        (self.isStreaming, self.handler) = (isStreaming, handler)
    }
}
