import APIModels
import AccessControl
import HTTPServer
import NodeClient
import Synchronization
import TestKit
import Testing

/// Connections that have shown no valid token get little time, few requests and a part of the room.
struct TokenlessTests {
    private static func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
        var limits = ServerLimits()
        change(&limits)
        return limits
    }

    @Test("Without a token a connection ends after its time, however busy it keeps itself")
    func time() async throws {
        let limits = Self.limits {
            $0.tokenlessTimeout = .milliseconds(300)
            $0.tokenlessRequestsMax = 1_000_000
        }
        try await TCPBank.serving(limits: limits) { bank in
            for path in ["/healthz", "/v1/books"] {
                let request = bank.request("GET", path, nil, closing: false)
                let text = try await bank.converse { connection in
                    try await connection.send(request)
                    try await connection.text { $0.hasPrefix("HTTP/1.1 ") }
                    // One request after the other, until the server has had enough.
                    while await !connection.isOver { try? await connection.send(request) }
                    return try await connection.ending()
                }
                #expect(text.hasPrefix("HTTP/1.1 \(path == "/healthz" ? 200 : 401)"))
            }
            // Half a head, and a body that comes in drop by drop behind a 401.
            _ = try await bank.exchange(["GET /healthz HTTP/1.1\r\nHost: b\r\nX: "])
            _ = try await bank.exchange([
                bank.request(
                    "POST", "/v1/transfers/batch", nil, body: String(repeating: "x", count: 99),
                    type: MediaType.lines, closing: false
                ).dropLast(1).description
            ])
            // With a token it stays.
            try await bank.converse { connection in
                try await connection.send(
                    bank.request("GET", "/healthz", .reader, closing: false))
                try await connection.text { $0.hasPrefix("HTTP/1.1 200") }
                try await Task.sleep(for: .milliseconds(900))
                #expect(await !connection.isOver)
            }
        }
    }

    @Test("Without a token a connection makes few requests; the last answer says so")
    func requests() async throws {
        let limits = Self.limits { $0.tokenlessRequestsMax = 3 }
        try await TCPBank.serving(limits: limits) { bank in
            for (path, role) in [("/healthz", nil), ("/v1/books", nil)] as [(String, Role?)] {
                let one = bank.request("GET", path, role, closing: false)
                let text = try await bank.exchange([String(repeating: one, count: 9)])
                #expect(text.matches(of: #/HTTP/1.1 /#).count == 3)
                #expect(text.matches(of: #/(?i)connection: close/#).count == 1)
            }
            // A valid token lifts the limit, one that is not valid brings it back.
            let known = bank.request("GET", "/v1/books", .reader, closing: false)
            let unknown = known.replacing("giro_", with: "giro_x")
            let text = try await bank.converse { connection in
                try await connection.send(String(repeating: known, count: 9) + unknown)
                try await connection.text { $0.contains("HTTP/1.1 401") }
                try? await connection.send(String(repeating: unknown, count: 9))
                return try await connection.ending()
            }
            let answers = text.matches(of: #/HTTP/1.1 (\d+)/#).map { $0.1 }
            #expect(answers == Array(repeating: "200", count: 9) + ["401", "401", "401", "401"])
        }
    }

    @Test("However many come without a token, clients that have one are served; one line tells")
    func reserve() async throws {
        let log = RecordedLog()
        let limits = Self.limits {
            $0.connectionsMax = 20
            $0.tokenlessConnectionsMax = 8
            $0.tokenlessTimeout = .seconds(60)
        }
        try await TCPBank.serving(limits: limits, logger: log.logger) { bank in
            try await bank.converse { connection in
                try await connection.send(bank.request("GET", "/healthz", .reader, closing: false))
                try await connection.text { $0.hasPrefix("HTTP/1.1 200") }
                let ended = Count()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            _ = try? await bank.exchange([""], within: .seconds(60))
                            ended.add()
                        }
                    }
                    // All have come; as many as there is room for are left.
                    try await eventually { ended.value == 92 ? true : nil }
                    for _ in 0..<20 {
                        #expect(try await bank.ask("GET", "/v1/books", .reader).status == 200)
                    }
                    // Who was there before and has a token is not closed.
                    #expect(await !connection.isOver)
                    group.cancelAll()
                }
            }
        }
        #expect(log.lines.count { $0.hasPrefix("warning too many") } == 1)
    }

    @Test("A socket that asks for no token has none of these limits")
    func socket() async throws {
        let limits = Self.limits {
            $0.tokenlessRequestsMax = 1
            $0.tokenlessTimeout = .milliseconds(1)
        }
        try await Banks.running(["bank-a"]) { banks in
            let path = "/tmp/giro-\(String.fresh().prefix(13)).sock"
            let address = NodeAddress.unixSocket(path: path)
            try await banks.serve(at: address, limits: limits) { _ in
                let client = NodeClient(address)
                for _ in 0..<5 { _ = try await client.books() }
            }
        }
    }
}

/// A count of tasks that have ended.
private final class Count: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}
