import APIModels
import AccessControl
import Chain
import Engine
import HTTPServer
import Hummingbird
import NIOCore
import Node
import Saga
import Stock
import StockWire
import Wire

/// The routes that only a shop has: stock, shelves and orders.
struct ShelfRouter: Sendable {
    private typealias Context = NodeContext

    private let shelf: ShelfNode
    private let access: Access

    init(_ shelf: ShelfNode, _ access: Access) {
        (self.shelf, self.access) = (shelf, access)
    }

    var table: RouteTable {
        RouteTable(shelf.served, access, SharedRoutes(shelf.served, access).routes + own)
    }

    private var own: [APIRoute] {
        [
            APIRoute(.get, "/openapi.yaml", .reader, description),
            APIRoute(.get, "/v1/shelves", .reader, shelves),
            APIRoute(.post, "/v1/stock", .operator, stock),
            APIRoute(.post, "/v1/orders", .submitter, beginOrder),
            APIRoute(.get, "/v1/orders/{id}", .reader, order),
            APIRoute(.delete, "/v1/orders/{id}", .submitter, abandonOrder),
        ]
    }

    /// What this API is, for programs.
    @Sendable private func description(_: Request, _: Context) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml"],
            body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
    }

    /// A page of shelves, sorted by item.
    ///
    /// - Complexity: O(shelves), inside the node: were the shelves taken out of it, its next change
    ///   would copy all of them.
    @Sendable private func shelves(_ request: Request, _: Context) async throws -> Response {
        let (size, after) = (try request.pageSize, try request.itemAfter)
        let (found, position) = try await shelf.node.read {
            ($0.participant.page(after: after, shelvesMax: size + 1), $0.position)
        }
        let page = Array(found.prefix(size))
        return .json(
            ShelvesReport(
                position: position.number, shelves: page,
                next: found.count > size ? page.last?.item : nil))
    }

    /// Puts units on a shelf.
    @Sendable private func stock(
        _ request: Request, _ context: Context
    ) async throws -> Response {
        var fields = try await request.fields(context)
        let stocking = try StockRequest(&fields)
        let operate = Operate<Stock>(
            id: stocking.id, fingerprint: stocking.fingerprint, principal: try context.principal(),
            operation: .stock(stocking.units))
        let verdict = try await shelf.served.command { .operate(operate, $0) }
        return .answer(OrderAnswer(id: stocking.id, verdict, state: nil), verdict)
    }

    /// Takes units at one or several shops: at all of them or at none.
    @Sendable private func beginOrder(
        _ request: Request, _ context: Context
    ) async throws -> Response {
        let wait = try request.wait
        var fields = try await request.fields(context)
        let order = try OrderRequest(&fields)
        let begin = try order.begin(
            at: shelf.served.name, by: context.principal(), receipt: shelf.served.clock.now())
        let verdict = try await shelf.served.command { .begin(begin, $0) }
        let state = try await state(of: order.id, verdict, wait)
        return .answer(OrderAnswer(id: order.id, verdict, state: state), verdict)
    }

    /// How an order stands that was just answered; `nil` where it is none, or not this one.
    private func state(
        of id: CommandID, _ verdict: CommandAnswer.Verdict, _ wait: Duration?
    ) async throws -> TransferState? {
        switch verdict {
        case .applied, .duplicate:
            do {
                return try await shelf.served.state(of: id, waitingUpTo: wait)
            } catch is NodeError {
                // The other codes say that nothing was recorded, and of this order something was.
                throw NodeError(.interrupted)
            }
        case .refused, .conflict, .invalid, .busy: return nil
        }
    }

    @Sendable private func order(_: Request, _ context: Context) async throws -> Response {
        let id = try context.transfer
        let state = try await shelf.served.state(of: id, waitingUpTo: nil)
        guard state != .unknown else { throw Problem.unknownTransfer }
        return .json(OrderReport(id: id, state))
    }

    /// Gives an order up before its deadline: it is put back unless it is sold by then.
    @Sendable private func abandonOrder(_: Request, _ context: Context) async throws -> Response {
        let id = try context.transfer
        let principal = try context.principal()
        _ = try await shelf.served.command { .abandon(id, by: principal, $0) }
        let state = try await shelf.served.state(of: id, waitingUpTo: nil)
        return .json(OrderReport(id: id, state), status: state.isFinal ? .ok : .accepted)
    }
}

extension Request {
    /// The item that the page before ended with; `nil` for the first page.
    fileprivate var itemAfter: String? {
        get throws(InvalidRequest) {
            guard let text = uri.queryParameters["after"] else { return nil }
            guard let units = Stock.Units(1, of: String(text)) else { throw .page }
            return units.item
        }
    }
}

extension Response {
    /// A command's answer, under the status that fits: 200, or 202 while an order is in progress.
    fileprivate static func answer(
        _ answer: OrderAnswer, _ verdict: CommandAnswer.Verdict
    ) -> Response {
        switch verdict {
        case .applied: .json(answer, status: answer.isInProgress ? .accepted : .ok)
        case .duplicate: .json(answer)
        case .refused(let refusal): .problem(Problem(refusal.reason(at: Stock.self)))
        case .conflict: .problem(.conflict)
        case .invalid(let invalid): .problem(Problem(invalid))
        case .busy: .problem(Problem(NodeError(.busy)))
        }
    }
}
