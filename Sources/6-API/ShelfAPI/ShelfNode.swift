public import AccessControl
package import HTTPServer
public import Node
public import ServiceLifecycle
public import Stock
public import StockWire
import Wire

/// A shop's node together with what its API has to see of it.
public struct ShelfNode: Sendable {
    let served: ServedNode<Stock>

    /// - Parameters:
    ///   - parts: The node is made of these, and its commits are watched on the way.
    ///   - tokens: Those that a server of this shop asks for, if one does.
    public init(_ parts: Node<Stock>.Parts, tokens: TokenRegister? = nil) {
        served = ServedNode(parts, tokens: tokens)
    }

    /// The node itself; ``services`` run it.
    public var node: Node<Stock> { served.node }

    /// What to run; to be shut down after the servers.
    public var services: [any Service] { [node] }
}

extension ShelfNode: AnsweringNode {
    package func routes(for access: Access) -> RouteTable {
        ShelfRouter(self, access).table
    }
}
