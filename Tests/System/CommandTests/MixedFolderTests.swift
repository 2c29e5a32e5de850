import APIModels
import Foundation
import GRDB
import TestKit
import TestTags
import Testing

@testable import NodeClient

/// A bank and a shelf in one folder, each a peer of the other.
@Suite(.serialized, .tags(.process))
struct MixedFolderTests {
    private static let item = "item-of-this-test"

    private struct Stocking: Encodable {
        let id = UUID().uuidString.lowercased()
        let item = MixedFolderTests.item
        let units = 10
    }

    /// Both run; an account was opened under `order`, and the shelf has units.
    private func running(_ order: String) async throws -> Banks {
        let banks = try await Banks("bank-a", starting: false)
        let made = try await banks.run("init", "--kind", "shelf", "shop-a")
        try #require(made.code == 0, "\(made)")
        for name in ["bank-a", "shop-a"] {
            try banks.start(name)
            try await banks.waitUntilAnswering(name)
        }
        let opened = try await banks.run(
            "account", "open", "--id", order, "acct-alice001@bank-a", "EUR")
        #expect(opened.code == 0, "\(opened)")
        _ = try await banks.client("shop-a").exchange
            .send(.init("POST", "/v1/stock", json: Stocking())).success()
        return banks
    }

    @Test("Both are verified, the shelf is named where it has nothing to show, nothing fails")
    func reading() async throws {
        let order = "0197a0b4-0000-7000-8000-00000000000b"
        let banks = try await running(order)
        let books = try await banks.run("books")
        #expect(books.code == 0, "\(books)")
        #expect(books.output.contains("shop-a is a shelf: it has no books."), "\(books)")
        #expect(books.output.contains("The books balance: "), "\(books)")
        let json = try await banks.run("books", "--json")
        #expect(json.output.contains(#""withoutBooks":[{"kind":"shelf","node":"shop-a"}]"#))
        #expect(json.output.contains(#""complete":true"#), "\(json)")

        let verified = try await banks.run("verify")
        #expect(verified.code == 0, "\(verified)")
        for name in ["bank-a", "shop-a"] {
            let line = verified.output.split(separator: "\n").first { $0.hasPrefix(name) }
            #expect(line?.hasSuffix("verified") == true, "\(verified)")
        }

        let doctor = try await banks.run("doctor")
        #expect(doctor.code == 0, "\(doctor)")
        #expect(doctor.output.contains(/bank-a +configuration +ok +bank, bus/), "\(doctor)")
        #expect(doctor.output.contains(/shop-a +configuration +ok +shelf, bus/), "\(doctor)")

        let traced = try await banks.run("trace", order)
        #expect(traced.code == 0 && traced.output.contains("bank-a"), "\(traced)")
        #expect(traced.errors.contains("passed over: shop-a is a shelf"), "\(traced)")
        try await banks.stop()
    }

    @Test(
        "What is meant for an account says that a shelf has none, before it is sent",
        arguments: [
            ["account", "open", "acct-alice001@shop-a", "EUR"],
            ["account", "freeze", "acct-alice001@shop-a"],
            ["account", "show", "acct-alice001@shop-a"],
            ["deposit", "acct-alice001@shop-a", "1.00", "EUR"],
            ["withdraw", "acct-alice001@shop-a", "1.00", "EUR"],
            ["peer", "limit", "shop-a", "bank-a", "1.00", "EUR"],
            ["peer", "settle", "shop-a", "bank-a", "paid", "1.00", "EUR"],
            ["transfer", "acct-alice001@shop-a", "acct-bobby001@bank-a", "1.00", "EUR"],
        ])
    func noAccounts(_ command: [String]) async throws {
        // It does not run: what is sent would fail with another message.
        let shelf = try await Banks("shop-a", starting: false, kind: "shelf")
        let refused = try await shelf.run(command)
        #expect(refused.code == 1, "\(refused)")
        #expect(
            refused.errors == "giro: shop-a is a shelf and has no accounts: nothing was sent.\n",
            "\(refused)")
        try await shelf.stop()
    }

    @Test("A file's lines for a shelf are refused, and it is named; the others are sent")
    func submit() async throws {
        let banks = try await running("0197a0b4-0000-7000-8000-00000000000d")
        let deposit = ["deposit", "acct-alice001@bank-a", "1.00", "EUR"]
        for order in [["account", "open", "acct-bobby001@bank-a", "EUR"], deposit] {
            #expect(try await banks.run(order).code == 0)
        }
        let file = banks.directory + "/transfers.csv"
        let rest = "acct-bobby001@bank-a,,5,EUR,x,1h"
        try Data(
            """
            id,from,to,via,amount,currency,reference,timeout
            0197a0b4-0000-7000-8000-00000000000e,acct-alice001@shop-a,\(rest)
            0197a0b4-0000-7000-8000-00000000000f,acct-alice001@bank-a,\(rest)

            """.utf8
        ).write(to: URL(filePath: file))
        let sent = try await banks.run("submit", file, "--results", "-")
        #expect(sent.code == 1, "\(sent)")
        #expect(sent.errors.contains("shop-a is a shelf and has no accounts"), "\(sent)")
        let lines = sent.output.split(separator: "\n")
        try #require(lines.count == 3, "\(sent)")
        #expect(lines[1].hasSuffix(",refused,refused,unknownBank"), "\(sent)")
        #expect(lines[2].contains(",applied,settled,"), "\(sent)")
        try await banks.stop()
    }

    @Test("A changed byte in the shelf's log is found; the bank's books do not depend on it")
    func changed() async throws {
        let banks = try await running("0197a0b4-0000-7000-8000-00000000000c")
        for name in ["bank-a", "shop-a"] { try await banks.end(name) }
        let log = URL(filePath: banks.directory + "/shop-a/log.sqlite")
        // A changed byte in SQLite's write-ahead file is SQLite's to find.
        try await DatabaseQueue(path: log.path).writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        var bytes = try Data(contentsOf: log)
        var found = 0
        while let item = bytes.range(of: Data(Self.item.utf8)) {
            bytes[item.lowerBound] ^= 1
            found += 1
        }
        try #require(found > 0, "the log has the name of what was put on the shelf")
        try bytes.write(to: log)

        let verified = try await banks.run("verify")
        #expect(verified.code == 1, "\(verified)")
        #expect(
            verified.output.contains("The log of shop-a is not what was written, from position"),
            "\(verified)")
        #expect(try await banks.run("books").code == 0)
        try await banks.stop()
    }
}

extension Banks {
    /// A client of a node of any kind, over its socket.
    func client(_ name: String) -> NodeClient {
        NodeClient(.unixSocket(path: "\(directory)/\(name)/giro.sock"))
    }

    /// Waits until a node of any kind takes commands.
    func waitUntilAnswering(_ name: String) async throws {
        try await eventually("\(name) is ready") {
            (try? await client(name).checkHealth()) != nil ? true : nil
        }
    }
}
