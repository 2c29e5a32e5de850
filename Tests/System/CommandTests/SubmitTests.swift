import Foundation
import TestTags
import Testing
import TestKit

@testable import giro

/// `giro submit` on banks that run: where results go, what an exit code says, and what is known
/// after an interrupt.
@Suite(.serialized, .tags(.process, .slow))
struct SubmitTests {
    /// Two banks, alice with money at one, bobby at the other.
    private func withBanks(_ body: (Banks) async throws -> Void) async throws {
        let banks = try await Banks("bank-a", "bank-b")
        do {
            for account in ["acct-alice001@bank-a", "acct-bobby001@bank-b"] {
                try await done(banks.run("account", "open", account, "EUR"))
            }
            try await done(
                banks.run("deposit", "acct-alice001@bank-a", "10000.00", "EUR"))
            try await done(banks.run("peer", "limit", "bank-b", "bank-a", "50000.00", "EUR"))
            try await body(banks)
        } catch {
            await banks.discard()
            throw error
        }
        try await banks.stop()
    }

    private func done(_ ending: Program.Ending) throws {
        try #require(ending.code == 0, "\(ending.errors)")
    }

    private func write(
        _ count: Int, from: String = "acct-alice001", to: String = "acct-bobby001", in path: String
    ) throws {
        let lines = (0..<count).map { _ in
            "\(UUID().uuidString.lowercased()),\(from)@bank-a,\(to)@bank-b,,1,EUR,x,1h\n"
        }
        try (Heading.text + "\n" + lines.joined()).write(
            toFile: path, atomically: true, encoding: .utf8)
    }

    private func shell(_ banks: Banks, _ script: String) async throws -> Program.Ending {
        try await Program.shell("cd \(banks.directory) && ln -sfn . giro-data && \(script)")
    }

    private func rows(_ banks: Banks, _ name: String) throws -> [[String]] {
        try String(contentsOfFile: "\(banks.directory)/\(name)", encoding: .utf8)
            .split(separator: "\n").dropFirst().map { $0.components(separatedBy: ",") }
    }

    @Test("Results that cannot be written are found out before anything is sent")
    func unwritable() async throws {
        try await withBanks { banks in
            try write(1, in: "\(banks.directory)/f.csv")
            let cases = [
                ("no/such/x.csv", "there is no folder"), (".", "it is a folder"),
                ("/dev/full", "the disk is full"), ("f.csv", "it is the file of the transfers"),
                ("hard.csv", "it is the file of the transfers"),
                ("./soft.csv", "it is the file of the transfers"),
            ]
            for (path, words) in cases {
                let ending = try await shell(
                    banks,
                    "ln -f f.csv hard.csv; ln -sf f.csv soft.csv; "
                        + "giro submit f.csv --results \(path)")
                #expect(ending.code == 2, "\(path)")
                #expect(ending.errors.contains("\(words)"), "\(path): \(ending.errors)")
                #expect(ending.errors.contains("Nothing was sent."))
            }
            let old = try await shell(
                banks, "echo old >r.csv; giro submit nosuch.csv --results r.csv; cat r.csv")
            #expect(old.output == "old\n")
            // Nothing of all that was sent.
            try done(await shell(banks, "giro submit f.csv --results r.csv"))
            #expect(try rows(banks, "r.csv")[0][2...] == ["applied", "settled", ""])
        }
    }

    @Test(
        "Results are not written through a link of another user's", .enabled(if: geteuid() == 0))
    func foreignLink() async throws {
        try await withBanks { banks in
            let folder = banks.directory
            try write(1, in: folder + "/f.csv")
            try Data("a key".utf8).write(to: URL(filePath: folder + "/key"))
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/f.csv.results.csv", withDestinationPath: folder + "/key")
            try #require(lchown(folder + "/f.csv.results.csv", 65_534, 65_534) == 0)
            let ending = try await shell(banks, "giro submit f.csv")
            #expect(ending.code == 2 && ending.errors.contains("another user made"), "\(ending)")
            #expect(ending.errors.contains("Nothing was sent"), "\(ending)")
            #expect(try String(contentsOfFile: folder + "/key", encoding: .utf8) == "a key")
        }
    }

