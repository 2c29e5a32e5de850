import Chain
public import Projection
public import Saga

// What a durable commit sends out besides its entries, which go to the journal: a function of the
// commit alone.
extension CommittedBatch {
    /// The messages that follow from the entries, in their order.
    public var messages: [Message] { events.compactMap { $0.message(from: commit.header.node) } }

    /// Peers' headers that the commit keeps: what is echoed to them from now on.
    public var witnessed: [(peer: NodeName, header: SignedHeader)] {
        events.compactMap { event in
            if case .witnessed(let peer, let header) = event { (peer, header) } else { nil }
        }
    }
}
