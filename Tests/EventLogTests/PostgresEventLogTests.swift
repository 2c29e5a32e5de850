import EventLog
import EventLogPostgres
import Saga
import TestServers
import Testing

@Suite struct PostgresEventLogTests {
    @Test("A log that is opened again is where it was")
    func reopening() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commits = [writer.next(2), writer.next(3)]
            for commit in commits { try await log.append(commit) }
            await log.close()

            let again = try await PostgresEventLog.open(database.options)
            #expect(try await again.head() == writer.head)
            #expect(try await again.commits(after: .start, entriesMax: 100) == commits)
            try await again.append(writer.next())
            await again.close()
            try await database.wait(for: "0", from: PostgresDatabase.sessions)
        }
    }

    @Test("A writer is fenced once another process has taken over")
    func twoWriters() async throws {
        try await withPostgres { database in
            let first = try await PostgresEventLog.open(database.options)
            var former = try Writer(after: try await first.takeOver(from: Epoch(0)))
            try await first.append(former.next())

            let second = try await PostgresEventLog.open(database.otherProcess)
            var latter = try Writer(after: try await second.takeOver(from: Epoch(1)))
            #expect(await code { try await first.append(former.commit()) } == .fenced)
            #expect(await code { _ = try await first.takeOver(from: Epoch(1)) } == .fenced)
            try await second.append(latter.next())
            #expect(try await first.head() == latter.head)
            await first.close()
            await second.close()
        }
    }

    @Test("A full commit is appended and read")
    func fullCommit() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer()
            let commit = writer.next(EntryLimits.commitEntriesMax)
            try await log.append(commit)
            #expect(try await log.commits(after: .start, entriesMax: .max) == [commit])
            await log.close()
        }
    }

    @Test("Only the newest two snapshots are kept")
    func snapshotsKept() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            let key = try Writer.key(7)
            for position in [3, 1, 7, 5, 9] as [UInt64] {
                try await log.save(
                    Snapshot.seal(
                        position: Position(position), commitHash: .zero, state: [], key: key))
            }
            let kept = try await database.run(
                "SELECT string_agg(position::text, ',' ORDER BY position) FROM snapshot")
            #expect(kept == "7,9")
            await log.close()
        }
    }

    static let forbidden = [
        "UPDATE entry SET payload = ''", "UPDATE entry SET position = 100 WHERE position = 3",
        "DELETE FROM entry", "TRUNCATE entry", "UPDATE \"commit\" SET header = ''",
        "DELETE FROM \"commit\"", "TRUNCATE \"commit\"", "DELETE FROM head", "TRUNCATE head",
        "UPDATE head SET position = position - 1", "UPDATE head SET epoch = epoch - 1",
        "UPDATE head SET commit_hash = decode(repeat('07', 32), 'hex')",
        "INSERT INTO entry VALUES (2, NULL, '')",
        "INSERT INTO head VALUES (2, 0, decode(repeat('00', 32), 'hex'), 0)",
        "INSERT INTO entry VALUES (2, NULL, '') ON CONFLICT (position) DO UPDATE SET payload = ''",
    ]

    @Test(
        "The database itself refuses to change what was written, whoever asks",
        arguments: forbidden, ["giro_node", "giro_owner", "postgres"])
    func refusedByTheDatabase(sql: String, role: String) async throws {
        let database = try await Self.written()
        await #expect(throws: TestServerError.self) {
            try await database.run("SET ROLE \(role); \(sql)")
        }
        await #expect(throws: TestServerError.self) {
            // Even in the mode that skips ordinary triggers; only a superuser can ask for it.
            try await database.run(
                "SET session_replication_role = replica; SET ROLE \(role); \(sql)")
        }
        #expect(try await database.run("SELECT position, epoch FROM head") == "3|1")
        #expect(
            try await database.run("SELECT count(*), sum(length(payload)) FROM entry") == "3|21")
    }

    @Test(
        "The node's role has no right to make or change tables",
        arguments: [
            "CREATE TABLE giro.mine (id int)", "DROP TABLE entry",
            "ALTER TABLE entry DISABLE TRIGGER ALL",
            "DROP TRIGGER entries_are_never_changed ON entry",
            "UPDATE schema_version SET version = 7", "SET session_replication_role = replica",
            "SET ROLE giro_owner", "TRUNCATE snapshot", "ALTER TABLE head OWNER TO giro_node",
        ])
    func nodeRights(sql: String) async throws {
        let database = try await Self.written()
        await #expect(throws: TestServerError.self) {
            try await database.run("SET SESSION AUTHORIZATION giro_node; \(sql)")
        }
    }

    /// A log of one commit with three entries, made once for the tests that cannot change it.
    private static func written() async throws -> PostgresDatabase {
        try await prepared.value
    }

    private static let prepared = Task {
        let database = try await PostgresDatabase(on: try await PostgresServer.shared.value)
        let log = try await PostgresEventLog.open(database.options)
        var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
        try await log.append(writer.next(3))
        await log.close()
        return database
    }
}
