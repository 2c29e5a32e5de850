import Foundation
import TestTags
import Testing
import TestKit

/// The stages of `deploy/test`, and what it says of them.
@Suite(.tags(.process))
struct StagesTests {
    private static let stages = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("deploy/stages").path

    /// As `deploy/test` begins.
    private func run(_ script: String) async throws -> Program.Ending {
        try await Program.shell("set -euo pipefail\n. '\(Self.stages)'\n\(script)")
    }

    private func lines(_ ending: Program.Ending) -> [Substring] {
        ending.output.split(separator: "\n")
    }

    @Test("A stage that fails keeps no other from running, and the table at the end names it")
    func failure() async throws {
        let ending = try await run(
            """
            stage "first" true
            stage "second, which fails" bash -c 'echo "begins"; exit 7'
            stage "third" echo "third ran"
            last_stage "all tests" echo "last ran"
            echo never
            """)
        #expect(ending.code == 1)
        #expect(lines(ending).contains("third ran") && lines(ending).contains("last ran"))
        let table = try #require(lines(ending).lastIndex(of: "Stages:"))
        let rows = lines(ending)[(table + 1)...].map { $0.split(separator: " ") }
        #expect(rows.map { $0[0] } == ["ok", "FAILED", "begins", "ok", "ok"])
        #expect(rows[1].suffix(3).joined(separator: " ") == "second, which fails")
        #expect(!ending.output.contains("never"))
    }

    @Test("What failed in a stage stands below it in the table, before anything that it said last")
    func failures() async throws {
        let ending = try await run(
            """
            stage_beside "beside" bash -c 'echo "✘ Test A recorded an issue"; echo last; false'
            stages_join
            stage "tests" bash -c 'echo fine; echo "✘ Test B recorded an issue"; echo end; false'
            red=$(printf '\\e[91m✘\\e[0m Test C recorded an issue')
            stage "in colour" bash -c 'echo "call: an_error: 4 refused"; echo "$0"; false' "$red"
            last_stage "more" true
            """)
        let table = try #require(lines(ending).lastIndex(of: "Stages:"))
        let rows = lines(ending)[(table + 1)...].map { $0.drop { $0 == " " } }
        #expect(rows.count == 7 && rows.first?.hasPrefix("FAILED") == true)
        #expect(rows.dropFirst().first == "✘ Test A recorded an issue")
        #expect(rows.dropFirst(3).first == "✘ Test B recorded an issue")
        #expect(rows.dropFirst(5).first == "✘ Test C recorded an issue")
    }

    @Test("Of a run of faults, the table says what was violated, and under which faults")
    func violations() async throws {
        let ending = try await run(
            """
            chaos() {
              printf 'chaos: %s\\n' 'round 1, 24 s: 0 violations' 'seed 2026, round 2:' \\
                '  kill -9 the broker; over at 5 ms' >&2
              printf '%s\\n' 'lost 0, doubled 0, violations 1' 'violation: money is gone'
              return 1
            }
            stage "faults" chaos
            last_stage "more" true
            """)
        let table = try #require(lines(ending).lastIndex(of: "Stages:"))
        let rows = lines(ending)[(table + 1)...].map { String($0.drop { $0 == " " }) }
        #expect(
            rows.dropFirst().prefix(3) == [
                "chaos: seed 2026, round 2:", "chaos:   kill -9 the broker; over at 5 ms",
                "violation: money is gone",
            ])
    }

    @Test("The last stage counts as well")
    func lastFails() async throws {
        let ending = try await run("stage \"first\" true\nlast_stage \"all tests\" false")
        #expect(ending.code == 1)
        let row = try #require(lines(ending).last { $0.hasSuffix("all tests") })
        #expect(row.contains("FAILED"))
    }

    @Test("Where all is well, what the last stage says closes the output")
    func allWell() async throws {
        let ending = try await run(
            """
            stage "first" true
            last_stage "all tests" echo "Test run with 7 tests passed"
            """)
        #expect(ending.code == 0)
        #expect(ending.lastLine == "Test run with 7 tests passed")
        #expect(lines(ending).contains("Stages:"))
    }

    @Test(
        "A stage beside others counts, and its output is shown as a whole",
        arguments: [true, false])
    func beside(_ isGood: Bool) async throws {
        let ending = try await run(
            """
            gate=$(mktemp -u) && mkfifo "$gate"
            stage_beside "computes" bash -c 'read -r word < "$0"; echo "$word"; \(isGood)' "$gate"
            stage "waits" bash -c 'echo "waited"; echo "computed" > "$0"' "$gate"
            stages_join
            rm "$gate"
            last_stage "all tests" echo "last ran"
            """)
        // It was running while the next stage did, or neither would have ended.
        #expect(ending.code == (isGood ? 0 : 1))
        #expect(
            lines(ending).prefix(5) == [
                "=== computes (beside the next)", "=== waits", "waited", "=== computes",
                "computed",
            ])
        #expect(lines(ending).contains { $0.hasSuffix("computes") && $0.contains("ok") } == isGood)
        #expect(lines(ending).contains { $0.contains("FAILED") } == !isGood)
    }

    @Test("Several stages run beside each other, and each counts with its own time")
    func several() async throws {
        let ending = try await run(
            """
            gate=$(mktemp -u) && mkfifo "$gate"
            stage_beside "one" bash -c 'read -r word < "$0"; echo "$word"' "$gate"
            stage_beside "other" bash -c 'echo "from other" > "$0"; exit 3' "$gate"
            stages_join
            rm "$gate"
            last_stage "all tests" echo "last ran"
            """)
        #expect(ending.code == 1)
        #expect(lines(ending).contains("from other"))
        #expect(lines(ending).contains { $0.contains("ok") && $0.hasSuffix("one") })
        #expect(lines(ending).contains { $0.contains("FAILED") && $0.hasSuffix("other") })
    }

    @Test("The last stage runs beside those that were not waited for, and closes the output")
    func lastBeside() async throws {
        let ending = try await run(
            """
            gate=$(mktemp -u) && mkfifo "$gate"
            stage_beside "one" bash -c 'read -r word < "$0"; echo "$word"' "$gate"
            last_stage "all tests" bash -c 'echo "from last" > "$0"; echo "7 passed"' "$gate"
            rm "$gate"
            """)
        #expect(ending.code == 0 && ending.lastLine == "7 passed")
        #expect(lines(ending).contains("from last"))
        #expect(lines(ending).contains { $0.contains("ok") && $0.hasSuffix("one") })
    }

    @Test("A stage beside others ends with the script")
    func ends() async throws {
        let ending = try await run(
            """
            stage_beside "waits" sleep 600
            echo "${beside_pids[0]}"
            exit 0
            """)
        let pid = try #require(lines(ending).last.flatMap { Int32($0) })
        try await eventually("the stage's end") { kill(-pid, 0) == -1 ? true : nil }
    }

    @Test("Without any stage before it, the last one runs alone")
    func alone() async throws {
        let ending = try await run("last_stage \"all tests\" echo done")
        #expect(ending.code == 0)
        #expect(lines(ending) == ["=== all tests", "done"])
    }
}
