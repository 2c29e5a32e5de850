import Chain
import EventLog
import EventLogPostgres
import LibPQ
import Saga
import TestServers
import TestTags
import Testing

/// What others can do to the log's tables and its role, so that the node no longer reads what is
/// stored, or stores what it writes.
@Suite(.tags(.postgres), .onlyInFullRuns) struct PostgresTablesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// By an administrator.
        let sql: String
        let words: [String]
        var isRefusedToReaders = true
        var testDescription: String { sql }

        init(_ sql: String, _ words: String..., isRefusedToReaders: Bool = true) {
            (self.sql, self.words) = (sql, words)
            self.isRefusedToReaders = isRefusedToReaders
        }

        static let all = [
            Self(
                "ALTER TABLE saga_entry ENABLE ROW LEVEL SECURITY", "Row-level security",
                "giro.saga_entry"),
            Self(
                """
                ALTER TABLE head ENABLE ROW LEVEL SECURITY;
                CREATE POLICY p ON head USING (position < 0)
                """, "Row-level security", "giro.head"),
            Self("ALTER TABLE schema_version ENABLE ROW LEVEL SECURITY", "giro.schema_version"),
            Self(
                "CREATE RULE quiet AS ON INSERT TO \"commit\" DO INSTEAD NOTHING", "giro.commit",
                "rule quiet"),
            Self(
                """
                CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN RETURN NULL; END';
                CREATE TRIGGER drops BEFORE INSERT ON "commit" FOR EACH ROW
                    EXECUTE FUNCTION drops()
                """, "giro.commit", "trigger drops"),
            Self("ALTER TABLE \"commit\" SET UNLOGGED", "unlogged", "SET LOGGED"),
            Self(
                "REVOKE SELECT ON saga_entry FROM giro_node", "giro.saga_entry", "SELECT",
                "giro_node"),
            Self(
                "REVOKE INSERT ON \"commit\" FROM giro_node", "giro.commit", "INSERT",
                "giro log init", isRefusedToReaders: false),
            Self(
                "REVOKE UPDATE (position, commit_hash, epoch) ON head FROM giro_node", "giro.head",
                "UPDATE", isRefusedToReaders: false),
            Self("REVOKE USAGE ON SCHEMA giro FROM giro_node", "USAGE of the schema"),
            Self(
                "REVOKE ALL ON snapshot FROM giro_node", "giro.snapshot",
                "SELECT, INSERT, UPDATE, DELETE"),
            Self("ALTER TABLE head RENAME TO former", "no event log", "giro log init"),
        ]
    }

    @Test("Whatever stands between the node and its tables is named at a start",
        arguments: Case.all)
    func refused(refusal: Case) async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            try await log.append(writer.next(3))
            await log.close()
            try await database.run(refusal.sql)
            let options = database.options
            let error = await failure { _ = try await PostgresEventLog.open(options) }
            #expect(error?.code == .unavailable)
            for words in refusal.words {
                #expect(error?.message.contains(words) == true, "\(error as Any)")
            }
            #expect(error?.message.contains("restore") == false)
            let reading = await code {
                await (try PostgresEventLog.openForReading(options)).close()
            }
            #expect((reading == .unavailable) == refusal.isRefusedToReaders)
        }
    }

    @Test("Row-level security that comes while the log is open makes it fail, and hides nothing")
    func rowsHiddenMeanwhile() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commit = writer.next(3)
            try await log.append(commit)
            for table in ["saga_entry", "\"commit\"", "head"] {
                try await database.run("ALTER TABLE \(table) ENABLE ROW LEVEL SECURITY")
            }
            let errors = [
                await failure { _ = try await log.commits(after: .start, entriesMax: 9) },
                await failure { _ = try await log.commit(containing: Position(1)) },
                await failure { _ = try await log.head() },
                await failure { try await log.append(writer.commit()) },
                await failure { _ = try await log.takeOver(from: Epoch(1)) },
            ]
            for error in errors {
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("row-level security") == true, "\(error as Any)")
            }
            for table in ["saga_entry", "\"commit\"", "head"] {
                try await database.run("ALTER TABLE \(table) DISABLE ROW LEVEL SECURITY")
            }
            #expect(try await log.commits(after: .start, entriesMax: 9) == [commit])
            try await log.append(writer.next())
            await log.close()
        }
    }

    @Test("A role that is exempt from row-level security is not hindered by it")
    func exempt() async throws {
        try await withPostgres { database in
            try await database.run("ALTER TABLE saga_entry ENABLE ROW LEVEL SECURITY")
            await (try PostgresEventLog.open(database.administrator)).close()
        }
    }

    @Test(
        "Read-only transactions as a default are named, where they are set for whom ever",
        arguments: ["ROLE giro_node IN DATABASE", "DATABASE"])
    func readOnly(scope: String) async throws {
        try await withPostgres { database in
            try await database.run(
                "ALTER \(scope) \(database.name) SET default_transaction_read_only = on")
            let options = database.options
            let error = await failure { _ = try await PostgresEventLog.open(options) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("default_transaction_read_only is on") == true)
            #expect(error?.message.contains("replica") == false)
            let lease = PostgresLease(options)
            #expect(await code { _ = try await lease.take() } == .unavailable)
            await lease.close()
            // It may be read, and an administrator who sets the log up is there to write.
            await (try PostgresEventLog.openForReading(options)).close()
            try await PostgresEventLog.initialize(
                database.administrator, roles: PostgresDatabase.roles)
            #expect(try await ServerFinding.all(at: options).count == 1)
        }
    }

    @Test("A column that was altered under a reader is another statement, not damage")
    func alteredColumn() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            _ = try await log.takeOver(from: Epoch(0))
            _ = try await log.newestSnapshot()
            try await log.save(
                Snapshot.signed(
                    position: Position(1), commitHash: .zero, history: HistoryTree(), state: [7],
                    key: Writer.key(7)))
            _ = try await log.newestSnapshot()
            // What is prepared no longer fits: "cached plan must not change result type".
            try await database.run(
                "ALTER TABLE snapshot ALTER COLUMN position TYPE int4 USING position::int4")
            #expect(try await log.newestSnapshot()?.state == [7])
            await log.close()
        }
    }

    @Test("A prepared statement that is gone costs a connection, not the log")
    func deallocated() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            try await log.append(writer.next(3))
            // As what a pooler does to a session that it has given to another.
            try await database.run(
                """
                CREATE FUNCTION giro.forget() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN DEALLOCATE ALL; RETURN NULL; END';
                CREATE TRIGGER forget AFTER UPDATE ON head EXECUTE FUNCTION giro.forget()
                """)
            try await log.append(writer.next(1))
            try await database.run("DROP TRIGGER forget ON head")
            let error = await failure { try await log.append(writer.commit()) }
            #expect(error?.code == .unavailable, "\(error as Any)")
            #expect(error?.message.contains("26000") == true, "\(error as Any)")
            try await log.append(writer.next(2))
            #expect(try await log.head() == writer.head)
            await log.close()
        }
    }
}
