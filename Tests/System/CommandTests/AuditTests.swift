import Foundation
import TestTags
import Testing

/// What `giro books` and `giro verify` say of banks whose logs do not all stand as they should.
@Suite(.serialized, .tags(.process))
struct AuditTests {
    /// Two banks that run, 25.00 EUR on the way from bank-a to bank-b behind them.
    private func paid() async throws -> Banks {
        let banks = try await Banks("bank-a", "bank-b")
        for order in [
            ["account", "open", "acct-alice001@bank-a", "EUR"],
            ["account", "open", "acct-bobby001@bank-b", "EUR"],
            ["deposit", "acct-alice001@bank-a", "1000.00", "EUR"],
            ["peer", "limit", "bank-b", "bank-a", "50000.00", "EUR"],
            ["transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "25.00", "EUR"],
        ] {
            let ending = try await banks.run(order)
            #expect(ending.code == 0, "\(ending.output) \(ending.errors)")
        }
        return banks
    }

    @Test("A bank that was never started is named, and the others are reported")
    func neverStarted() async throws {
        let banks = try await paid()
        #expect(try await banks.run("init", "bank-c").code == 0)
        let books = try await banks.run("books")
        #expect(books.code == 0)
        #expect(books.output.contains("bank-c was never started"), "\(books.output)")
        #expect(books.output.contains("25.00 EUR  -25.00 EUR"), "\(books.output)")
        let verified = try await banks.run("verify")
        #expect(verified.code == 0)
        #expect(verified.output.contains("never started"), "\(verified.output)")
        try await banks.stop()
    }

    @Test("A log that is gone or damaged is named, with exit code 2, and the others are reported")
    func unread() async throws {
        let banks = try await paid()
        #expect(try await banks.run("init", "bank-c").code == 0)
        // A process of the bank has run here.
        try Data().write(to: URL(filePath: banks.directory + "/bank-c/node.lock"))
        for command in ["books", "verify"] {
            let gone = try await banks.run(command)
            #expect(gone.code == 2)
            #expect(gone.output.contains("giro node --directory \(banks.directory) bank-c"))
            #expect(gone.output.contains("bank-a") && gone.output.contains("bank-b"))
        }
        let log = URL(filePath: banks.directory + "/bank-c/log.sqlite")
        try Data("no database".utf8).write(to: log)
        for command in ["books", "verify"] {
            let damaged = try await banks.run(command)
            #expect(damaged.code == 2)
            #expect(damaged.output.contains("The log of bank-c"), "\(damaged.output)")
            #expect(damaged.output.contains("bank-a") && damaged.output.contains("bank-b"))
        }
        try await banks.stop()
    }

    @Test(
        "A bank that cannot be looked into is named, with exit code 2, and never passed over",
        arguments: ["no settings", "a link to nowhere"])
    func hidden(_ how: String) async throws {
        let banks = try await paid()
        let bank = banks.directory + "/bank-b"
        if how == "no settings" {
            try FileManager.default.removeItem(atPath: bank + "/node.yaml")
        } else {
            try FileManager.default.moveItem(atPath: bank, toPath: bank + ".away")
            try FileManager.default.createSymbolicLink(
                atPath: bank, withDestinationPath: "/no/such/disk")
        }
        for command in ["books", "verify", "doctor"] {
            let ending = try await banks.run(command)
            #expect(ending.code == (command == "doctor" ? 1 : 2), "\(command): \(ending.output)")
            #expect(ending.output.contains("bank-b"), "\(command): \(ending.output)")
        }
        let books = try await banks.run("books")
        #expect(books.output.contains("NOT READ: bank-b"), "\(books.output)")
        #expect(
            books.output.contains("NOT COMPARED: bank-a has 25.00 EUR of clearing with bank-b"),
            "\(books.output)")
        #expect(!books.output.contains("every pair of banks agrees"), "\(books.output)")
        if how != "no settings" {
            try FileManager.default.removeItem(atPath: bank)
            try FileManager.default.moveItem(atPath: bank + ".away", toPath: bank)
        }
        try await banks.stop()
    }

