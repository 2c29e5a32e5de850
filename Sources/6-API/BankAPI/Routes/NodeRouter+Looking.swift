import APIModels
import Chain
import Engine
import HTTPServer
import Hummingbird
import Ledger
import LedgerWire
import NIOCore
import Node
import Saga
import StrictJSON
import Wire

// Routes that change nothing.
extension NodeRouter {
    /// What this API is, for programs.
    @Sendable func description(_: Request, _: Context) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml"],
            body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
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
