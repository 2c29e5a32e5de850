import APIModels
import Engine
import Hummingbird
import HummingbirdTesting
import Node
import Saga
import Testing

/// Every route with every status it has.
struct RouteTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: HTTPRequest.Method
        let path: String
        let body: String?
        let status: Int
        var code: String?

        init(
            _ method: HTTPRequest.Method, _ path: String, _ body: String?, _ status: Int,
            _ code: String? = nil
        ) {
            (self.method, self.path, self.body) = (method, path, body)
            (self.status, self.code) = (status, code)
        }

        var testDescription: String { "\(method) \(path) \(body ?? "") -> \(status)" }
    }

    static let nobody = "acct-nobody01@bank-a"
    /// The key of no bank here.
    static let otherKey = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
    static let unknown = "00000000-0000-7000-8000-000000000000"

    static let rows: [Row] = [
        .init(.get, "/healthz", nil, 200),
        .init(.get, "/readyz", nil, 200),
        .init(.get, "/v1/node", nil, 200),
        .init(.get, "/v1/books", nil, 200),
        .init(.get, "/v1/accounts", nil, 200),
        .init(.head, "/v1/accounts", nil, 200),
        .init(.get, "/v1/accounts?limit=1&after=\(Banks.alice)", nil, 200),
        .init(.get, "/v1/accounts?limit=0", nil, 400, "invalid"),
        .init(.get, "/v1/accounts?limit=1001", nil, 400, "invalid"),
        .init(.get, "/v1/accounts?limit=+1", nil, 400, "invalid"),
        .init(.get, "/v1/accounts?after=x", nil, 400, "invalid"),
        .init(.get, "/v1/accounts?after=", nil, 400, "invalid"),
        .init(.get, "/v1/accounts/\(Banks.alice)/statement", nil, 200),
        .init(.get, "/v1/accounts/\(Banks.alice)/statement?after=5&limit=1000", nil, 200),
        .init(.get, "/v1/accounts/\(Banks.alice)/statement?after=\(UInt64.max)", nil, 200),
        .init(.get, "/v1/accounts/\(Banks.alice)/statement?after=-1", nil, 400, "invalid"),
        .init(.get, "/v1/accounts/\(Banks.alice)/statement?limit=x", nil, 400, "invalid"),
        .init(.get, "/v1/accounts/\(nobody)/statement", nil, 404, "unknownAccount"),
        .init(.post, "/v1/accounts/\(Banks.alice)/statement", "{}", 405, "methodNotAllowed"),
        .init(.post, "/v1/accounts", Body.open(nobody), 200),
        .init(.post, "/v1/accounts", Body.open(Banks.alice), 422, "AM05"),
        .init(.post, "/v1/accounts", Body.open(Banks.bob), 422, "AC01"),
        .init(.post, "/v1/accounts", Body.open("bob"), 400, "invalid"),
        .init(.get, "/v1/accounts/\(Banks.alice)", nil, 200),
        .init(.get, "/v1/accounts/acct-alice001%40bank-a", nil, 200),
        .init(.get, "/v1/accounts/\(nobody)", nil, 404, "unknownAccount"),
        .init(.get, "/v1/accounts/bob", nil, 400, "invalid"),
        .init(.post, "/v1/accounts/\(Banks.alice)/freeze", Body.only(), 200),
        .init(.post, "/v1/accounts/\(nobody)/freeze", Body.only(), 422, "AC01"),
        .init(.post, "/v1/accounts/bob/freeze", Body.only(), 400, "invalid"),
        .init(.post, "/v1/accounts/bob/freeze", nil, 400, "invalid"),
        .init(.post, "/v1/accounts/\(Banks.alice)/unfreeze", Body.only(), 422, "AG01"),
        .init(.post, "/v1/accounts/\(Banks.anna)/close", Body.only(), 200),
        .init(.post, "/v1/accounts/\(Banks.alice)/close", Body.only(), 422, "AG01"),
        .init(.post, "/v1/deposits", Body.cash(5), 200),
        .init(.post, "/v1/deposits", Body.cash(0), 400, "invalid"),
        .init(.post, "/v1/deposits", Body.cash(5, account: nobody), 422, "AC01"),
        .init(.post, "/v1/withdrawals", Body.cash(5), 200),
        .init(.post, "/v1/withdrawals", Body.cash(1_001), 422, "AM04"),
        .init(.post, "/v1/withdrawals", Body.cash(-1), 400, "invalid"),
        .init(.put, "/v1/peers/bank-b/limits/EUR", limit(0), 200),
        .init(.put, "/v1/peers/bank-b/limits/EUR", limit(-1), 400, "invalid"),
        .init(.put, "/v1/peers/bank-b/limits/eur", limit(1), 400, "invalid"),
        .init(.put, "/v1/peers/Bank/limits/EUR", limit(1), 400, "invalid"),
        .init(.put, "/v1/peers/bank-b/limits/eur", nil, 400, "invalid"),
        .init(.post, "/v1/peers/bank-b/accept", nil, 200),
        .init(.post, "/v1/peers/bank-b/accept?key=\(otherKey)", nil, 409, "timelineNotShown"),
        .init(.post, "/v1/peers/bank-b/accept?key=0a", nil, 400, "invalid"),
        .init(.post, "/v1/peers/bank-z/accept", nil, 404, "unknownPeer"),
        .init(.post, "/v1/peers/Bank/accept", nil, 400, "invalid"),
        .init(.put, "/v1/peers/bank-b/key", key(otherKey), 200),
        .init(.put, "/v1/peers/bank-b/key", key("0a"), 400, "invalid"),
        .init(.put, "/v1/peers/bank-b/key", nil, 415, "mediaType"),
        .init(.put, "/v1/peers/bank-z/key", key(otherKey), 404, "unknownPeer"),
        .init(.put, "/v1/peers/Bank/key", nil, 400, "invalid"),
        .init(.put, "/v1/peers/bank-b/intake", intake("stopped"), 200),
        .init(.put, "/v1/peers/bank-b/intake", intake("open"), 200),
        .init(.put, "/v1/peers/bank-b/intake", intake("shut"), 400, "invalid"),
        .init(.put, "/v1/peers/bank-b/intake", nil, 415, "mediaType"),
        .init(.put, "/v1/peers/bank-z/intake", intake("stopped"), 404, "unknownPeer"),
        .init(.put, "/v1/peers/Bank/intake", nil, 400, "invalid"),
        .init(.post, "/v1/peers/bank-b/intake", intake("open"), 405, "methodNotAllowed"),
        .init(.post, "/v1/settlements", settlement("paid"), 422, "AM09"),
        .init(.post, "/v1/settlements", settlement("lost"), 400, "invalid"),
        .init(.post, "/v1/transfers", Body.transfer(5, to: Banks.anna), 200),
        .init(.post, "/v1/transfers", Body.transfer(5), 202),
        .init(.post, "/v1/transfers?wait=20s", Body.transfer(5), 200),
        .init(.post, "/v1/transfers?wait=61s", Body.transfer(5), 400, "invalid"),
        .init(.post, "/v1/transfers?wait=0s", Body.transfer(5), 400, "invalid"),
        .init(.post, "/v1/transfers?wait=", Body.transfer(5), 400, "invalid"),
        .init(.post, "/v1/transfers", Body.transfer(1_001), 422, "AM04"),
        .init(.post, "/v1/transfers", Body.transfer(5, from: nobody), 422, "AC02"),
        .init(.post, "/v1/transfers", Body.transfer(5, to: "acct-nobody01@bank-z"), 422, "RC01"),
        .init(.post, "/v1/transfers", Body.transfer(5, from: Banks.bob), 400, "invalid"),
        .init(.post, "/v1/transfers/batch", Body.transfer(5), 415, "mediaType"),
        .init(.post, "/v1/transfers/states", Body.only(), 415, "mediaType"),
        .init(.get, "/v1/transfers/\(unknown)", nil, 404, "unknownTransfer"),
        .init(.get, "/v1/transfers/1", nil, 400, "invalid"),
        .init(.get, "/v1/transfers/\(unknown)?content=\(Hash.zero)", nil, 404, "unknownTransfer"),
        .init(.get, "/v1/transfers/\(unknown)?content=x", nil, 400, "invalid"),
        .init(.get, "/v1/transfers/\(unknown)?content=", nil, 400, "invalid"),
        .init(.delete, "/v1/transfers/\(unknown)", nil, 404, "unknownTransfer"),
        .init(.delete, "/v1/transfers/1", nil, 400, "invalid"),
        .init(.get, "/", nil, 404, "unknownRoute"),
        .init(.get, "/v1", nil, 404, "unknownRoute"),
        .init(.get, "/v1/accounts/\(Banks.alice)/", nil, 200),
        .init(.post, "/v1/accounts/\(Banks.alice)/thaw", Body.only(), 404, "unknownRoute"),
        .init(.get, "/v2/accounts", nil, 404, "unknownRoute"),
        .init(.delete, "/v1/accounts", nil, 405, "methodNotAllowed"),
        .init(.get, "/v1/deposits", nil, 405, "methodNotAllowed"),
        .init(.post, "/v1/books", Body.only(), 405, "methodNotAllowed"),
        .init(.patch, "/v1/transfers/\(unknown)", Body.only(), 405, "methodNotAllowed"),
        .init(.get, "/v1/transfers/batch", nil, 405, "methodNotAllowed"),
        .init(.post, "/v1/peers/bank-b/limits/EUR", Body.only(), 405, "methodNotAllowed"),
        .init(.post, "/v1/transfers", nil, 415, "mediaType"),
        .init(
            .post, "/v1/deposits", String(repeating: " ", count: 16 * 1024 + 1), 413,
            "bodyTooLarge"),
    ]

    static func limit(_ minorUnits: Int) -> String {
        #"{"id":"\#(unknown)","limit":\#(minorUnits)}"#
    }

    static func key(_ text: String) -> String { #"{"key":"\#(text)"}"# }

    static func intake(_ word: String) -> String { #"{"intake":"\#(word)"}"# }

    static func settlement(_ direction: String) -> String {
        #"""
        {"id":"\#(String.fresh())","peer":"bank-b","amount":5,"currency":"EUR",
        "direction":"\#(direction)"}
        """#
    }

    @Test("A route answers with the status and code that the table names", arguments: rows)
    func status(_ row: Row) async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let seen = try await client.ask(row.method, row.path, row.body)
                #expect(seen.status == row.status, "\(seen.text)")
                #expect(seen.string("code") == row.code)
                guard seen.status >= 400 else { return }
                #expect(seen.headers[.contentType] == "application/problem+json")
                #expect(seen.fields["status"] as? Int == row.status)
                for field in ["type", "title", "detail"] {
                    #expect(seen.string(field)?.isEmpty == false)
                }
                #expect((seen.headers[.allow] != nil) == (seen.status == 405))
            }
        }
    }

    @Test("Of a peer that was read, its log says which key counts")
    func otherPeerKey() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let paid = try await client.ask(
                    .post, "/v1/transfers?wait=20s", Body.transfer(5))
                #expect(try paid.verdict().state == .settled)
                let seen = try await client.ask(
                    .put, "/v1/peers/bank-b/key", Self.key(Self.otherKey))
                #expect(seen.status == 409 && seen.string("code") == "otherPeerKey")
            }
        }
    }

    @Test("A node that does not run answers 503, and when to come back")
    func stopping() async throws {
        try await Banks.running(silent: ["bank-a"]) { banks in
            try await banks.router().test(.router) { client in
                let bodies = [("/v1/transfers", Body.transfer(1)), ("/v1/deposits", Body.cash(1))]
                for (path, body) in bodies {
                    let seen = try await client.ask(.post, path, body)
                    #expect(seen.status == 503)
                    #expect(seen.string("code") == "stopping")
                    #expect(seen.headers[.retryAfter] == "1")
                }
                #expect(try await client.ask(.get, "/readyz").status == 503)
                #expect(try await client.batch([Body.transfer(1)]) == ["busy"])
            }
        }
    }

    @Test("A node with too many open sagas answers 503 busy")
    func busy() async throws {
        try await Banks.running(parts: { $0.configuration.limits.openSagasMax = 0 }) { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let seen = try await client.ask(.post, "/v1/transfers", Body.transfer(1))
                #expect(seen.status == 503)
                #expect(seen.string("code") == "busy")
            }
        }
    }
}
