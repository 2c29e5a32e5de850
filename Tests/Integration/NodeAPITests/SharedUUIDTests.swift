import APIModels
import Hummingbird
import HummingbirdTesting
import Ledger
import Saga
import StrictJSON
import TestKit
import Testing
import Wire

/// One UUID that clients of several banks have used, each for another transfer.
struct SharedUUIDTests {
    @Test("A UUID that a peer's transfer has used is still free for a client of this bank")
    func free() async throws {
        try await Banks.running { banks in
            try await banks.openPayers()
            let id = String.fresh()
            let theirs = try await banks.pay(30, id: id, from: Banks.bob)

            let body = Body.transfer(40, id: id)
            let seen = try await banks.ask("bank-a", .post, "/v1/transfers?wait=20s", body)
            #expect(seen.status == 200)
            #expect(seen.string("verdict") == "applied" && seen.string("state") == "settled")
            let again = try await banks.ask("bank-a", .post, "/v1/transfers", body)
            #expect(try again.verdict().verdict == .duplicate(of: .applied))
            let other = Body.transfer(41, id: id)
            #expect(try await banks.ask("bank-a", .post, "/v1/transfers", other).status == 409)

            // To each bank the UUID alone means what its own client did.
            let here = try await banks.report("bank-a", id)
            let there = try await banks.report("bank-b", id)
            #expect(here.order?.amount == 40 && here.state == .settled)
            #expect(there.order?.amount == 30 && there.state == .settled)
            #expect(here.entries.map(\.state) == [.reserved, .confirmed])
            #expect(there.entries.map(\.state) == [.reserved, .confirmed])

            // What another bank's client did is found by its content.
            let ours = try #require(here.contents.first)
            #expect(here.contents == [ours] && there.contents == [theirs] && ours != theirs)
            for (bank, content, amount) in [("bank-a", theirs, 30), ("bank-b", ours, 40)]
                as [(String, Hash, Int64)]
            {
                let report = try await banks.report(bank, id, content: content)
                #expect(report.contents == [content] && report.order?.amount == amount)
                #expect(report.entries.map(\.state) == [.confirmed])
            }
            #expect(try await banks.available(Banks.alice) == 990)
            #expect(try await banks.available(Banks.bob) == 510)
        }
    }

    @Test(
        "An operation and a peer's transfer can have one UUID, in either order",
        arguments: [true, false])
    func operation(_ isFirst: Bool) async throws {
        try await Banks.running { banks in
            try await banks.openPayers()
            let id = String.fresh()
            let deposit = Body.cash(5, id: id)
            if isFirst {
                #expect(try await banks.ask("bank-a", .post, "/v1/deposits", deposit).status == 200)
            }
            try await banks.pay(30, id: id, from: Banks.bob)
            let seen = try await banks.ask("bank-a", .post, "/v1/deposits", deposit)
            #expect(seen.status == 200)
            #expect(seen.string("verdict") == (isFirst ? "duplicate" : "applied"))
            // The UUID is the operation's here, and no other command's.
            let other = Body.transfer(1, id: id)
            #expect(try await banks.ask("bank-a", .post, "/v1/transfers", other).status == 409)

            let report = try await banks.report("bank-a", id)
            #expect(report.state == .settled && report.order?.from.text == Banks.bob)
            #expect(report.entries.map(\.state) == [.confirmed])
            #expect(try await banks.available(Banks.alice) == 1_035)
        }
    }

