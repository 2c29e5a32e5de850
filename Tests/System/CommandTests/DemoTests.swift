import Foundation
import TestTags
import Testing

/// The main job, end to end: three processes, 10,000 transfers, and what the model expects of them.
@Suite(.serialized, .tags(.process, .slow))
struct DemoTests {
    struct Summary: Decodable {
        let transfers: Int
        let settled: Int
        let rolledBack: Int
        let refused: Int
        let duplicate: Int
        let conflict: Int
        let invalid: Int
        let pending: Int
        let booksBalanced: Bool
        let chainVerified: Bool
    }

    @Test("However often banks are killed, the outcomes are the model's", arguments: [0, 50])
    func outcomes(kills: Int) async throws {
        let folder = Banks.newFolder()
        let demo = try await Program.run(
            "demo", "--json", "--directory", folder, "--samples", Program.samples, "--kills",
            "\(kills)")
        // Exit code 0 also says that every single outcome is the one the model expects.
        #expect(demo.code == 0, "\(demo.errors.suffix(2_000))")
        let summary = try JSONDecoder().decode(Summary.self, from: Data(demo.lastLine.utf8))
        #expect(summary.transfers == 10_000)
        #expect(summary.pending == 0)
        #expect(summary.booksBalanced && summary.chainVerified)
        let sum =
            summary.settled + summary.rolledBack + summary.refused + summary.duplicate
            + summary.conflict + summary.invalid
        #expect(sum == summary.transfers)
        try await lookFurther(folder)
        try FileManager.default.removeItem(atPath: folder)
    }

    private func lookFurther(_ folder: String) async throws {
        for command in ["books", "verify", "doctor"] {
            let ending = try await Program.run(command, "--json", "--directory", folder)
            #expect(ending.code == 0, "\(command): \(ending.output) \(ending.errors)")
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(ending.output.utf8))
            }
        }
        let log = try await Program.run("log", "bank-a", "--directory", folder, "--limit", "500")
        #expect(log.code == 0)
        #expect(log.output.split(separator: "\n").count == 500)
    }
}
