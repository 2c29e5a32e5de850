import Foundation
import Simulation

extension Finding {
    var line: String {
        let all = objections.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let place = seed.map { "seed \($0)" } ?? "survived"
        let hint = hung.isEmpty ? "" : ", hung at \(hung.count) seeds"
        let isOdd = !isCaught || objections.keys.contains { !mutant.checkers.contains($0) }
        return "\(isCaught ? "caught" : "NOT CAUGHT")  \(mutant.name): \(place), "
            + all.joined(separator: ", ") + hint
            + (isOdd ? " (should be \(mutant.checkers.sorted().joined(separator: ", ")))" : "")
    }
}

/// The table that the hunt ends with.
struct Findings {
    let findings: [Finding]
    let baseline: [UInt64: Trial.Outcome]

    private struct Answer: Encodable {
        struct Row: Encodable {
            let name: String
            let bug: String
            let isCaught: Bool
            let checker: String?
            let seeds: UInt64?
            let message: String
        }

        let mutants: Int
        let caught: Int
        let score: Double
        let seedsWithoutBug: Int
        let failedWithoutBug: [UInt64]
        let digestWithoutBug: String
        let table: [Row]
    }

    var cleanSeeds: [UInt64] { baseline.keys.filter(isClean).sorted() }
    var failedSeeds: [UInt64] { baseline.keys.filter { !isClean($0) }.sorted() }
    private var caught: Int { findings.count(where: \.isCaught) }

    var isGood: Bool { caught == findings.count && failedSeeds.isEmpty }

    private func isClean(_ seed: UInt64) -> Bool {
        if case .clean? = baseline[seed] { true } else { false }
    }

    /// What `giro simulate --seeds` says of as many seeds: the copies do the same as the originals.
    private var digest: String {
        let logs = cleanSeeds.compactMap { seed -> String? in
            if case .clean(let logs)? = baseline[seed] { logs } else { nil }
        }
        return "\(SimulationReport.digest(of: logs.joined()))"
    }

    var text: String {
        let rows = [["bug", "caught by", "seeds"]] + findings.map { finding in
            [
                finding.mutant.name, finding.isCaught ? finding.checker ?? "" : "NOBODY",
                finding.seed.map { "\($0)" } ?? "-",
            ]
        }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ")
        }
        return """
            \(lines.joined(separator: "\n"))

            \(caught) of \(findings.count) bugs caught; without any bug \(cleanSeeds.count) of \
            \(baseline.count) seeds are clean\(failedSeeds.isEmpty ? "" : ", not \(failedSeeds)")
            digest of all logs without a bug: \(digest)
            """
    }

    func json() throws -> String {
        let answer = Answer(
            mutants: findings.count, caught: caught,
            score: findings.isEmpty ? 1 : Double(caught) / Double(findings.count),
            seedsWithoutBug: baseline.count, failedWithoutBug: failedSeeds,
            digestWithoutBug: digest,
            table: findings.map {
                .init(
                    name: $0.mutant.name, bug: $0.mutant.bug, isCaught: $0.isCaught,
                    checker: $0.checker, seeds: $0.seed, message: $0.message)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(answer), as: UTF8.self)
    }
}
