import APIModels
import AccessControl
import BankAPI
import Foundation
import HTTPServer
import NodeClient
import Testing

/// Who may do what over TCP.
struct AccessTests {
    struct Row: Sendable {
        let method: String
        let path: String
        /// `nil`: no token is needed.
        let role: Role?
        var body: String?
        var type = MediaType.json
        /// What the answer is for those who may.
        var status = 200
    }

    static let rows: [Row] = [
        Row(method: "GET", path: "/healthz", role: nil),
        Row(method: "GET", path: "/readyz", role: nil),
        Row(method: "GET", path: "/metrics", role: .reader),
        Row(method: "GET", path: "/openapi.yaml", role: .reader),
        Row(method: "GET", path: "/v1/node", role: .reader),
        Row(method: "GET", path: "/v1/books", role: .reader),
        Row(method: "GET", path: "/v1/accounts", role: .reader),
        Row(method: "HEAD", path: "/v1/accounts", role: .reader),
        Row(method: "GET", path: "/v1/accounts/\(Banks.alice)/statement", role: .reader),
        Row(method: "POST", path: "/v1/accounts", role: .operator, body: "{}", status: 400),
        Row(method: "GET", path: "/v1/accounts/\(Banks.alice)", role: .reader),
        Row(
            method: "POST", path: "/v1/accounts/x/freeze", role: .operator, body: "{}",
            status: 400),
        Row(
            method: "POST", path: "/v1/accounts/x/unfreeze", role: .operator, body: "{}",
            status: 400),
        Row(method: "POST", path: "/v1/accounts/x/close", role: .operator, body: "{}", status: 400),
        Row(method: "POST", path: "/v1/deposits", role: .operator, body: Body.cash(5)),
        Row(method: "POST", path: "/v1/withdrawals", role: .operator, body: Body.cash(5)),
        Row(method: "PUT", path: "/v1/peers/b/limits/x", role: .operator, body: "{}", status: 400),
        Row(method: "PUT", path: "/v1/peers/b/intake", role: .operator, body: "{}", status: 400),
        Row(method: "POST", path: "/v1/settlements", role: .operator, body: "{}", status: 400),
        Row(
            method: "POST", path: "/v1/transfers", role: .submitter,
            body: Body.transfer(1, to: Banks.anna)),
        Row(
            method: "POST", path: "/v1/transfers/batch", role: .submitter, body: "{}\n",
            type: MediaType.lines),
        Row(
            method: "POST", path: "/v1/transfers/states", role: .reader, body: "",
            type: MediaType.lines),
        Row(
            method: "GET", path: "/v1/transfers/\(RouteTests.unknown)", role: .reader, status: 404),
        Row(
            method: "DELETE", path: "/v1/transfers/\(RouteTests.unknown)", role: .submitter,
            status: 404),
        Row(method: "GET", path: "/v1/nothing", role: .reader, status: 404),
        Row(method: "PATCH", path: "/v1/deposits", role: .reader, body: "{}", status: 405),
    ]

