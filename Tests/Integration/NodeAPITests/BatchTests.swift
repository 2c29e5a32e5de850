import APIModels
import Engine
import Hummingbird
import HummingbirdTesting
import Node
import Saga
import Testing

struct BatchTests {
    @Test("Every line has an answer, in order; a malformed line is invalid and stops no other")
    func order() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let id = String.fresh()
                let lines = [
                    Body.transfer(1), Body.transfer(1, id: id, to: Banks.anna), "{", "",
                    Body.transfer(1, id: id, to: Banks.anna), Body.transfer(2, id: id),
                    String(repeating: "x", count: 20_000), Body.transfer(5_000),
                    Body.transfer(0), Body.transfer(1, from: Banks.bob), Body.transfer(1),
                ]
                let verdicts = try await client.batch(lines)
                #expect(
                    verdicts == [
                        "applied", "applied", "invalid", "invalid", "duplicate", "conflict",
                        "invalid", "refused", "invalid", "invalid", "applied",
                    ])
            }
        }
    }

    @Test("A last line without an end counts, an empty body has no answers")
    func lineEnds() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let lines = Body.transfer(1) + "\r\n" + Body.transfer(1)
                let seen = try await client.ask(
                    .post, "/v1/transfers/batch", lines, type: MediaType.lines)
                #expect(seen.lines.map { $0["verdict"] as? String } == ["applied", "applied"])
                let none = try await client.ask(
                    .post, "/v1/transfers/batch", "", type: MediaType.lines)
                #expect(none.status == 200)
                #expect(none.text.isEmpty)
            }
        }
    }

    @Test("From the first line that is turned away on, all are, and are taken when sent again")
    func busyTail() async throws {
        try await Banks.running(
            silent: ["bank-b"], parts: { $0.configuration.limits.openSagasMax = 3 }
        ) { banks in
            try await banks.openAccountsAtA()
            try await banks.router().test(.router) { client in
                let id = String.fresh()
                var lines = (0..<3).map { _ in Body.transfer(1) }
                lines += [Body.transfer(1, id: id), Body.transfer(2, id: id), "{"]
                lines += (0..<3_000).map { _ in Body.transfer(1) }
                let verdicts = try await client.batch(lines)
                #expect(verdicts.count == lines.count)
                #expect(verdicts[..<3] == ["applied", "applied", "applied"])
                #expect(verdicts[3...4] == ["busy", "busy"])
                #expect(verdicts[5] == "invalid")
                #expect(verdicts[6...].allSatisfy { $0 == "busy" })
                let again = try await client.batch(Array(lines[..<3]))
                #expect(again == ["duplicate", "duplicate", "duplicate"])
            }
        }
    }

    @Test("Thousands of lines, more than are in flight at once, are all answered")
    func many() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts(balance: 10_000)
            try await banks.router().test(.router) { client in
                let verdicts = try await client.batch(
                    (0..<3_000).map { _ in Body.transfer(1, to: Banks.anna) })
                #expect(verdicts.count == 3_000)
                #expect(verdicts.allSatisfy { $0 == "applied" })
            }
        }
    }
}