    @Test("Two peers' transfers under one UUID are ambiguous, and each is found by its content")
    func ambiguous() async throws {
        try await Banks.running(["bank-a", "bank-b", "bank-c"]) { banks in
            try await banks.openPayers()
            let id = String.fresh()
            let bobs = try await banks.pay(30, id: id, from: Banks.bob)
            let carlas = try await banks.pay(20, id: id, from: Banks.carla)
            #expect(bobs != carlas)

            let seen = try await banks.ask("bank-a", .get, "/v1/transfers/\(id)")
            #expect(seen.status == 200 && seen.string("state") == "ambiguous")
            // The one that was heard of first stands first.
            #expect(seen.fields["contents"] as? [String] == [bobs, carlas].map(\.description))
            #expect((seen.fields["entries"] as? [Any])?.isEmpty == true)
            #expect(seen.fields["from"] == nil && seen.fields["amount"] == nil)
            let report = try await banks.report("bank-a", id)
            #expect(report.state == .ambiguous && report.order == nil)
            let states = try await banks.ask(
                "bank-a", .post, "/v1/transfers/states", Body.only(id: id) + "\n",
                type: MediaType.lines)
            #expect(states.lines.map { $0["state"] as? String } == ["ambiguous"])
            // Neither was begun here.
            let given = try await banks.ask("bank-a", .delete, "/v1/transfers/\(id)")
            #expect(given.status == 404 && given.string("code") == "unknownTransfer")
            try await banks.expectEach([(bobs, Banks.bob, 30), (carlas, Banks.carla, 20)], of: id)

            // Once a client of this bank has used the UUID, it means that client's transfer.
            let ours = try await banks.pay(10, id: id, from: Banks.alice, to: Banks.anna)
            let own = try await banks.report("bank-a", id)
            #expect(own.contents == [ours] && own.order?.amount == 10 && own.state == .settled)
            try await banks.expectEach([(bobs, Banks.bob, 30), (carlas, Banks.carla, 20)], of: id)

            let lines = try await banks.router().test(.router) { client in
                try await client.wholeStatement(of: Cast.alice)
            }
            #expect(lines.map(\.amount) == [1_000, 30, 20, -10])
            let counterparties = [nil, Banks.bob, Banks.carla, Banks.anna]
            #expect(lines.map { $0.counterparty?.text } == counterparties)
        }
    }

