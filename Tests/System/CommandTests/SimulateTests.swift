import Foundation
import TestTags
import Testing

/// `giro simulate` as an engineer who looks for bugs uses it.
@Suite(.tags(.process, .slow)) struct SimulateTests {
    private struct Details: Decodable {
        let failedSeeds: [UInt64]
        let counts: [String: Int]
        let digest: String
    }

    @Test("The last line has the documented keys in their order, and a seed repeats itself")
    func json() async throws {
        let first = try await Program.run("simulate", "--seed", "7", "--seeds", "2", "--json")
        #expect(first.code == 0, "\(first.errors)")
        let form = #/
            \{"seeds":2,"violations":0,"protocolCoverage":[01]\.\d+,
            "refusalCoverage":[01]\.\d+,"messagesPerSecond":\d+\}
            /#
        #expect(try form.wholeMatch(in: first.lastLine) != nil, "\(first.lastLine)")
        let again = try await Program.run(
            "simulate", "--seed", "7", "--seeds", "2", "--json", "--threads", "1")
        #expect(try details(first).digest == details(again).digest)
        #expect(try details(first).counts == details(again).counts)
        #expect(try details(first).failedSeeds.isEmpty)
    }

    private func details(_ ending: Program.Ending) throws -> Details {
        let line = try #require(ending.output.split(separator: "\n").first)
        return try JSONDecoder().decode(Details.self, from: Data(line.utf8))
    }

    @Test("Faults can be turned off and chosen, and unknown ones are refused")
    func faults() async throws {
        let calm = try await Program.run("simulate", "--faults", "none", "--sagas", "5", "--json")
        #expect(calm.code == 0)
        let counts = try details(calm).counts
        #expect(counts["sagas"] == 5 && counts["crashes"] == 0 && counts["lost"] == 0)
        let lossy = try await Program.run(
            "simulate", "--faults", "messageLost=300", "crash=0", "--json")
        #expect(try details(lossy).counts["lost"] ?? 0 > 0)
        #expect(try details(lossy).counts["crashes"] == 0)
        #expect(try await Program.run("simulate", "--faults", "sunshine=5").code == 64)
    }

    @Test("People get the figures as tables")
    func text() async throws {
        let ending = try await Program.run("simulate", "--sagas", "5")
        #expect(ending.code == 0)
        #expect(ending.output.contains("1 seed, 0 violations; protocol coverage "))
        #expect(ending.output.contains("cell of the protocol table"))
    }
}
