import APIModels
import Chain
import Hummingbird
import HummingbirdTesting
import Ledger
import Saga
import StrictJSON
import Testing

struct TransferRouteTests {
    @Test("A transfer to another bank is settled while its client waits, and can be looked at")
    func settled() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let id = String.fresh()
                let body = #"""
                    {"id":"\#(id)","from":"\#(Banks.alice)","to":"\#(Banks.bob)","amount":40,
                    "currency":"EUR","reference":"Miete März","timeout":"1m"}
                    """#
                let seen = try await client.ask(.post, "/v1/transfers?wait=20s", body)
                #expect(seen.status == 200)
                #expect(seen.string("verdict") == "applied")
                #expect(seen.string("state") == "settled")

                let report = try JSONLine.value(
                    Array(try await client.ask(.get, "/v1/transfers/\(id)").text.utf8),
                    as: TransferReport.self)
                #expect(report.state == .settled)
                #expect(report.contents.count == 1)
                #expect(report.order?.reference == "Miete März")
                #expect(report.order?.amount == 40)
                #expect(report.entries.map(\.state) == [.reserved, .confirmed])
                #expect(report.entries.flatMap { $0.postings.map(\.amount) } == [-40, 40, -40, 40])
                #expect(report.entries.allSatisfy { $0.time.milliseconds > 0 })
            }
        }
    }

    @Test("A transfer that the other bank refuses is rolled back, with its reason")
    func rolledBack() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let id = String.fresh()
                let body = Body.transfer(40, id: id, to: "acct-nobody01@bank-b")
                let seen = try await client.ask(.post, "/v1/transfers?wait=20s", body)
                #expect(seen.status == 200)
                #expect(seen.string("state") == "rolledBack")
                #expect(seen.string("reason") == "ledger.unknownCreditor")
                #expect(seen.string("code") == "AC03")
                let again = try await client.ask(.delete, "/v1/transfers/\(id)")
                #expect(again.status == 200)
                #expect(again.string("state") == "rolledBack")
            }
        }
    }

    @Test("A client that waits in vain gets 202 when its time is over")
    func waitsInVain() async throws {
        try await Banks.running(silent: ["bank-b"]) { banks in
            try await banks.openAccountsAtA()
            try await banks.router().test(.router) { client in
                let id = String.fresh()
                let seen = try await client.ask(
                    .post, "/v1/transfers?wait=50ms", Body.transfer(40, id: id))
                #expect(seen.status == 202)
                #expect(seen.string("state") == "pending")
                let abandoned = try await client.ask(.delete, "/v1/transfers/\(id)")
                #expect(abandoned.status == 202)
                #expect(abandoned.string("state") == "pending")
            }
        }
    }

    @Test("A command sent again gets its first answer, another under its UUID a conflict")
    func repeated() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let good = Body.transfer(40, id: .fresh(), to: Banks.anna)
                #expect(try await client.ask(.post, "/v1/transfers", good).status == 200)
                let again = try await client.ask(.post, "/v1/transfers", good)
                #expect(again.status == 200)
                #expect(try again.verdict().verdict == .duplicate(of: .applied))
                #expect(try again.verdict().state == .settled)

                let id = String.fresh()
                let poor = Body.transfer(4_000, id: id)
                let first = try await client.ask(.post, "/v1/transfers", poor)
                #expect(first.status == 422)
                #expect(first.string("reason") == "ledger.insufficientFunds")
                #expect(first.string("verdict") == "refused")
                let second = try await client.ask(.post, "/v1/transfers", poor)
                #expect(second.status == 200)
                let verdict = try second.verdict().verdict
                #expect(verdict == .duplicate(of: .refused(.insufficientFunds)))

                let other = try await client.ask(.post, "/v1/transfers", Body.transfer(41, id: id))
                #expect(other.status == 409)
                #expect(other.string("code") == "conflict")
                let deposit = try await client.ask(.post, "/v1/deposits", Body.cash(41, id: id))
                #expect(deposit.status == 409)
            }
        }
    }

    @Test("A transfer for another bank's payer is answered wrongNode, and nothing is recorded")
    func wrongNode() async throws {
        try await Banks.running { banks in
            try await banks.router().test(.router) { client in
                let id = String.fresh()
                let body = Body.transfer(1, id: id, from: Banks.bob, to: Banks.alice)
                let seen = try await client.ask(.post, "/v1/transfers", body)
                #expect(seen.status == 400)
                #expect(seen.string("reason") == "wrongNode")
                #expect(seen.string("node") == "bank-b")
                #expect(try await client.ask(.get, "/v1/transfers/\(id)").status == 404)
            }
        }
    }

    @Test("States of many transfers come in the order they were asked for")
    func states() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let ids = (0..<3).map { _ in String.fresh() }
                _ = try await client.batch([
                    Body.transfer(1, id: ids[1], to: Banks.anna), Body.transfer(5_000, id: ids[2]),
                ])
                let body = ids.map { #"{"id":"\#($0)"}"# + "\n" }.joined()
                let seen = try await client.ask(
                    .post, "/v1/transfers/states", body, type: MediaType.lines)
                #expect(seen.lines.map { $0["id"] as? String } == ids)
                let states = seen.lines.map { $0["state"] as? String }
                #expect(states == ["unknown", "settled", "refused"])
                #expect(seen.lines[2]["reason"] as? String == "ledger.insufficientFunds")
                let wrong = try await client.ask(
                    .post, "/v1/transfers/states", body + "{}", type: MediaType.lines)
                #expect(wrong.status == 400)
                let many = String(repeating: #"{"id":"\#(ids[0])"}"# + "\n", count: 10_001)
                let most = try await client.ask(
                    .post, "/v1/transfers/states", many, type: MediaType.lines)
                #expect(most.status == 413)
            }
        }
    }

    @Test("Books add up to zero in each currency")
    func books() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                _ = try await client.ask(.post, "/v1/transfers?wait=20s", Body.transfer(40))
                let seen = try await client.ask(.get, "/v1/books")
                let report = try JSONLine.value(Array(seen.text.utf8), as: BooksReport.self)
                let books = try #require(report.currencies.first)
                #expect(books.available == 960)
                #expect(books.cash == -1_000)
                #expect(books.clearing.map(\.balance) == [40])
                #expect(books.clearing.map(\.limit) == [1 << 40])
                #expect(books.clearing.map(\.owed) == [40])
                #expect(books.clearing.map(\.owedLimit) == [nil])
                #expect(report.transitBlocked == [])
                let sum = books.available + books.held + Int128(books.cash + books.suspense)
                #expect(sum + Int128(books.clearing.reduce(0) { $0 + $1.balance }) == 0)

                let accounts = try await client.ask(.get, "/v1/accounts").items("accounts")
                #expect(accounts.map { $0["account"] as? String } == [Banks.alice, Banks.anna])
                #expect(accounts.map { $0["available"] as? Int } == [960, 0])
            }
        }
    }
}

extension Banks {
    /// As `openAccounts`, where the other bank does not run.
    func openAccountsAtA() async throws {
        try await Banks(
            nodes: nodes.filter { $0.key == "bank-a" }, bus: bus, keys: keys
        ).openAccounts()
    }
}
