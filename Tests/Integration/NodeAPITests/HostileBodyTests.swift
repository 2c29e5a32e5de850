import APIModels
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// A node answers hostile bodies with a problem, keeps running, and records nothing.
struct HostileBodyTests {
    static let bodies: [[UInt8]] = {
        let good = Array(Body.transfer(1, id: TransferRequestTests.id).utf8)
        var bodies: [[UInt8]] = [
            [], [0], [0xFF, 0xFE], Array(repeating: 0, count: 1_000),
            Array(String(repeating: "[", count: 16_000).utf8), Array("\u{FEFF}{}".utf8),
            Array("{\"id\":\"\(TransferRequestTests.id)\"".utf8), Array("[]".utf8),
            Array("\"\\ud800\"".utf8), Array("{\"\":\"\"}".utf8), Array("1e400".utf8),
            Array("-9223372036854775809".utf8), Array(String(repeating: "9", count: 5_000).utf8),
        ]
        // Every prefix, and every byte turned over: what breaks a string, a number, a name.
        bodies += (1..<good.count).map { Array(good[..<$0]) }
        bodies += good.indices.map { index in
            var body = good
            body[index] ^= 0x80
            return body
        }
        return bodies
    }()

    @Test("No body stops the node, and none of these means anything")
    func bodies() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let paths = [
                    "/v1/transfers", "/v1/accounts", "/v1/deposits", "/v1/withdrawals",
                    "/v1/settlements", "/v1/accounts/\(Banks.alice)/freeze",
                ]
                for body in Self.bodies {
                    for path in paths {
                        let seen = try await client.send(body, to: path, MediaType.json)
                        #expect(seen.status == 400, "\(path): \(seen.text)")
                        #expect(seen.string("code") == "invalid")
                    }
                    let seen = try await client.send(
                        body, to: "/v1/transfers/batch", MediaType.lines)
                    #expect(seen.status == 200)
                    #expect(seen.lines.allSatisfy { $0["verdict"] as? String == "invalid" })
                }
                let report = try await client.ask(.get, "/v1/transfers/\(TransferRequestTests.id)")
                #expect(report.status == 404)
            }
        }
    }
}

extension TestClientProtocol {
    fileprivate func send(_ body: [UInt8], to path: String, _ type: String) async throws -> Seen {
        try await execute(
            uri: path, method: .post, headers: [.contentType: type],
            body: ByteBuffer(bytes: body)
        ) { Seen($0) }
    }
}