    @Test("Trace shows the logs that can be read, and names the one that cannot")
    func trace() async throws {
        let banks = try await paid()
        let id = "0197a0b4-0000-7000-8000-000000000009"
        let transfer = ["transfer", "--id", id, "acct-alice001@bank-a", "acct-bobby001@bank-b"]
        #expect(try await banks.run(transfer + ["1.00", "EUR"]).code == 0)
        #expect(try await banks.run("init", "bank-c").code == 0)
        let whole = try await banks.run("trace", id)
        #expect(whole.code == 0 && whole.errors.isEmpty, "\(whole)")
        // A process of the bank has run here.
        try Data().write(to: URL(filePath: banks.directory + "/bank-c/node.lock"))
        for command in [["trace", id], ["trace", id, "--json"]] {
            let traced = try await banks.run(command)
            #expect(traced.code == 2)
            #expect(traced.errors.contains("NOT READ: bank-c"), "\(traced.errors)")
            #expect(traced.output.contains("bank-a") && traced.output.contains("bank-b"))
        }
        try await banks.stop()
    }

    @Test("An order in another spelling is the same; another order's fields are named")
    func spelling() async throws {
        let banks = try await paid()
        let id = "0197a0b4-0000-7000-8000-00000000000a"
        let transfer = ["transfer", "--id", id, "acct-alice001@bank-a", "acct-bobby001@bank-b"]
        #expect(try await banks.run(transfer + ["1.00", "EUR"]).code == 0)
        let same = try await banks.run(
            transfer + ["1.00", "EUR", "--timeout", "30000ms", "--reference", ""])
        #expect(same.code == 0 && same.output.contains("applied before"), "\(same)")
        let other = try await banks.run(transfer + ["2.00", "EUR", "--reference", "x"])
        #expect(other.code == 1 && other.output.contains("conflict"), "\(other)")
        #expect(other.errors.contains("another amount and reference"), "\(other)")
        try await banks.stop()
    }

    @Test("A settlement that one bank has posted is in progress, not a fault")
    func settlementInProgress() async throws {
        let banks = try await paid()
        let settle = ["peer", "settle"]
        let amount = ["10.00", "EUR"]
        #expect(try await banks.run(settle + ["bank-b", "bank-a", "received"] + amount).code == 0)
        let open = try await banks.run("books")
        #expect(open.code == 0)
        #expect(
            open.output.contains(
                "Settlement in progress: bank-b has posted 10.00 EUR as received from bank-a"))
        #expect(open.output.contains("waiting for bank-a to post it as paid"), "\(open.output)")
        let json = try await banks.run("books", "--json")
        #expect(json.output.contains(#""amount":"1000""#))
        #expect(json.output.contains(#""waitingFor":"bank-a""#), "\(json.output)")
        #expect(try await banks.run(settle + ["bank-a", "bank-b", "paid"] + amount).code == 0)
        let even = try await banks.run("books")
        #expect(even.code == 0 && !even.output.contains("in progress:"), "\(even.output)")
        try await banks.stop()
    }

    @Test("A log that contradicts a header which a peer has recorded is named")
    func rewritten() async throws {
        let banks = try await paid()
        try await banks.end("bank-a")
        // Its journal and what its peer has sent it; what it has sent its peer stays.
        let lost = ["journal.bank-a.", "transfers.bank-b.bank-a."]
        for file in try FileManager.default.contentsOfDirectory(atPath: banks.directory + "/bus")
        where lost.contains(where: file.hasPrefix) {
            try FileManager.default.removeItem(atPath: banks.directory + "/bus/" + file)
        }
        for end in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(
                atPath: banks.directory + "/bank-a/log.sqlite" + end)
        }
        // The same key signs another history.
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        for number in 1...9 {
            let account = "acct-other00\(number)@bank-a"
            #expect(try await banks.run("account", "open", account, "EUR").code == 0)
        }
        let verified = try await banks.run("verify")
        #expect(verified.code == 1)
        #expect(verified.output.contains("Its log contradicts what it has signed"))
        #expect(verified.output.contains("the log of bank-b recorded at position"))
        try await banks.stop()
    }
}