    @Test("Two peers' transfers under one UUID that wait for a third bank are two holds")
    func holds() async throws {
        let names = ["bank-a", "bank-b", "bank-c", "bank-d"]
        try await Banks.running(names, silent: ["bank-d"]) { banks in
            try await Banks(
                nodes: banks.nodes.filter { $0.key != "bank-d" }, bus: banks.bus, keys: banks.keys
            ).openPayers()
            let id = String.fresh()
            for (bank, payer) in [("bank-b", Banks.bob), ("bank-c", Banks.carla)] {
                let body = #"""
                    {"id":"\#(id)","from":"\#(payer)","to":"acct-dora0001@bank-d","via":["bank-a"],
                    "amount":7,"currency":"EUR"}
                    """#
                #expect(try await banks.ask(bank, .post, "/v1/transfers", body).status == 202)
            }
            let hold = try await eventually("both are held") {
                try await banks.ask("bank-a", .get, "/v1/node").items("holds").first {
                    $0["count"] as? Int == 2
                }
            }
            #expect(hold["peer"] as? String == "bank-d" && hold["amount"] as? Int == 7)
            #expect(try await banks.report("bank-a", id).state == .ambiguous)
        }
    }

    @Test("Where more than 16 transfers of peers have a UUID, a report says the state and no more")
    func crowd() async throws {
        let peers = (10..<27).map { "peer-\($0)" }
        try await Banks.running(["bank-a"] + peers) { banks in
            try await banks.openAccounts()
            let id = String.fresh()
            let first = try await banks.beginAbroad(id, at: peers[0])
            for peer in peers[1..<16] { try await banks.beginAbroad(id, at: peer) }
            let seen = try await banks.report("bank-a", id, content: first)
            #expect(!seen.entries.isEmpty && seen.order != nil)

            try await banks.beginAbroad(id, at: peers[16])
            let crowded = try await banks.report("bank-a", id, content: first)
            #expect(crowded.state == seen.state && crowded.contents == [first])
            #expect(crowded.entries.isEmpty && crowded.order == nil)
            #expect(try await banks.report("bank-a", id).contents.count == 17)
        }
    }

    @Test("A content that no transfer of the UUID has is unknown, and what is no hash is invalid")
    func wrongContent() async throws {
        try await Banks.running(["bank-a"]) { banks in
            try await banks.openAccounts()
            let id = String.fresh()
            let content = try await banks.pay(40, id: id, from: Banks.alice, to: Banks.anna)
            let text = content.description
            let path = "/v1/transfers/\(id)?content="
            for same in [text, text.uppercased()] {
                let seen = try await banks.ask("bank-a", .get, path + same)
                #expect(seen.status == 200 && seen.fields["contents"] as? [String] == [text])
            }
            let other = Hash.sha256(of: content.bytes)
            let elsewhere = "/v1/transfers/\(String.fresh())?content=\(text)"
            for unknown in [path + other.description, elsewhere] {
                let seen = try await banks.ask("bank-a", .get, unknown)
                #expect(seen.status == 404 && seen.string("code") == "unknownTransfer")
            }
            for wrong in ["", "x", String(text.dropLast()), text + "0", text + "00", "0x" + text] {
                let seen = try await banks.ask("bank-a", .get, path + wrong)
                #expect(seen.status == 400, "\(wrong)")
                #expect(seen.string("code") == "invalid" && seen.string("reason") == "invalidID")
                #expect(seen.string("detail")?.contains("\"content\"") == true)
            }
        }
    }
}

extension Banks {
    fileprivate static let carla = "acct-carla001@bank-c"

    /// As `openAccounts`, and gives 500 to Bob, and to Carla where her bank is among these.
    fileprivate func openPayers() async throws {
        try await openAccounts()
        if nodes["bank-c"] != nil {
            let opened = try await ask("bank-c", .post, "/v1/accounts", Body.open(Self.carla))
            try #require(opened.status == 200, "\(opened.text)")
        }
        for (bank, account) in [("bank-b", Self.bob), ("bank-c", Self.carla)]
        where nodes[bank] != nil {
            let body = Body.cash(500, account: account)
            let seen = try await ask(bank, .post, "/v1/deposits", body)
            try #require(seen.status == 200, "\(seen.text)")
        }
    }

    fileprivate func ask(
        _ bank: String, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        type: String = MediaType.json
    ) async throws -> Seen {
        try await router(bank).test(.router) { client in
            try await client.ask(method, path, body, type: type)
        }
    }

    /// Pays at the payer's bank, and waits until it is settled there.
    ///
    /// - Returns: The hash of the transfer's content.
    @discardableResult fileprivate func pay(
        _ amount: Int, id: String, from payer: String, to payee: String = Banks.alice
    ) async throws -> Hash {
        let bank = try #require(AccountID(payer)).node.text
        let body = Body.transfer(amount, id: id, from: payer, to: payee)
        let seen = try await ask(bank, .post, "/v1/transfers?wait=20s", body)
        try #require(seen.string("state") == "settled", "\(seen.text)")
        let contents = try await report(bank, id).contents
        #expect(contents.count == 1)
        return try #require(contents.first)
    }

    /// Pays at a bank that has no account yet, and waits until it is final there.
    ///
    /// - Returns: The hash of the transfer's content.
    @discardableResult fileprivate func beginAbroad(
        _ id: String, at bank: String
    ) async throws -> Hash {
        let payer = "acct-payer001@\(bank)"
        for (path, body) in [
            ("/v1/accounts", Body.open(payer)), ("/v1/deposits", Body.cash(5, account: payer)),
        ] {
            let done = try await ask(bank, .post, path, body)
            try #require(done.status == 200, "\(done.text)")
        }
        let body = Body.transfer(1, id: id, from: payer, to: Self.alice)
        let seen = try await ask(bank, .post, "/v1/transfers?wait=20s", body)
        #expect(seen.string("state") != "pending", "\(seen.text)")
        return try #require(try await report(bank, id).contents.first)
    }

    fileprivate func report(
        _ bank: String, _ id: String, content: Hash? = nil
    ) async throws -> TransferReport {
        let query = content.map { "?content=\($0)" } ?? ""
        let seen = try await ask(bank, .get, "/v1/transfers/\(id)\(query)")
        try #require(seen.status == 200, "\(seen.text)")
        return try JSONLine.value(Array(seen.text.utf8), as: TransferReport.self)
    }

    /// Alice's bank shows each of the transfers that others have made to her.
    fileprivate func expectEach(
        _ transfers: [(content: Hash, payer: String, amount: Int64)], of id: String
    ) async throws {
        for (content, payer, amount) in transfers {
            let report = try await report("bank-a", id, content: content)
            #expect(report.contents == [content] && report.state == .settled)
            #expect(report.order?.from.text == payer && report.order?.amount == amount)
            #expect(report.entries.map(\.state) == [.confirmed])
            // To Alice's account, from the clearing with the payer's bank.
            #expect(report.entries.flatMap { $0.postings.map(\.amount) } == [amount, -amount])
        }
    }

    fileprivate func available(_ account: String) async throws -> Int? {
        let bank = try #require(AccountID(account)).node.text
        return try await ask(bank, .get, "/v1/accounts/\(account)").fields["available"] as? Int
    }
}
