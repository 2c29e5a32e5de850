import Foundation
import Node
import Saga
import TestTags
import Testing
import TestKit

/// What `giro doctor` says of a node that runs.
@Suite(.serialized, .tags(.process))
struct DoctorNodeTests {
    @Test("The manual explains every condition")
    func manual() throws {
        let rows = try Manual.rows(under: "Health")
        let named = rows.flatMap { row in
            row[0].matches(of: /`(\w+)`/).map { String($0.1) }
        }
        #expect(Set(named) == Set(NodeCondition.Code.allCases.map(\.rawValue)))
        #expect(named.count == NodeCondition.Code.allCases.count)
    }

    @Test("Doctor asks the node that runs, and says what is wrong, since when, and what to do")
    func sickNode() async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        try banks.start("bank-a", environment: ["GIRO_LIMITS_OPEN_SAGAS_MAX": "1"])
        try banks.start("bank-b")
        for name in ["bank-a", "bank-b"] { try await banks.waitUntilHealthy(name) }
        try await banks.end("bank-b")
        let well = try await banks.run("doctor")
        #expect(well.code == 0, "\(well.output)")
        #expect(well.output.contains(/bank-a +node +ok +running and ready, \d+ entries/))
        #expect(well.output.contains(/bank-b +node +ok +not running/))

        for order in [
            ["account", "open", "acct-alice001@bank-a", "EUR"],
            ["deposit", "acct-alice001@bank-a", "5.00", "EUR"],
            ["peer", "limit", "bank-a", "bank-b", "100.00", "EUR"],
        ] {
            let done = try await banks.run(order)
            #expect(done.code == 0, "\(done)")
        }
        // bank-b does not run: the transfer stays open, and is all that may be.
        _ = try await banks.run(
            "transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "1.00", "EUR",
            "--wait", "1")
        let warned = try await sees(/bank-a +openSagasFull +warning +since 20/, banks)
        #expect(warned.code == 0)
        let wrong = try await sees(/bank-a +openSagasFull +WRONG +since 20/, banks)
        #expect(wrong.code == 1)
        #expect(wrong.output.contains(/bank-a +node +WRONG +running, and not ready/))
        #expect(wrong.output.contains("limits.openSagasMax (1) transfers are open."))
        #expect(wrong.output.contains("raise limits.openSagasMax"))
        let json = try await banks.run("doctor", "--json")
        #expect(json.code == 1 && json.output.contains(#""check":"openSagasFull""#))
        try await banks.stop()
    }

    private func sees(_ pattern: Regex<Substring>, _ banks: Banks) async throws -> Program.Ending {
        try await eventually("doctor sees it") {
            let seen = try await banks.run("doctor")
            return seen.output.contains(pattern) ? seen : nil
        }
    }
}
