import APIModels
import AccessControl
import NodeClient
import Testing

/// What HTTP asks of a server, beyond the routes (RFC 9110, RFC 9112).
struct HTTPRuleTests {
    private static func head(
        _ line: String, _ fields: [String], host: String = "Host: b\r\n"
    ) -> String {
        "\(line)\r\n\(host)" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    @Test(
        "HTTP/1.1 names its host exactly once",
        arguments: [
            ("HTTP/1.1", "", 400), ("HTTP/1.1", "Host: a\r\nHost: a\r\n", 400),
            ("HTTP/1.1", "Host: a\r\nX: y\r\nhost: b\r\n", 400),
            ("HTTP/1.1", "Host: a, b\r\n", 400), ("HTTP/1.1", "Host: me@b\r\n", 400),
            ("HTTP/1.1", "Host: b/x\r\n", 400),
            ("HTTP/1.0", "Host: a\r\nHost: b\r\n", 400),
            ("HTTP/1.1", "Host: b\r\n", 200), ("HTTP/1.1", "Host:\r\n", 200),
            ("HTTP/1.1", "Host: [::1]:8080\r\n", 200), ("HTTP/1.0", "", 200),
        ])
    func host(_ version: String, _ host: String, _ status: Int) async throws {
        try await TCPBank.serving { bank in
            let close = status == 200 ? ["Connection: close"] : []
            let text = Self.head("GET /healthz \(version)", close, host: host)
            let answer = TCPBank.Answer(try await bank.exchange([text]))
            #expect(answer.status == status)
            if status == 400 {
                #expect(answer.code == "host")
                // Also behind a request that is one, whose answer comes first.
                let first = bank.request("GET", "/healthz", closing: false)
                let both = try await bank.exchange([first + text])
                let answers = both.matches(of: #/HTTP/1.[01] (\d+)/#).map { $0.1 }
                #expect(answers == ["200", "400"])
                #expect(both.contains(#""code":"host""#))
            }
        }
    }

    @Test("A client of HTTP/1.0 is answered in it, and its connection kept where it asks for that")
    func oldVersion() async throws {
        try await TCPBank.serving { bank in
            let token = "Authorization: Bearer \(try #require(bank.tokens[.operator]))"
            let get = "GET /v1/node HTTP/1.0"
            let plain = try await bank.exchange([Self.head(get, [token], host: "")])
            #expect(plain.hasPrefix("HTTP/1.0 200"))
            #expect(TCPBank.Answer(plain).header("connection") == "close")
            let kept = try await bank.exchange([
                Self.head(get, [token, "Connection: Keep-Alive"], host: "")
                    + Self.head(get, [token], host: "")
            ])
            let heads = kept.matches(of: #/connection: ([a-z-]+)/#.ignoresCase()).map { $0.1 }
            #expect(heads == ["keep-alive", "close"], "\(kept)")
            // Without a length the answer ends with the connection, and has no chunks.
            let line = Body.transfer(1, to: Banks.anna) + "\n"
            let batch = try await bank.exchange([
                Self.head(
                    "POST /v1/transfers/batch HTTP/1.0",
                    [
                        token, "Connection: keep-alive", "Content-Type: \(MediaType.lines)",
                        "Content-Length: \(line.utf8.count)",
                    ], host: "") + line
            ])
            let answer = TCPBank.Answer(batch)
            #expect(answer.header("connection") == "close")
            #expect(answer.header("transfer-encoding") == nil)
            #expect(answer.body.hasPrefix(#"{"id""#) && answer.body.hasSuffix("}\n"), "\(batch)")
        }
    }

    @Test(
        "A client that waits for 100 Continue gets it at once, and sends the body then",
        arguments: [
            ("/v1/deposits", MediaType.json), ("/v1/transfers/batch", MediaType.lines),
            ("/v1/transfers/states", MediaType.lines),
        ])
    func expected(_ path: String, _ type: String) async throws {
        let body =
            switch path {
            case "/v1/deposits": Body.cash(5)
            case "/v1/transfers/batch": Body.transfer(1, to: Banks.anna)
            default: Body.only()
            }
        try await TCPBank.serving { bank in
            let request = bank.request("POST", path, body: body, type: type)
            let head = request.dropLast(body.count + 1) + "Expect: 100-Continue\r\n\r\n"
            let text = try await bank.converse { connection in
                try await connection.send(String(head))
                try await connection.text { $0.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n") }
                try await connection.send(body)
                return try await connection.ending()
            }
            #expect(text.contains("\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(text)")
            #expect(text.matches(of: #/HTTP/1.1/#).count == 2)
        }
    }

    struct Refused: Sendable {
        var role: Role? = .operator
        let path: String
        var fields = "Content-Type: \(MediaType.json)"
        var length = 2
        let status: Int
    }

    @Test(
        "What the head alone is refused for is said instead of 100 Continue, and ends it there",
        arguments: [
            Refused(role: nil, path: "/v1/deposits", status: 401),
            Refused(role: .reader, path: "/v1/deposits", status: 403),
            Refused(path: "/v1/nothing", status: 404), Refused(path: "/v1/books", status: 405),
            Refused(path: "/v1/deposits", length: 20_000, status: 413),
            Refused(
                path: "/v1/transfers/states", fields: "Content-Type: \(MediaType.lines)",
                length: 2_000_000, status: 413),
            Refused(path: "/v1/deposits", fields: "Content-Type: text/plain", status: 415),
            Refused(path: "/v1/transfers/batch", status: 415),
            Refused(
                path: "/v1/deposits",
                fields: "Content-Type: \(MediaType.json)\r\nContent-Encoding: gzip", status: 415),
        ])
    func refused(_ refused: Refused) async throws {
        try await TCPBank.serving { bank in
            let status = refused.status
            let head =
                bank.request("POST", refused.path, refused.role, closing: false).dropLast(1)
                + refused.fields + "\r\nContent-Length: \(refused.length)\r\n"
            let answer = TCPBank.Answer(
                try await bank.exchange([head + "Expect: 100-continue\r\n\r\n"]))
            #expect(answer.status == status)
            #expect(answer.header("connection") == "close")
        }
    }

    @Test(
        "A body that is encoded is refused as that",
        arguments: [
            ("gzip", 415), ("GZIP", 415), ("identity, br", 415), ("x-none", 415),
            ("identity", 200), ("Identity", 200), ("", 200),
        ])
    func encoded(_ encoding: String, _ status: Int) async throws {
        try await TCPBank.serving { bank in
            let request = bank.request("POST", "/v1/deposits", body: Body.cash(5))
                .replacing("Host:", with: "Content-Encoding: \(encoding)\r\nHost:")
            let answer = TCPBank.Answer(try await bank.exchange([request]))
            #expect(answer.status == status)
            guard status == 415 else { return }
            #expect(answer.code == "contentEncoding")
            #expect(answer.header("accept-encoding") == "identity")
        }
    }

    @Test("Every method that does not fit a path is answered 405 and which do")
    func methods() async throws {
        let paths = [
            ("/healthz", "GET, HEAD"), ("/readyz", "GET, HEAD"), ("/metrics", "GET, HEAD"),
            ("/openapi.yaml", "GET, HEAD"), ("/v1/node", "GET, HEAD"), ("/v1/books", "GET, HEAD"),
            ("/v1/accounts", "GET, HEAD, POST"), ("/v1/accounts/x", "GET, HEAD"),
            ("/v1/accounts/x/statement", "GET, HEAD"), ("/v1/accounts/x/freeze", "POST"),
            ("/v1/accounts/x/unfreeze", "POST"), ("/v1/accounts/x/close", "POST"),
            ("/v1/deposits", "POST"), ("/v1/withdrawals", "POST"), ("/v1/settlements", "POST"),
            ("/v1/peers/x/limits/y", "PUT"), ("/v1/peers/x/accept", "POST"),
            ("/v1/peers/x/intake", "PUT"), ("/v1/peers/x/key", "PUT"),
            ("/v1/transfers", "POST"), ("/v1/transfers/batch", "POST"),
            ("/v1/transfers/states", "POST"), ("/v1/transfers/x", "DELETE, GET, HEAD"),
        ]
        try await TCPBank.serving { bank in
            for (path, allowed) in paths {
                let fitting = allowed.split(separator: ", ").map(String.init)
                for method in [
                    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY",
                    "SEARCH", "PROPFIND", "LOCK", "PURGE",
                ] where !fitting.contains(method) {
                    let answer = try await bank.ask(method, path)
                    #expect(answer.status == 405, "\(method) \(path)")
                    #expect(answer.header("allow") == allowed)
                    #expect(answer.code == (method == "HEAD" ? nil : "methodNotAllowed"))
                    #expect(answer.body.isEmpty == (method == "HEAD"))
                }
            }
            #expect(try await bank.ask("QUERY", "/v1/nothing").status == 404)
            #expect(try await bank.ask("QUERY", "/v1/books", nil).status == 401)
            for (role, path, status) in [
                (nil, "/v1/books", 401), (.reader, "/v1/nothing", 404), (.reader, "/v1/books", 200),
            ] as [(Role?, String, Int)] {
                let answer = try await bank.ask("HEAD", path, role)
                #expect(answer.status == status && answer.body.isEmpty, "\(answer)")
                #expect(answer.header("content-length") != "0")
            }
        }
    }

    @Test("A client that goes away in the middle of its request makes no line in the log")
    func gone() async throws {
        let log = RecordedLog()
        try await TCPBank.serving(logger: log.logger) { bank in
            for (path, type) in [
                ("/v1/deposits", MediaType.json), ("/v1/transfers/batch", MediaType.lines),
                ("/v1/transfers/states", MediaType.lines),
            ] {
                let request = bank.request("POST", path, body: Body.cash(5) + "\n", type: type)
                try await bank.reset(after: String(request.dropLast(5)))
                // Half a request whose client has closed its side in good order.
                _ = try await bank.exchange([String(request.dropLast(5))], closes: true)
            }
            try await bank.expectHealthy()
        }
        #expect(log.lines.allSatisfy { $0.hasPrefix("info") }, "\(log.lines)")
    }
}
