import Chain
import Foundation
import JournalReader
import MessageBus
import MessageBusSQLite
import Saga
import TestKit
import TestTags
import Testing
import Wire

/// What an operator sees and does when a bank's log was put back to an earlier day.
@Suite(.serialized, .tags(.process))
struct RestoreTests {
    private func pay(_ banks: Banks, _ minorUnits: Int) async throws {
        let paid = try await banks.run(
            "transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "--minor",
            "\(minorUnits)", "EUR")
        #expect(paid.code == 0, "\(paid.output) \(paid.errors)")
    }

    /// Two banks that have paid before and after a backup of bank-a, and are stopped now, bank-a
    /// put back to its backup.
    private func rewound() async throws -> Banks {
        let banks = try await Banks("bank-a", "bank-b")
        for (account, bank) in [("acct-alice001", "bank-a"), ("acct-bobby001", "bank-b")] {
            #expect(try await banks.run("account", "open", "\(account)@\(bank)", "EUR").code == 0)
        }
        #expect(
            try await banks.run("deposit", "acct-alice001@bank-a", "10.00", "EUR").code == 0)
        #expect(try await banks.run("peer", "limit", "bank-b", "bank-a", "50.00", "EUR").code == 0)
        try await pay(banks, 100)
        try await banks.end("bank-a")
        let log = banks.directory + "/bank-a/log.sqlite"
        // The write-ahead log belongs to it.
        let files = [log, log + "-wal", log + "-shm"]
        for file in files { try FileManager.default.copyItem(atPath: file, toPath: file + "~") }
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        try await pay(banks, 10)
        try await pay(banks, 1)
        try await banks.end("bank-a")
        for file in files {
            try FileManager.default.removeItem(atPath: file)
            try FileManager.default.moveItem(atPath: file + "~", toPath: file)
        }
        return banks
    }

    @Test("Yesterday's backup is refused with the way out, and restored from the journal")
    func restored() async throws {
        let banks = try await rewound()
        let refused = try await banks.node("bank-a").ending()
        #expect(refused.code == 2)
        #expect(refused.errors.contains("giro restore bank-a"), "\(refused.errors)")
        let restored = try await banks.run("restore", "bank-a")
        #expect(restored.code == 0, "\(restored.errors)")
        #expect(try await banks.run("restore", "bank-a").output.contains("0 entries restored"))
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        let shown = try await banks.run("account", "show", "acct-alice001@bank-a")
        #expect(shown.output.contains("8.89 EUR"), "\(shown.output)")
        #expect(try await banks.run("verify").code == 0)
        #expect(try await banks.run("books").code == 0)
        try await banks.stop()
    }

    /// Records that a stranger with the right to write puts on bank-a's journal: garbage, and
    /// commits that he signed.
    private func write(_ number: UInt64, to banks: Banks) async throws {
        let bus = try await SQLiteMessageBus.open(at: banks.directory + "/bus")
        let garbage = Record(key: [], headers: [], value: [0xFF, 0xFF])
        let (bank, stranger) = (try #require(NodeName("bank-a")), SigningKey())
        var end = LogEnd.empty(of: Epoch(0))
        let forged = (0..<number).map { _ in
            let commit = Commit.signed(
                [(nil, EntryParts(kept: [0]))], after: end, node: bank, timeline: 7,
                time: .distantPast, inboxes: [:], key: stranger)
            end.advance(over: commit)
            return Journal.record(of: commit)
        }
        _ = try await bus.publish([garbage] + forged, to: "journal.bank-a")
        await bus.close()
    }

    @Test("Records that others wrote to the journal are passed over, and told")
    func foreignRecords() async throws {
        let banks = try await rewound()
        try await write(40, to: banks)
        let restored = try await banks.run("restore", "bank-a")
        #expect(restored.code == 0, "\(restored.errors)")
        #expect(!restored.output.contains(" 0 entries restored"), "\(restored.output)")
        #expect(restored.output.contains("1 unreadable, 40 not signed by this bank"))
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        let shown = try await banks.run("account", "show", "acct-alice001@bank-a")
        #expect(shown.output.contains("8.89 EUR"), "\(shown.output)")
        #expect(try await banks.run("books").code == 0)
        try await banks.stop()
    }

    @Test("A journal of which no record is the bank's is a failure, and nothing is changed")
    func nothingOfTheBank() async throws {
        let banks = try await rewound()
        // As where the topic was made again, and a stranger was first.
        try await emptyJournal(banks)
        try await write(3, to: banks)
        let failed = try await banks.run("restore", "bank-a")
        #expect(failed.code == 1, "\(failed.output)")
        #expect(failed.errors.contains("Nothing was restored"), "\(failed.errors)")
        #expect(failed.errors.contains("holds 4 records"), "\(failed.errors)")
        try await banks.stop()
    }

    private func emptyJournal(_ banks: Banks) async throws {
        let bus = URL(fileURLWithPath: banks.directory + "/bus")
        for file in try FileManager.default.contentsOfDirectory(atPath: bus.path)
        where file.hasPrefix("journal.bank-a") {
            try FileManager.default.removeItem(at: bus.appendingPathComponent(file))
        }
        let opened = try await SQLiteMessageBus.open(at: bus.path)
        try await opened.create([.journal(of: try #require(NodeName("bank-a")))])
        await opened.close()
    }

    @Test("Two approvers can accept the loss, one cannot")
    func accepted() async throws {
        let banks = try await rewound()
        try await emptyJournal(banks)
        let one = ["restore", "bank-a", "--accept-loss", "--approved-by", "ada"]
        #expect(try await banks.run(one).code == 64)
        #expect(try await banks.run(one + ["--approved-by", "ada"]).code == 64)
        let two = try await banks.run(one + ["--approved-by", "grace"])
        #expect(two.code == 0, "\(two.errors)")
        #expect(two.output.contains("timeline 1"))
        let log = try await banks.run("log", "bank-a")
        let started = try #require(
            log.output.split(separator: "\n").first { $0.contains("timelineStarted") })
        #expect(started.contains(#""approvers":["ada","grace"]"#), "\(started)")
        #expect(started.contains(#""principal":"unix:"#), "\(started)")
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        let shown = try await banks.run("account", "show", "acct-alice001@bank-a")
        #expect(shown.output.contains("9.00 EUR"), "\(shown.output)")

        // Both banks wait for people, who compare the keys.
        let add = ["peer", "add", "bank-a", "bank-b", "--key"]
        let added = try await banks.run(add + [banks.directory + "/bank-b/node.pub"])
        #expect(added.code == 0 && added.output.contains("has taken the key"), "\(added)")
        try await eventually("bank-b has something to accept") {
            let doctor = try await banks.run("doctor")
            return doctor.output.contains(/bank-b +peerSuspended/) ? true : nil
        }
        let accepted = try await banks.run("peer", "accept", "bank-b", "bank-a")
        #expect(accepted.code == 0, "\(accepted)")
        try await pay(banks, 1)
        try await banks.stop()
    }
}
