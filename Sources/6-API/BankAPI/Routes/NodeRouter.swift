public import APIModels
import AccessControl
public import HTTPServer
public import Hummingbird

/// The API's routes, on whatever address they are served.
public struct NodeRouter: Sendable {
    typealias Context = NodeContext

    let bank: BankNode
    let access: Access

    /// Lets everybody do everything: for callers in this process, which are its user in the log.
    public init(_ bank: BankNode) {
        self.init(bank, access: .everybody(SocketUsers(takesOwnProcess: true)))
    }

    init(_ bank: BankNode, access: Access) {
        self.bank = bank
        self.access = access
    }

    /// The bank's routes and those that every node has.
    var routes: [APIRoute] {
        SharedRoutes(bank.served, access, look: bank.look, holds: bank.holds).routes
            + own + OperationKind.allCases.map(operation)
    }

    private var own: [APIRoute] {
        [
            APIRoute(.get, "/openapi.yaml", .reader, description),
            APIRoute(.get, "/v1/books", .reader, books),
            APIRoute(.get, "/v1/accounts", .reader, accounts),
            APIRoute(.get, "/v1/accounts/{account}", .reader, account),
            APIRoute(.get, "/v1/accounts/{account}/statement", .reader, statement),
            APIRoute(.post, "/v1/transfers", .submitter, beginTransfer),
            APIRoute(
                .post, "/v1/transfers/batch", .submitter, isStreaming: true, beginTransfers),
            APIRoute(.post, "/v1/transfers/states", .reader, transferStates),
            APIRoute(.get, "/v1/transfers/{id}", .reader, transfer),
            APIRoute(.delete, "/v1/transfers/{id}", .submitter, abandonTransfer),
        ]
    }

    var table: RouteTable { RouteTable(bank.served, access, routes) }

    /// The router, with an answer for every method and path there is.
    public func router() -> Router<NodeContext> { table.router() }
}
