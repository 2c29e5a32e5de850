import APIModels
import Chain
import Engine
import HTTPServer
import Hummingbird
import Ledger
import Node
import Projection
import Saga
import Statements

// Routes that answer page by page, from the statements.
extension NodeRouter {
    /// An account's postings. A client that has learned of a posting finds it here.
    @Sendable func statement(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.account
        let linesMax = try request.pageSize
        let after = try request.positionAfter
        let (account, position) = try await bank.node.read {
            ($0.participant.accounts[id], $0.position)
        }
        guard let account else { throw Problem.unknownAccount }
        let book = try await bank.statements(upTo: position)
        let page = try await book.page(of: id, after: after, linesMax: linesMax)
        // They may have been rebuilt since.
        guard page.position >= position else { throw Problem.statementsBehind }
        return .json(StatementReport(of: id, in: account.currency, page))
    }

    /// All accounts. Their names come from the statements, which have them sorted; how they stand,
    /// from the node.
    @Sendable func accounts(_ request: Request, _: Context) async throws -> Response {
        let accountsMax = try request.pageSize
        let after = request.uri.queryParameters["after"].map(String.init)
        guard after.map({ AccountID($0) != nil }) ?? true else { throw InvalidRequest.page }
        let known = try await bank.node.read { $0.position }
        let book = try await bank.statements(upTo: known)
        var ids = try await book.accounts(after: after ?? "", accountsMax: accountsMax + 1)
        guard try await book.end().position >= known else { throw Problem.statementsBehind }
        let isMore = ids.count > accountsMax
        if isMore { ids.removeLast() }
        let page = ids
        let (accounts, position) = try await bank.node.read { state in
            let accounts = page.compactMap { id in
                state.participant.accounts[id].map { AccountReport(id, $0) }
            }
            return (accounts, state.position)
        }
        return .json(
            AccountsReport(
                position: position, accounts: accounts,
                next: isMore ? page.last?.description : nil))
    }
}

extension BankNode {
    /// The time that a request waits for the statements: longer than folding in progress takes.
    private static var statementTime: Duration { .seconds(10) }

    /// - Throws: ``Problem/statementsBehind``.
    fileprivate func statements(upTo position: Position) async throws(Problem) -> StatementBook {
        guard let book = await statementBook(upTo: position, within: Self.statementTime) else {
            throw .statementsBehind
        }
        return book
    }
}

extension Request {
    fileprivate var positionAfter: Position {
        get throws(InvalidRequest) {
            guard let text = uri.queryParameters["after"] else { return .start }
            guard let number = UInt64(digits: text) else { throw .page }
            return Position(number)
        }
    }
}