    @Test("Every route asks every sender for the role that the table names")
    func roles() async throws {
        try await TCPBank.serving { bank in
            for row in Self.rows {
                for role in [nil, .reader, .submitter, .operator] as [Role?] {
                    let answer = try await bank.ask(
                        row.method, row.path, role, body: row.body, type: row.type)
                    let place = "\(row.method) \(row.path) as \(role?.rawValue ?? "nobody")"
                    switch (row.role, role) {
                    case (.some, nil):
                        #expect(answer.status == 401, "\(place)")
                        #expect(answer.header("www-authenticate")?.hasPrefix("Bearer") == true)
                        if row.method != "HEAD" { #expect(answer.code == "unauthorized") }
                    case (let wanted?, let role?) where role < wanted:
                        #expect(answer.status == 403, "\(place)")
                        #expect(answer.code == "forbidden")
                        #expect(answer.body.contains(wanted.rawValue))
                    default:
                        #expect(answer.status == row.status, "\(place): \(answer.body)")
                    }
                }
            }
        }
    }

    @Test(
        "What is no known token is no token",
        arguments: [
            "Bearer", "Bearer ", "Bearer x", "Basic Zm9vOmJhcg==", "bearer giro_", "Bearer  x y",
            "Bearer " + String(repeating: "x", count: 8_000), "x",
        ])
    func wrongTokens(_ header: String) async throws {
        try await TCPBank.serving { bank in
            let text = "GET /v1/node HTTP/1.1\r\nHost: b\r\nAuthorization: \(header)\r\n"
            let answer = TCPBank.Answer(
                try await bank.exchange([text + "Connection: close\r\n\r\n"]))
            #expect(answer.status == 401)
            #expect(answer.code == "unauthorized")
        }
    }

    @Test("Without a token file nothing is served on TCP")
    func noTokens() async throws {
        try await Banks.running(["bank-a"]) { banks in
            let server = NodeServer(
                try banks.bank("bank-a"), at: .tcp(host: "127.0.0.1", port: 0), logger: .quiet)
            let error = await #expect(throws: NodeServerError.self) { try await server.run() }
            #expect(error?.code == .noTokens)
        }
    }

    @Test("A socket requires tokens where it is configured to")
    func socket() async throws {
        let (file, tokens) = try TCPBank.tokenFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let register = try TokenRegister(path: file, logger: .quiet)
        try await Banks.running(["bank-a"]) { banks in
            let address = NodeAddress.unixSocket(path: "\(file).socket")
            try await banks.serve(at: address, tokens: register) { _ in
                let error = await #expect(throws: NodeClientError.self) {
                    try await NodeClient(address).books()
                }
                #expect(error?.problem?.code == "unauthorized")
                #expect(error?.isRetryable == false)
                _ = try await NodeClient(address, token: tokens[.reader]).books()
            }
        }
    }

    @Test("A token that is added or removed while the node runs counts at once")
    func changes() async throws {
        let (file, tokens) = try TCPBank.tokenFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let register = try TokenRegister(path: file, lookingEvery: .zero, logger: .quiet)
        try await Banks.running(["bank-a"]) { banks in
            let address = NodeAddress.tcp(host: "127.0.0.1", port: 0)
            try await banks.serve(at: address, tokens: register) { port in
                let client = NodeClient(
                    .tcp(host: "127.0.0.1", port: port), token: tokens[.reader])
                _ = try await client.books()
                // A broken file changes nothing, a good one without the token does.
                try TCPBank.write("reader reader\n", to: file)
                _ = try await client.books()
                try TCPBank.write("# nobody\n", to: file)
                let error = await #expect(throws: NodeClientError.self) {
                    try await client.books()
                }
                #expect(error?.problem?.code == "unauthorized")
            }
        }
    }

    @Test(
        "A token file that cannot be used is refused, and why",
        arguments: [
            ("a reader\n", 0o600, TokenFileError.Code.malformed),
            ("a king \(String(repeating: "0", count: 64))\n", 0o600, .malformed),
            ("a reader 00\n", 0o600, .malformed),
            ("a/b reader \(String(repeating: "0", count: 64))\n", 0o600, .malformed),
            ("# nobody\r\na reader \(String(repeating: "0", count: 64))\r\nb", 0o600, .malformed),
            ("# nobody\0\n", 0o600, .malformed),
            ("# nobody\n\n", 0o644, .tooOpen), ("# nobody\n", 0o620, .tooOpen),
        ])
    func files(_ text: String, _ mode: Int, _ code: TokenFileError.Code) throws {
        let path = "/tmp/giro-tokens-\(String.fresh().prefix(13))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try TCPBank.write(text, to: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let error = #expect(throws: TokenFileError.self) { try TokenFile.read(path) }
        #expect(error?.code == code)
        let missing = #expect(throws: TokenFileError.self) { try TokenFile.read(path + "x") }
        #expect(missing?.code == .missing)
    }

    @Test(
        "A token file is the same with any ends of lines and a byte order mark",
        arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func lineEnds(_ end: String, _ mark: String) throws {
        let lines = ["# name, role, hash", "web reader " + Self.hash("1"), "", " # ops",
            "ops\toperator \(Self.hash("2")) ", ""]
        let file = try TokenFile(Array((mark + lines.joined(separator: end)).utf8))
        #expect(file.entries.map(\.name) == ["web", "ops"])
        #expect(try TokenFile(Array(file.text.utf8)) == file)
    }

    private static func hash(_ digit: String) -> String { String(repeating: digit, count: 64) }
}
