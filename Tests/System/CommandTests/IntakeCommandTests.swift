import TestTags
import Testing

/// `giro peer stop` and `giro peer resume`.
@Suite(.serialized, .tags(.process))
struct IntakeCommandTests {
    @Test("A stopped peer's transfers are refused until it is resumed, and every look shows it")
    func story() async throws {
        let banks = try await Banks("bank-a", "bank-b")
        for order in [
            ["account", "open", "acct-alice001@bank-a", "EUR"],
            ["account", "open", "acct-bobby001@bank-b", "EUR"],
            ["deposit", "acct-alice001@bank-a", "5.00", "EUR"],
            ["peer", "limit", "bank-b", "bank-a", "100.00", "EUR"],
        ] {
            let done = try await banks.run(order)
            #expect(done.code == 0, "\(done)")
        }
        let payment = [
            "transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "1.00", "EUR", "--wait",
            "20",
        ]
        for _ in 1...2 {
            let stopped = try await banks.run("peer", "stop", "bank-b", "bank-a")
            #expect(stopped.code == 0, "\(stopped)")
            #expect(stopped.output.contains("bank-b takes no new transfers from bank-a."))
            #expect(stopped.output.contains("giro peer resume bank-b bank-a"))
        }
        let refused = try await banks.run(payment)
        #expect(refused.code == 1 && refused.output.contains("intakeStopped"), "\(refused)")
        let shown = try await banks.run("peer", "show", "bank-b")
        #expect(shown.output.contains("bank-a is stopped"), "\(shown)")
        let json = try await banks.run("peer", "show", "bank-b", "--json")
        #expect(json.output.contains(#""stoppedPeers":["bank-a"]"#), "\(json)")
        let doctor = try await banks.run("doctor")
        #expect(doctor.code == 0, "\(doctor)")
        #expect(doctor.output.contains(/bank-b +peerStopped +warning +since 20/), "\(doctor)")

        let resumed = try await banks.run("peer", "resume", "bank-b", "bank-a")
        #expect(resumed.code == 0, "\(resumed)")
        #expect(resumed.output.contains("bank-b takes new transfers from bank-a again."))
        let settled = try await banks.run(payment)
        #expect(settled.code == 0, "\(settled)")
        let after = try await banks.run("peer", "show", "bank-b")
        #expect(!after.output.contains("stopped"), "\(after)")
        let log = try await banks.run("log", "bank-b")
        let entries = log.output.split(separator: "\n").filter { $0.contains("intakeSet(") }
        #expect(entries.count == 2, "\(log)")
        #expect(entries.first?.contains("intakeSet(bank-a, stopped)") == true)
        #expect(entries.last?.contains("intakeSet(bank-a, open)") == true)
        #expect(entries.allSatisfy { $0.contains(#""principal":"unix:"#) })
        try await banks.stop()
    }

    @Test("A bank that is no peer is named as unknown", arguments: ["stop", "resume"])
    func unknownPeer(_ command: String) async throws {
        let banks = try await Banks("bank-a", "bank-b")
        let ending = try await banks.run("peer", command, "bank-a", "bank-z")
        #expect(ending.code == 2, "\(ending)")
        #expect(ending.errors.contains("No peer of this node has that name"), "\(ending)")
        try await banks.stop()
    }
}
