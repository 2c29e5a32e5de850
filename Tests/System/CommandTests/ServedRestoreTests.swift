import Foundation
import TestServers
import TestTags
import Testing

/// A bank on PostgreSQL whose database is put back to a backup, or lost.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct ServedRestoreTests {
    @Test("A database put back to its backup, or lost, is refused, and restored from the journal")
    func restored() async throws {
        let backup = Backup()
        try await withLoadedBanks(standby: false) { scene in
            try await scene.load.waitForOutcomes(60, from: 0)
            let database = try scene.banks.database(of: "bank-a")
            await backup.keep(try await scene.banks.postgres.backUp(database))
            try await scene.load.waitForOutcomes(60, from: 0)
        } after: { scene in
            try await scene.check(at: 0)
            try await putBack(try #require(await backup.file), scene)
            try await scene.check(at: 0)
            try await putBack(nil, scene)
            try await scene.check(at: 0)
        }
    }

    /// Puts bank-a's database back to a backup, or to nothing, and shows what an operator then sees
    /// and does, until the bank runs again.
    private func putBack(_ backup: String?, _ scene: LoadedBanks) async throws {
        let (banks, bankA) = (scene.banks, scene.places[0])
        try await bankA.stop()
        try await banks.postgres.replace(try banks.database(of: "bank-a"), with: backup)
        if backup == nil {
            try await bankA.start()
            let empty = try await bankA.ending()
            #expect(empty.code == 2)
            #expect(empty.errors.contains("giro log init"), "\(empty.errors)")
            try await banks.initializeLog(of: "bank-a")
        }
        try await bankA.start()
        let refused = try await bankA.ending()
        #expect(refused.code == 2)
        #expect(refused.errors.contains("giro restore bank-a"), "\(refused.errors)")
        let restored = try await banks.run("restore", "bank-a")
        #expect(restored.code == 0, "\(restored.errors)")
        #expect(restored.output.contains("entries restored"), "\(restored.output)")
        #expect(!restored.output.contains(" 0 entries restored"), "\(restored.output)")
        try await bankA.start()
        try await bankA.waitUntilReady()
    }
}

/// Where the backup is, once it was taken.
private actor Backup {
    private(set) var file: String?

    func keep(_ file: String) { self.file = file }
}
