import Engine
import EventLog
import Hummingbird
import Ledger
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

    /// Whether the node takes commands: it has folded its log, and reads its state as any command
    /// would.
    @Sendable func readiness(_: Request, _: Context) async throws -> Response {
        let position = try await bank.read(within: Self.readinessTime) { $0.position }
        guard let position else { throw Problem.notReady }
        // Reads are answered under a clock that cannot be trusted; commands are not.
        guard bank.node.clockFault == nil else { throw NodeError(.clockNotTrusted) }
        let fault = bank.tokenFault
        if case .tokens = access, fault?.isClosed == true { throw Problem.tokensUnusable }
        return .json(
            Readiness(
                status: "ready", node: bank.name, position: position,
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
        let peers = bank.configuration.peers.sorted()
        return .json(try await bank.node.read { NodeReport($0, peers: peers) })
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

private struct Readiness: Encodable {
    let status: String
    let node: NodeName
    let position: Position
    /// Why the token file cannot be used; nothing of what is in it, or where it is.
    let tokenFault: String?
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
