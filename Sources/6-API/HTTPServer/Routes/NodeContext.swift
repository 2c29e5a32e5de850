public import APIModels
import AccessControl
public import Hummingbird
import Logging
import NIOCore

/// What a request carries through the router: who sent it, beside what every request has.
public struct NodeContext: RequestContext {
    /// The router's own part of the context.
    public var coreContext: CoreRequestContextStorage
    /// `nil` until the token was looked at, and where none is needed.
    var sender: Sender?
    /// The least role that may send this request.
    var needed: Role?

    /// The connection.
    let channel: any Channel

    /// Starts a request's context: no sender is known yet, and no role is needed.
    public init(source: ApplicationRequestContextSource) {
        channel = source.channel
        coreContext = .init(source: source)
    }
}
