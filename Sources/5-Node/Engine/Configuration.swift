public import Saga

/// Who a node is, whom it knows, and how much it takes on. Not part of its state: the log does not
/// depend on it, only what is decided from now on.
public struct Configuration: Sendable {
    /// The node whose log is continued: ``Engine/init(_:state:)`` requires it to be the state's.
    public var node: NodeName
    /// The nodes that sagas may continue to, and that limits and settlements may be about.
    public var peers: Set<NodeName>
    /// The bounds of what clients and peers can make the node take on.
    public var limits: Limits

    /// Takes the parts as they are: nothing is checked.
    public init(node: NodeName, peers: Set<NodeName>, limits: Limits = Limits()) {
        self.node = node
        self.peers = peers
        self.limits = limits
    }
}

/// Every queue and wait of the engine has a bound. The defaults suit a bank's node.
public struct Limits: Hashable, Sendable {
    /// How far ahead a deadline may lie when a client sets it.
    public var deadlineMax = Duration.seconds(3_600)
    /// How much further ahead a peer's may look, because its clock is another.
    public var clockSkewMax = Duration.seconds(300)
    /// How much further ahead a client's may look: the clock may have been set back a little since
    /// the deadline was counted from the receipt.
    public var receiptSkewMax = Duration.seconds(60)
    /// Sagas with an open step. Beyond it clients are answered that the node is busy, unless what
    /// they begin ends at once.
    public var openSagasMax = 100_000
    /// Beyond so many of them a peer's new steps are refused, unless they end at once: three
    /// quarters, rounded up. The rest is for the node's own clients, whatever all peers ask for.
    public var openSagasForPeersMax: Int { openSagasMax - openSagasMax / 4 }
    /// A peer's share of the open steps: those that it asked for, and as many that wait for it.
    /// Beyond it peers' new steps are refused, and clients are answered that the node is busy; what
    /// concerns other peers is decided as ever.
    public var openPerPeerMax = 20_000
    /// Of the steps that wait for a peer, those that one client began: half of them, so that other
    /// clients still reach the peer.
    public var openPerClientMax: Int { max(1, openPerPeerMax / 2) }
    /// The same share in bytes of the contents that are kept for these steps, 64 MiB: peers choose
    /// how long a content is, up to `Content.bytesMax`. As many contents as `openPerPeerMax` fit
    /// while they have 3.3 KB on average; a transfer's has some hundred bytes.
    public var openBytesPerPeerMax = 64 << 20
    /// Of these bytes, those that one client may take of what waits for a peer: half of them.
    public var openBytesPerClientMax: Int { openBytesPerPeerMax / 2 }
    /// Pause before the outside is asked for the second time about a step; doubles from there.
    public var retryFirst = Duration.seconds(1)
    /// The longest wait between two repetitions, before a jitter of up to a quarter of it.
    public var retryMax = Duration.seconds(60)
    /// Questions repeated in one batch.
    public var retriesPerBatchMax = 1_000
    /// Records read without any effect before an entry keeps the cursor.
    public var inboxAdvanceAfter = 1_000
    /// Dead letters that are kept of each peer and cause; those after them are counted only.
    public var quarantineMax = 1_000

    /// Starts from the defaults; every limit can be set.
    public init() {}
}
