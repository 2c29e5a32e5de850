import APIModels
import Foundation
import HTTPServer
import NodeClient
import Saga
import Testing

/// The server ends hostile connections in time, whatever they send, and the node keeps running.
struct HostileConnectionTests {
    static var impatient: ServerLimits {
        var limits = ServerLimits()
        limits.headTimeout = .milliseconds(300)
        limits.bodyTimeout = .milliseconds(300)
        limits.idleTimeout = .milliseconds(300)
        return limits
    }

    @Test(
        "A client that sends nothing, half a head or a body too slowly is cut off",
        arguments: [
            ("", 0), ("GET /v1/no", 0), ("GET /healthz HTTP/1.1\r\nHost: b\r\nX: ", 0),
            ("POST /v1/deposits HTTP/1.1\r\nHost: b\r\nContent-Length: 100\r\n\r\n{", 401),
        ])
    func slow(_ text: String, _ status: Int) async throws {
        try await TCPBank.serving(limits: Self.impatient) { bank in
            let answer = TCPBank.Answer(try await bank.exchange([text]))
            #expect(answer.status == status)
            try await bank.expectHealthy()
        }
    }

    @Test("A stalled body is answered 408 and cut off, also when it comes line by line")
    func slowBodies() async throws {
        try await TCPBank.serving(limits: Self.impatient) { bank in
            let whole = bank.request("POST", "/v1/deposits", body: Body.cash(5), closing: false)
            let answer = TCPBank.Answer(try await bank.exchange([String(whole.dropLast(9))]))
            #expect(answer.status == 408)
            #expect(answer.code == "tooSlow")
            let lines = bank.request(
                "POST", "/v1/transfers/batch", body: Body.transfer(1) + "\n{}",
                type: MediaType.lines, closing: false)
            let text = try await bank.exchange([String(lines.dropLast(2))])
            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.contains(#""verdict":"applied""#))
            try await bank.expectHealthy()
        }
    }

    @Test("A request is answered when its sender has closed its side")
    func halfClosed() async throws {
        try await TCPBank.serving { bank in
            let whole = bank.request("POST", "/v1/deposits", body: Body.cash(5), closing: false)
            let answer = TCPBank.Answer(try await bank.exchange([whole], closes: true))
            #expect(answer.status == 200)
            // Half a request is none.
            _ = try await bank.exchange([String(whole.dropLast(5))], closes: true)
            _ = try await bank.exchange([String(whole.prefix(20))], closes: true)
            let alice = try await bank.ask("GET", "/v1/accounts/\(Banks.alice)")
            #expect(alice.body.contains(#""available":1005"#))
            try await bank.expectHealthy()
        }
    }

    static let texts: [String] = [
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}",
        "\r\n\r\n\r\n \r\n", "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n", "GET /healthz\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /v1/deposits HTTP/1.1\r\nHost: b\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/deposits HTTP/1.1\r\nHost: b\r\nContent-Length: 99999999999999999999\r\n\r\n",
        """
        POST /v1/deposits HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r
        Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /
        """,
        "POST /v1/transfers HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET http://[::1 HTTP/1.1\r\nHost: b\r\n\r\n", "GET /%zz%00%ff HTTP/1.1\r\nHost: b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost : b\r\n\r\n", "GET /healthz HTTP/1.1\r\n: b\r\n\r\n",
        "\u{e9}\u{e9} / HTTP/1.1\r\nHost: b\r\n\r\n", "CONNECT b:80 HTTP/1.1\r\nHost: b\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: b\r\n\r\n",
    ]

    @Test("Bytes that are no request are answered with an error or cut off", arguments: texts)
    func garbage(_ text: String) async throws {
        try await TCPBank.serving(limits: Self.impatient) { bank in
            let answer = TCPBank.Answer(try await bank.exchange([text]))
            #expect(answer.status == 0 || (400..<500).contains(answer.status), "\(answer.head)")
            if answer.status == 400 { #expect(answer.code == "notHTTP") }
            // Also behind a request that is one.
            let good = bank.request("GET", "/healthz", closing: false)
            let both = try await bank.exchange([good + text])
            #expect(both.hasPrefix("HTTP/1.1 200"))
            try await bank.expectHealthy()
        }
    }

    @Test("A head that is too large is answered 431")
    func largeHead() async throws {
        try await TCPBank.serving { bank in
            let field = "X-Filler: " + String(repeating: "x", count: 30_000)
            let head = "GET /healthz HTTP/1.1\r\nHost: b\r\n\(field)\r\n\r\n"
            let answer = TCPBank.Answer(try await bank.exchange([head]))
            #expect(answer.status == 431)
            #expect(answer.code == "headTooLarge")
            try await bank.expectHealthy()
        }
    }

    @Test("A body of 10 MB is answered 413 and not read", arguments: [true, false])
    func largeBody(_ isAnnounced: Bool) async throws {
        try await TCPBank.serving { bank in
            let body = String(repeating: " ", count: 10 << 20)
            let head = bank.request("POST", "/v1/deposits", closing: false)
                .replacingOccurrences(
                    of: "\r\n\r\n",
                    with: "\r\nContent-Type: application/json\r\n"
                        + (isAnnounced
                            ? "Content-Length: \(body.utf8.count)"
                            : "Transfer-Encoding: chunked") + "\r\n\r\n")
            let chunk = isAnnounced ? body : "A00000\r\n\(body)\r\n0\r\n\r\n"
            let answer = TCPBank.Answer(try await bank.exchange([head, chunk]))
            #expect(answer.status == 413)
            #expect(answer.code == "bodyTooLarge")
            #expect(answer.header("connection") == "close")
            try await bank.expectHealthy()
        }
    }

    @Test("Requests one behind the other are answered in their order")
    func pipelined() async throws {
        try await TCPBank.serving { bank in
            let paths = (0..<100).map { $0.isMultiple(of: 2) ? "/healthz" : "/v1/none" }
            var text = paths.map { bank.request("GET", $0, closing: false) }.joined()
            text += bank.request("GET", "/v1/node")
            let answers = try await bank.exchange([text])
                .components(separatedBy: "HTTP/1.1 ").dropFirst().map { Int($0.prefix(3)) }
            #expect(answers == paths.map { $0 == "/healthz" ? 200 : 404 } + [200])
        }
    }

    @Test("Beyond the limit connections wait until one ends")
    func connections() async throws {
        var limits = Self.impatient
        limits.connectionsMax = 4
        try await TCPBank.serving(limits: limits) { bank in
            // No client sends a request: each is cut off after its time, and the next is accepted.
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await bank.exchange([""]) } }
                for try await text in group { #expect(text.isEmpty || text == "<reset>") }
            }
            try await bank.expectHealthy()
        }
    }
}
