import AccessControl
import Foundation
import Saga
import TestTags
import Testing
import TestKit

/// Keys and secrets are exchanged for others while clients pay in both directions.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct RotationTests {
    /// Runs a command at the banks' folder; it must succeed.
    @discardableResult
    private func run(_ scene: LoadedBanks, _ arguments: String...) async throws -> String {
        let directory = ["--directory", scene.banks.directory]
        let ending = try await Running(arguments + directory).ending()
        try #require(ending.code == 0, "\(arguments): \(ending.output) \(ending.errors)")
        return ending.output
    }

    private func restart(_ process: BankProcess) async throws {
        try await process.stop()
        try await process.start()
        try await process.waitUntilReady()
    }

    private func hasQuarantined(_ scene: LoadedBanks, _ bank: String) async throws -> Bool {
        try await run(scene, "log", bank).contains("quarantined")
    }

    @Test("A log is handed over to another key while a standby takes it over, under load")
    func key() async throws {
        try await withLoadedBanks(standby: true) { scene in
            let folder = scene.banks.directory
            try await scene.load.waitForOutcomes(20, from: 0)
            try await run(scene, "key", "rotate", "bank-a")
            // The log names who made the key, not who starts the bank with it.
            let author = "\(folder)/bank-a/node.key.by"
            let words = try String(contentsOfFile: author, encoding: .utf8).split(separator: " ")
            #expect(words.count == 2 && words[1] == "\(Principal.processUser)\n")
            try "\(words[0]) unix:somebody\n".write(
                toFile: author, atomically: false, encoding: .utf8)
            let again = try await Running(
                ["key", "rotate", "bank-a", "--directory", folder]).ending()
            #expect(again.code == 1, "\(again.output)")
            let early = try await Running(
                ["key", "retire", "bank-a", "--directory", folder]).ending()
            #expect(early.code == 1 && early.errors.contains("still signed with the old key"))
            // Before it is handed over, a log under the old key may be one that was cut.
            let verified = try await Running(["verify", "--directory", folder]).ending()
            #expect(verified.code == 1 && verified.output.contains("ends under an old key"))
            // The other bank's operator gets both keys.
            let handed = "\(folder)/bank-b/peers/bank-a.pub"
            try FileManager.default.removeItem(atPath: handed)
            try FileManager.default.copyItem(
                atPath: "\(folder)/bank-a/node.pub", toPath: handed)
            try await restart(scene.bankB)
            // The standby has to have the new key before it takes over.
            try await scene.places[1].stop()
            try await scene.places[1].start("--standby")
            try await scene.places[1].waitUntilStandingBy()
            try await scene.places[0].stop()
            try await scene.load.waitForOutcomes(20, from: 1)
            try await run(scene, "key", "retire", "bank-a")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/bank-a/node.key.by"))
            try await restart(scene.places[1])
            try await scene.load.waitForOutcomes(20, from: 1)
        } after: { scene in
            try await scene.check(at: 1)
            let shown = try await run(scene, "key", "show", "bank-a", "--json")
            let (new, old) = (
                #""kept":true,"signs":true"#, #""kept":false,"signs":false"#
            )
            #expect(shown.contains("keyRotated") == false)
            #expect(shown.replacing(/"id":"[0-9a-f]{16}",/, with: "").contains(new), "\(shown)")
            #expect(shown.replacing(/"id":"[0-9a-f]{16}",/, with: "").contains(old), "\(shown)")
            let log = try await run(scene, "log", "bank-a")
            let rotations = log.split(separator: "\n").filter { $0.contains("keyRotated") }
            #expect(rotations.count == 1)
            let named = #""principal":"unix:somebody""#
            #expect(rotations.allSatisfy { $0.contains(named) }, "\(rotations)")
            #expect(try await !hasQuarantined(scene, "bank-a"))
            #expect(try await !hasQuarantined(scene, "bank-b"))
            #expect(try await run(scene, "doctor").contains("WRONG") == false)
        }
    }

    @Test("Two operators exchange a secret, step by step, and no message is lost under load")
    func secret() async throws {
        try await withLoadedBanks(standby: false) { scene in
            let file = "\(scene.banks.directory)/bank-a/peers/bank-b.secret"
            let old = try String(contentsOfFile: file, encoding: .utf8)
            try await scene.load.waitForOutcomes(20, from: 0)
            try await run(scene, "secret", "add", "bank-a", "bank-b")
            try await run(scene, "secret", "add", "bank-b", "bank-a", "--from", file)
            for step in [nil, "use", "remove"] {
                if let step {
                    try await run(scene, "secret", step, "bank-a", "bank-b")
                    try await run(scene, "secret", step, "bank-b", "bank-a")
                }
                try await restart(scene.places[0])
                try await restart(scene.bankB)
                try await scene.load.waitForOutcomes(20, from: 0)
            }
            let new = try String(contentsOfFile: file, encoding: .utf8)
            #expect(new.count == old.count && new != old)
        } after: { scene in
            try await scene.check(at: 0)
            #expect(try await !hasQuarantined(scene, "bank-a"))
            #expect(try await !hasQuarantined(scene, "bank-b"))
        }
    }

    @Test("A message under a removed secret is quarantined and counted, and moves nothing")
    func removedTooEarly() async throws {
        let banks = try await Banks("bank-a", "bank-b")
        for (account, bank) in [("acct-alice001", "bank-a"), ("acct-bobby001", "bank-b")] {
            #expect(try await banks.run("account", "open", "\(account)@\(bank)", "EUR").code == 0)
        }
        #expect(try await banks.run("deposit", "acct-alice001@bank-a", "10.00", "EUR").code == 0)
        #expect(try await banks.run("peer", "limit", "bank-b", "bank-a", "50.00", "EUR").code == 0)
        try await banks.end("bank-b")
        for step in ["add", "use", "remove"] {
            #expect(try await banks.run("secret", step, "bank-b", "bank-a").code == 0)
        }
        try banks.start("bank-b")
        try await banks.waitUntilHealthy("bank-b")
        let paid = try await banks.run(
            "transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "1.00", "EUR",
            "--timeout", "30m", "--wait", "1")
        #expect(!paid.output.contains("settled"), "\(paid.output)")
        try await eventually("the message is quarantined") {
            let log = try await banks.run("log", "bank-b").output
            return log.contains("quarantined(unauthenticated)") ? true : nil
        }
        let shown = try await banks.run("account", "show", "acct-bobby001@bank-b", "--json")
        #expect(shown.output.contains(#""available":0"#), "\(shown.output)")
        // Both have the new one: it settles, since the payer's bank keeps retrying.
        let folder = banks.directory
        try await banks.end("bank-a")
        let from = "\(folder)/bank-b/peers/bank-a.secret"
        for step in [["add", "bank-a", "bank-b", "--from", from], ["use", "bank-a", "bank-b"]] {
            let ending = try await banks.run(["secret"] + step)
            #expect(ending.code == 0, "\(ending.errors)")
        }
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        try await eventually("the money arrives") {
            let shown = try await banks.run("account", "show", "acct-bobby001@bank-b", "--json")
            return shown.output.contains(#""available":100"#) ? true : nil
        }
        try await banks.stop()
    }
}
