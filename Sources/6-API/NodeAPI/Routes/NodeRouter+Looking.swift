import Chain
import Engine
import Hummingbird
import Ledger
import LedgerWire
import NIOCore
import Node
import Saga
import Wire

// Routes that change nothing.
extension NodeRouter {
    /// Whether the process answers: nothing is asked of the node.
    @Sendable func health(_: Request, _: Context) async throws -> Response {
        .json(["status": "ok"])
    }

    /// Whether what the node decides gets done: nothing that is wrong with it keeps it from that,
    /// and it reads its state as any command would. Everybody may ask; a caller without a token
    /// learns what is wrong, and not with whom.
    @Sendable func readiness(_: Request, _ context: Context) async throws -> Response {
        let (position, conditions) = await bank.readiness(within: Self.readinessTime)
        let reports = conditions.map { ConditionReport($0, isFull: context.sender != nil) }
        guard !conditions.contains(where: \.isBlocking) else { throw Problem.notReady(reports) }
        let fault = bank.tokenFault
        if case .tokens = access, fault?.isClosed == true { throw Problem.tokensUnusable }
        return .json(
            ReadinessReport(
                node: bank.name, position: position, conditions: reports,
                tokenFault: fault?.error.code.rawValue))
    }

    /// What this API is, for programs.
    @Sendable func description(_: Request, _: Context) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml"],
            body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
    }

    private static var readinessTime: Duration { .seconds(5) }

    @Sendable func node(_: Request, _: Context) async throws -> Response {
        .json(try await bank.report())
    }

    @Sendable func books(_: Request, _: Context) async throws -> Response {
        .json(try await bank.node.read { BooksReport($0) })
    }

    @Sendable func account(_: Request, _ context: Context) async throws -> Response {
        let id = try context.account
        let account = try await bank.node.read { $0.participant.accounts[id] }
        guard let account else { throw Problem.unknownAccount }
        return .json(AccountReport(id, account))
    }
}

extension ByteBuffer {
    /// NDJSON.
    init(lines: some Collection<some Encodable>) {
        self.init()
        for line in lines {
            writeBytes(JSONLine.bytes(of: line))
            writeInteger(JSONLine.end)
        }
    }
}
