/// How much and how long anybody who can connect may occupy a node's server.
public struct ServerLimits: Hashable, Sendable {
    /// Connections at once; more wait in the system's queue until one ends.
    public var connectionsMax = 1_000
    /// Of these, connections that have shown no valid token: never more than half, so that the
    /// rest is kept for clients that may use the bank. Beyond it the oldest is closed.
    public var tokenlessConnectionsMax = 500
    /// How many requests such a connection may make, those answered 401 and those about health.
    public var tokenlessRequestsMax = 10
    /// How long such a connection may last.
    public var tokenlessTimeout = Duration.seconds(5)
    /// How long a new connection may take to send its first request's head.
    public var headTimeout = Duration.seconds(10)
    /// The time that a request's body may take; for a batch, the time that it may stall.
    public var bodyTimeout = Duration.seconds(30)
    /// How long a connection may wait for its next request.
    public var idleTimeout = Duration.seconds(60)
    /// How long an answer may take to begin: more than `RequestLimits.waitMax`. Later the client
    /// receives 503: the outcome is not known.
    public var answerTimeout = Duration.seconds(75)
    /// How long a client may leave an answer unread.
    public var stallTimeout = Duration.seconds(60)
    /// All header fields of a request together.
    public var headBytesMax = 16 * 1024
    /// Of a body that the answer did not need, as much is read so that the connection can serve
    /// the next request; beyond it the connection is closed.
    public var unwantedBytesMax = 64 * 1024

    var tokenlessPlaces: Int { max(1, min(tokenlessConnectionsMax, connectionsMax / 2)) }

    /// Starts from the defaults; every limit can be set.
    public init() {}
}
