import AccessControl
import Foundation
import Saga
import TestTags
import Testing
import TestKit

/// A key is exchanged for another while clients pay in both directions.
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

    @Test("A log is handed over to another key, by a standby, and its peer learns it from the log")
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
            let taken = try await run(scene, "log", "bank-b").split(separator: "\n")
                .filter { $0.contains("peerKeyTaken(bank-a") }
            #expect(taken.count == 1)
            #expect(try await run(scene, "doctor").contains("WRONG") == false)
        }
    }
}
