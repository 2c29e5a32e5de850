import APIModels
import Engine
import HTTPServer
import Hummingbird
import Ledger
import Node
import Saga

// Commands outside any transfer.
extension NodeRouter {
    /// The route that the kind's row describes. The path is looked at before the body is wanted.
    func operation(_ kind: OperationKind) -> APIRoute {
        let row = kind.row
        return APIRoute(.init(row.method), row.path, row.role) { request, context in
            let values = try row.valuesInPath(context.text)
            let body = try await request.fields(context)
            return try await perform(context, row.request(values, body))
        }
    }

    private func perform(
        _ context: Context, _ request: OperationRequest
    ) async throws -> Response {
        let operate = Operate<Ledger>(
            id: request.id, fingerprint: request.fingerprint, principal: try context.principal(),
            operation: request.operation)
        let verdict = try await bank.served.command { .operate(operate, $0) }
        return .answer(CommandAnswer(id: request.id, verdict))
    }
}

extension HTTPRequest.Method {
    fileprivate init(_ method: OperationRow.Method) {
        switch method {
        case .post: self = .post
        case .put: self = .put
        }
    }
}

extension Response {
    /// A command's answer, under the status that fits: 200, or 202 while a transfer is in progress.
    static func answer(_ answer: CommandAnswer) -> Response {
        switch answer.verdict {
        case .applied:
            let isFinal = answer.state?.isFinal ?? true
            return .json(answer, status: isFinal ? .ok : .accepted)
        case .duplicate: return .json(answer)
        case .refused(let refusal): return .problem(Problem(refusal))
        case .conflict: return .problem(.conflict)
        case .invalid(let invalid): return .problem(Problem(invalid))
        case .busy: return .problem(Problem(NodeError(.busy)))
        }
    }
}