    @Test("Links, named pipes and standard output stay what they are")
    func inPlace() async throws {
        try await withBanks { banks in
            try write(1, in: "\(banks.directory)/f.csv")
            let link = try await shell(
                banks, "ln -s r.csv link; giro submit f.csv --results link && test -L link")
            #expect(link.code == 0)
            #expect(try rows(banks, "r.csv").count == 1)
            let fifo = try await shell(
                banks,
                "mkfifo p; cat p >q & giro submit f.csv --results p && wait && test -p p && cat q")
            #expect(fifo.code == 0 && fifo.output.contains(",duplicate,settled,"))
            for path in ["-", "/dev/stdout"] {
                let output = try await shell(
                    banks, "giro submit f.csv --results \(path) >o; cat o; grep -c outcome o")
                #expect(output.output.hasPrefix("line,id,verdict,outcome,reason\n2,"))
                #expect(output.lastLine == "1")
            }
            let broken = try await shell(banks, "giro submit f.csv --results >(exit 0); exit $?")
            #expect(broken.code == 2 && broken.errors.contains("its reader has gone"))
        }
    }

    @Test("Standard input and pipes are read", arguments: ["- <f.csv", "<(cat f.csv)"])
    func pipes(_ file: String) async throws {
        try await withBanks { banks in
            try write(1, in: "\(banks.directory)/f.csv")
            let ending = try await shell(banks, "giro submit \(file)")
            #expect(ending.code == 0 && ending.output.contains(",applied,settled,"))
        }
    }

    @Test("The exit code says whether every transfer is settled, also the second time")
    func exitCodes() async throws {
        try await withBanks { banks in
            let path = "\(banks.directory)/f.csv"
            try write(1, to: "acct-nobody00", in: path)
            for verdict in ["applied", "duplicate"] {
                let ending = try await shell(banks, "giro submit f.csv 2>&-")
                #expect(ending.code == 1)
                #expect(
                    try rows(banks, "f.csv.results.csv")[0][2...]
                        == [verdict, "rolledBack", "ledger.unknownCreditor"])
            }
            try write(1, from: "acct-nobody00", in: path)
            #expect(try await shell(banks, "giro submit f.csv 2>/dev/full").code == 1)
            #expect(try await shell(banks, "giro submit f.csv").code == 1)
            #expect(
                try rows(banks, "f.csv.results.csv")[0][2...]
                    == ["duplicate", "refused", "ledger.unknownDebtor"])
            try "\(Heading.text)\n=HYPERLINK(1),a\n".write(
                toFile: path, atomically: true, encoding: .utf8)
            #expect(try await shell(banks, "giro submit f.csv").code == 1)
            #expect(try rows(banks, "f.csv.results.csv")[0][1] == "\\u{3D}HYPERLINK(1)")
            try write(1, in: path)
            try await banks.end("bank-a")
            let away = try await shell(banks, "giro submit f.csv --patience 1")
            #expect(away.code == 2 && away.errors.contains("Send the same file again"))
            #expect(try rows(banks, "f.csv.results.csv")[0][3] == "notSent")
        }
    }

    @Test("After an interrupt what is known is written, and sending again tells the rest")
    func interrupted() async throws {
        try await withBanks { banks in
            try write(5_000, in: "\(banks.directory)/f.csv")
            let command = ["submit", "\(banks.directory)/f.csv"]
            let running = try Running(command + ["--directory", banks.directory])
            try await eventually("some are sent") {
                running.errorsSoFar.isEmpty ? nil : true
            }
            running.send(SIGINT)
            let ending = try await running.ending()
            #expect(ending.code == 128 + SIGINT)
            #expect(ending.errors.contains("Interrupted: "))
            let first = try rows(banks, "f.csv.results.csv")
            #expect(first.count == 5_000)
            let known = ["settled", "pending", "unknown", "notSent"]
            #expect(first.allSatisfy { known.contains($0[3]) })
            #expect(first.contains { $0[3] == "notSent" })
            for _ in 1...2 {
                #expect(try await banks.run(command).code == 0)
                let rows = try rows(banks, "f.csv.results.csv")
                #expect(rows.allSatisfy { $0[3] == "settled" })
            }
        }
    }
}
