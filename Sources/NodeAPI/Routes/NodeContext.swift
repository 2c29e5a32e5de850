public import Hummingbird
import Logging

/// What a request carries through the router: who sent it, beside what every request has.
public struct NodeContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// What the sender may do; `nil` until the token was looked at.
    var role: Role?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
