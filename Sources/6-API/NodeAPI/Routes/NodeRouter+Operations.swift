import Engine
import Hummingbird
import Ledger
import LedgerWire
import Node
import Saga
import Wire

// Commands outside any transfer.
extension NodeRouter {
    @Sendable func openAccount(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try await request.fields(context)
        return try await perform(context, .opening(&fields))
    }

    @Sendable func freeze(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try await request.fields(context)
        return try await perform(context, .change(&fields, .freeze(context.account)))
    }

    @Sendable func unfreeze(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try await request.fields(context)
        return try await perform(context, .change(&fields, .unfreeze(context.account)))
    }

    @Sendable func close(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try await request.fields(context)
        return try await perform(context, .change(&fields, .close(context.account)))
    }

    @Sendable func deposit(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try await request.fields(context)
        return try await perform(context, .cash(&fields) { .deposit($0, to: $1) })
    }

    @Sendable func withdraw(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try await request.fields(context)
        return try await perform(context, .cash(&fields) { .withdraw($0, from: $1) })
    }

    @Sendable func limitExposure(_ request: Request, _ context: Context) async throws -> Response {
        let peer = try NodeName(field: context.text("peer"), named: "peer")
        let currency = try Currency(field: context.text("currency"))
        var fields = try await request.fields(context)
        return try await perform(context, .limit(&fields, of: peer, in: currency))
    }

    @Sendable func settle(_ request: Request, _ context: Context) async throws -> Response {
        var fields = try await request.fields(context)
        return try await perform(context, .settlement(&fields))
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

extension Reply {
    /// The verdict that a command is answered with.
    ///
    /// - Throws: ``NodeError`` `.busy`, and ``Problem/unknownTransfer``.
    func answer() throws -> CommandAnswer.Verdict {
        switch self {
        case .verdict(let verdict): return verdict.answer
        case .busy: throw NodeError(.busy)
        case .unknownSaga: throw Problem.unknownTransfer
        case .unknownPeer: throw Problem.unknownPeer
        case .value: preconditionFailure("only a read is answered with a value")
        }
    }
}

extension Verdict {
    var answer: CommandAnswer.Verdict {
        switch self {
        case .applied: .applied
        case .duplicate(of: .applied): .duplicate(of: .applied)
        case .duplicate(of: .refused(let refusal)): .duplicate(of: .refused(refusal))
        case .refused(let refusal): .refused(refusal)
        case .conflict: .conflict
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
