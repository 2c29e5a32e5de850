package import AccessControl
package import Logging

extension NodeOptions {
    /// Whether the API asks for tokens somewhere: over TCP, or on the socket.
    package var needsTokens: Bool { listen != nil || socketNeedsTokens }

    /// Who may use the API with a token.
    ///
    /// - Returns: `nil` where the API asks for none.
    /// - Throws: ``Failure``: the token file cannot be used.
    package func tokenRegister(_ logger: Logger) throws -> TokenRegister? {
        guard needsTokens else { return nil }
        do throws(TokenFileError) {
            return try TokenRegister(path: tokens, logger: logger)
        } catch {
            throw Failure(error)
        }
    }
}

extension Failure {
    package init(_ error: TokenFileError) {
        self.init(.unavailable, "The token file cannot be used: \(error.message).")
    }
}
