import Foundation
import TestServers
import TestTags
import Testing

@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct SilentStoreProcessTests {
    @Test("Told to end, a bank ends although its PostgreSQL lives and says nothing")
    func silentPostgres() async throws {
        try await withBanksOnOwnPostgres { served in
            try await served.makeTopics()
            try await served.makeLogs()
            let node = try served.banks.node("bank-a")
            try await served.waitUntilReady("bank-a")
            // Half a minute for the shutdown, ten seconds for closing.
            let ending = try await served.postgres.whileFrozen(within: .seconds(120)) {
                // What it was asked waits for PostgreSQL to say whose the log is.
                try await served.wait("bank-a says it is ready") {
                    await served.readiness(of: "bank-a") == 503
                }
                node.terminate()
                return try await node.ending()
            }
            #expect(ending.code == 0, "\(ending.errors.suffix(1_000))")
        }
    }
}
