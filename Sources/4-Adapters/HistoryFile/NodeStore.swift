import Chain
import Saga

/// The nodes of a history tree in the order of `HistoryNodes`, wherever they are kept.
///
/// One writer at a time, and readers beside it: a node that is read while its place is cut or
/// written is `nil`, the one before or the one after.
protocol NodeStore: AnyObject, Sendable {
    /// The number of whole nodes, whatever they are of.
    func nodeCount() throws(HistoryFileError) -> UInt64

    /// The node at a place; `nil` behind the end, and where it cannot be read.
    func node(at place: UInt64) -> Hash?

    /// Writes nodes from a place on, which is at the end or before it. Readers learn of them from
    /// the caller alone: where it throws, some may have been written.
    func put(_ nodes: [Hash], at place: UInt64) throws(HistoryFileError)

    /// Drops the nodes behind the first `nodeCount`.
    func cut(to nodeCount: UInt64) throws(HistoryFileError)
}

extension HistoryTree {
    /// The tree of the first `count` commits as a store has it, right or wrong; `nil` where it does
    /// not have that many, or cannot be read.
    init?(ofFirst count: UInt64, in nodes: any NodeStore) {
        var frontier: [Hash] = []
        for place in HistoryNodes.places(ofFrontierAfter: count) {
            guard let node = nodes.node(at: place) else { return nil }
            frontier.append(node)
        }
        self.init(count: count, frontier: frontier)
    }
}
