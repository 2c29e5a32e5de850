import Foundation
import TestTags
import Testing

/// What a fast run leaves out, seen from outside: the tests themselves, run as `deploy/test --fast`
/// runs them.
@Suite(.tags(.process))
struct FastRunTests {
    private func run(_ filter: String) async throws -> Program.Ending {
        try await Program.shell(
            """
            GIRO_FAST=1 NO_COLOR=1 '\(CommandLine.arguments[0])' --testing-library swift-testing \
                --no-parallel --filter '\(filter)' 2>&1
            """)
    }

    @Test("Contracts are tested in memory and on files, without a server")
    func contracts() async throws {
        let ending = try await run(#"^(EventLogTests|MessageBusTests)\."#)
        #expect(ending.code == 0, "\(ending.output.suffix(2_000))")
        for suite in ["EventLogContract", "MessageBusContract", "SQLiteEventLogTests"] {
            #expect(ending.output.contains("Suite \(suite) passed"), "\(suite)")
        }
        for suite in ["PostgresEventLogTests", "KafkaFaultTests"] {
            #expect(ending.output.contains("Suite \(suite) skipped: \"needs a server"), "\(suite)")
        }
        #expect(ending.output.contains("inMemory") && !ending.output.contains("noida"))
    }

    @Test("A suite that starts a server without saying so fails")
    func servers() async throws {
        let ending = try await run(#"^LibPQTests\.ValueTests"#)
        #expect(ending.code == 1)
        #expect(ending.output.contains("is not started in a fast run"), "\(ending.output)")
    }
}
