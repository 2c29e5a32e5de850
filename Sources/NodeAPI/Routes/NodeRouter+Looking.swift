import Engine
import Hummingbird
import Ledger
import NIOCore
import Node
import Wire

// Routes that change nothing.
extension NodeRouter {
    /// Whether the node takes commands: it reads its state, as any command would.
    @Sendable func health(_: Request, _: Context) async throws -> Response {
        try await bank.node.read { _ in () }
        return .json(["status": "ok"])
    }

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

    /// All accounts, one a line, sorted here and not where the node decides.
    @Sendable func accounts(_: Request, _: Context) async throws -> Response {
        let accounts = try await bank.node.read { state in
            state.participant.accounts.map { AccountReport($0.key, $0.value) }
        }.sorted { $0.account < $1.account }
        return Response(
            status: .ok, headers: [.contentType: MediaType.lines],
            body: ResponseBody { writer in
                var rest = accounts[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(Self.linesPerPiece)
                    rest = rest.dropFirst(piece.count)
                    try await writer.write(ByteBuffer(lines: piece))
                }
                try await writer.finish(nil)
            })
    }

    private static var linesPerPiece: Int { 1_000 }
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
