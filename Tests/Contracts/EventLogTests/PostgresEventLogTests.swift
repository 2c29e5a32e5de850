import Chain
import EventLog
import EventLogPostgres
import Saga
import TestServers
import TestTags
import Testing

@Suite(.tags(.postgres), .onlyInFullRuns) struct PostgresEventLogTests {
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
            var latter = try Writer(
                after: try await second.takeOver(from: Epoch(1)), former.end.history)
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
            let commit = writer.next(CommitLimits.entriesMax)
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
                    Snapshot.signed(
                        position: Position(position), commitHash: .zero,
                        history: HistoryTree(), state: [], key: key))
            }
            let kept = try await database.run(
                "SELECT string_agg(position::text, ',' ORDER BY position) FROM snapshot")
            #expect(kept == "7,9")
            await log.close()
        }
    }

    /// A statement on written rows that every role is refused, and how it is refused.
    struct Forbidden: Sendable, CustomTestStringConvertible {
        let sql: String
        /// SQLSTATE and first words. The node lacks the right, unless it needs it for appending…
        var toNode = "42501: permission denied"
        /// … and those who lack none meet a trigger, unless a constraint stands before it.
        var toOthers = "P0001: rows of "
        var testDescription: String { sql }

        init(_ sql: String) { self.sql = sql }

        init(_ sql: String, toAll refusal: String) {
            (self.sql, toNode, toOthers) = (sql, refusal, refusal)
        }

        init(_ sql: String, toOthers refusal: String) {
            (self.sql, toOthers) = (sql, refusal)
        }

        private static let goingBack = "P0001: the head never goes back"
        static let all = [
            Self("UPDATE saga_entry SET position = 100 WHERE position = 3"),
            Self("DELETE FROM saga_entry"), Self("TRUNCATE saga_entry"),
            Self("UPDATE \"commit\" SET header = ''"), Self("UPDATE \"commit\" SET body = ''"),
            Self("DELETE FROM \"commit\""), Self("TRUNCATE \"commit\""),
            Self("DELETE FROM head"), Self("TRUNCATE head"),
            Self("UPDATE head SET position = position - 1", toAll: goingBack),
            Self("UPDATE head SET epoch = epoch - 1", toAll: goingBack),
            Self(
                "UPDATE head SET commit_hash = decode(repeat('07', 32), 'hex')", toAll: goingBack),
            Self(
                "INSERT INTO head VALUES (2, 0, decode(repeat('00', 32), 'hex'), 0)",
                toOthers: "23514: "),
            Self("INSERT INTO \"commit\" SELECT * FROM \"commit\"", toAll: "23505: "),
            Self(
                """
                INSERT INTO "commit" SELECT * FROM "commit"
                ON CONFLICT (last_position) DO UPDATE SET body = ''
                """),
        ]
    }

    @Test(
        "The database itself refuses to change what was written, to every role",
        arguments: Forbidden.all, ["giro_node", "giro_owner", "postgres"])
    func refusedByTheDatabase(forbidden: Forbidden, role: String) async throws {
        let database = try await Self.written()
        let refusal = role == "giro_node" ? forbidden.toNode : forbidden.toOthers
        let attempt = "SET ROLE \(role); \(forbidden.sql)"
        // The second is the mode that skips ordinary triggers; only a superuser can ask for it.
        for sql in [attempt, "SET session_replication_role = replica; \(attempt)"] {
            let error = await #expect(throws: TestServerError.self) {
                try await database.run(sql)
            }
            #expect(
                error?.description.contains("ERROR:  \(refusal)") == true,
                "\(String(describing: error))")
        }
        try await expectUnchanged(database)
    }

    /// A commit of the written log that does not continue where it ends.
    struct Misplaced: Sendable, CustomTestStringConvertible {
        let head: Int?
        let commit: ClosedRange<Int>

        init(head: Int? = nil, _ commit: ClosedRange<Int>) {
            (self.head, self.commit) = (head, commit)
        }

        var testDescription: String { sql }

        /// The rows as one statement, as an append makes them.
        var sql: String {
            let moving = head.map { "UPDATE head SET position = \($0); " } ?? ""
            return moving + """
                INSERT INTO "commit"
                SELECT \(commit.upperBound), \(commit.lowerBound), header, signature, body
                FROM "commit"
                """
        }

        static let all = [
            Self(4...4), Self(head: 5, 5...5), Self(head: 5, 4...4), Self(head: 4, 2...4),
            Self(head: 4, 3...4), Self(head: 6, 5...6), Self(4...6),
        ]
    }

    @Test(
        "The database itself refuses a commit that does not stand right behind the last",
        arguments: Misplaced.all, ["giro_node", "postgres"])
    func density(misplaced: Misplaced, role: String) async throws {
        let database = try await Self.written()
        let error = await #expect(throws: TestServerError.self) {
            try await database.run("SET ROLE \(role); \(misplaced.sql)")
        }
        #expect(
            error?.description.contains("stands right behind the one before it") == true,
            "\(String(describing: error))")
        try await expectUnchanged(database)
    }

    @Test(
        "The node's role has no right to make or change tables",
        arguments: [
            ("CREATE TABLE giro.mine (id int)", "permission denied for schema giro"),
            ("DROP TABLE \"commit\"", "must be owner of table commit"),
            ("ALTER TABLE \"commit\" DISABLE TRIGGER ALL", "must be owner of table commit"),
            (
                "DROP TRIGGER commits_are_never_changed ON \"commit\"",
                "must be owner of relation commit"
            ),
            ("UPDATE schema_version SET version = 7", "permission denied for table schema_version"),
            ("SET session_replication_role = replica", "permission denied to set parameter"),
            ("SET ROLE giro_owner", "permission denied to set role \"giro_owner\""),
            ("TRUNCATE snapshot", "permission denied for table snapshot"),
            ("ALTER TABLE head OWNER TO giro_node", "must be owner of table head"),
        ])
    func nodeRights(sql: String, refusal: String) async throws {
        let database = try await Self.written()
        let error = await #expect(throws: TestServerError.self) {
            try await database.run("SET SESSION AUTHORIZATION giro_node; \(sql)")
        }
        #expect(
            error?.description.contains("42501: \(refusal)") == true,
            "\(String(describing: error))")
    }

    private func expectUnchanged(_ database: PostgresDatabase) async throws {
        #expect(try await database.run("SELECT position, epoch FROM head") == "3|1")
        let question = """
            SELECT count(*), sum(last_position), (SELECT sum(position) FROM saga_entry)
            FROM "commit"
            """
        #expect(try await database.run(question) == "1|3|6")
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
