import Chain
import EventLog
import EventLogPostgres
import Foundation
import LibPQ
import Saga
import TestServers
import TestTags
import Testing

@Suite(.tags(.postgres, .slow), .onlyInFullRuns) struct PostgresOpeningTests {
    @Test("Initialising again changes nothing, and lets a password be changed")
    func initializingAgain() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer()
            try await log.append(writer.next(3))
            try await PostgresEventLog.initialize(
                database.administrator, roles: PostgresDatabase.roles)
            #expect(try await log.head() == writer.head)
            try await log.append(writer.next())
            await log.close()
        }
    }

    @Test("The node's password reaches no server log, and logs the node in")
    func passwordIsNotSent() async throws {
        try await withOwnPostgres(settings: ["log_statement": "'all'"]) { database in
            await (try PostgresEventLog.open(database.options)).close()
            let log = database.server.log
            #expect(log.contains("ALTER ROLE \"giro_node\""))
            #expect(log.contains("SCRAM-SHA-256$"))
            #expect(!log.contains("a node") && !log.contains("s secret"))
        }
    }

    @Test("Two logs live in one database, in schemas of any name")
    func twoSchemas() async throws {
        try await withPostgres { database in
            var administrator = database.administrator
            administrator.schema = "bank \"b\"; --"
            try await PostgresEventLog.initialize(
                administrator, roles: PostgresLogRoles(node: PostgresDatabase.roles.node))
            var options = database.options
            options.schema = administrator.schema
            let second = try await PostgresEventLog.open(options)
            let first = try await PostgresEventLog.open(database.options)
            var writer = try Writer()
            try await second.append(writer.next(3))
            #expect(try await second.head() == writer.head)
            #expect(try await first.head() == .empty)
            let (lease, other) = (PostgresLease(options), PostgresLease(database.options))
            try await expect(lease, isTaken: true)
            try await expect(other, isTaken: true)
            for lease in [lease, other] { await lease.close() }
            await first.close()
            await second.close()
        }
    }

    @Test("A schema newer than this program is refused")
    func newerSchema() async throws {
        try await withPostgres { database in
            try await database.run("UPDATE schema_version SET version = 1000")
            let options = database.options
            #expect(await code { _ = try await PostgresEventLog.open(options) } == .newerSchema)
            #expect(
                await code { _ = try await PostgresEventLog.openForReading(options) }
                    == .newerSchema)
            #expect(
                await code {
                    try await PostgresEventLog.initialize(
                        database.administrator, roles: PostgresDatabase.roles)
                } == .newerSchema)
        }
    }

    @Test("Bodies are compressed with lz4 where the server has it, and not at all elsewhere")
    func compression() async throws {
        try await withPostgres { database in
            let choice = try await database.run(
                """
                SELECT attcompression::text || attstorage::text FROM pg_attribute
                WHERE attrelid = 'giro.commit'::regclass AND attname = 'body'
                """)
            let hasLZ4 = try await database.run(
                "SELECT 'lz4' = ANY (enumvals) FROM pg_settings "
                    + "WHERE name = 'default_toast_compression'")
            #expect(choice == (hasLZ4 == "t" ? "lx" : "e"))
        }
    }

    @Test("A database without a log says how to make one")
    func noLog() async throws {
        try await withPostgres { database in
            var options = database.options
            options.schema = "elsewhere"
            let elsewhere = options
            let error = await #expect(throws: LogError.self) {
                _ = try await PostgresEventLog.open(elsewhere)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("giro log init") == true)
        }
    }

    @Test(
        "A log whose parts do not end at one place is refused",
        arguments: [
            "UPDATE head SET position = position + 1",
            """
            ALTER TABLE head DISABLE TRIGGER ALL;
            UPDATE head SET commit_hash = decode(repeat('00', 32), 'hex')
            """,
            "ALTER TABLE \"commit\" DISABLE TRIGGER ALL; DELETE FROM \"commit\"",
            """
            ALTER TABLE "commit" DISABLE TRIGGER ALL;
            INSERT INTO "commit" SELECT 4, 4, header, signature, body FROM "commit"
            """,
        ])
    func disagreement(sql: String) async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            try await log.append(try Writer().commit(3))
            await log.close()
            try await database.run(sql)
            let options = database.options
            #expect(await code { _ = try await PostgresEventLog.open(options) } == .corrupt)
            #expect(
                await code { _ = try await PostgresEventLog.openForReading(options) } == .corrupt)
        }
    }

    @Test("A body that is not whole is found when it is read", arguments: [
        "substr(body, 1, length(body) - 1)", "body || '\\x00'", "''",
        "decode(repeat('00', length(body)), 'hex')",
    ])
    func damagedBody(_ body: String) async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer()
            try await log.append(writer.next(3))
            try await log.append(writer.next(3))
            try await database.run(
                """
                ALTER TABLE "commit" DISABLE TRIGGER ALL;
                UPDATE "commit" SET body = \(body) WHERE last_position = 3
                """)
            #expect(await code { _ = try await log.commit(containing: Position(2)) } == .corrupt)
            #expect(
                await code { _ = try await log.commits(after: .start, entriesMax: 9) } == .corrupt)
            await log.close()
        }
    }

    @Test("A reader follows a log that a node is writing, and cannot write itself")
    func readingWhileWriting() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            let reader = try await PostgresEventLog.openForReading(database.otherProcess)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commit = writer.next(3)
            try await log.append(commit)
            #expect(try await reader.commits(after: .start, entriesMax: 100) == [commit])
            #expect(await code { try await reader.append(writer.commit()) } == .fenced)
            #expect(await code { _ = try await reader.takeOver(from: Epoch(1)) } == .fenced)
            await log.close()
            #expect(try await reader.head() == writer.head)
            await reader.close()
        }
    }

    @Test(
        "A server or role whose settings would lose commits is refused, and named to the doctor",
        arguments: ["fsync", "full_page_writes", "synchronous_commit"])
    func losingCommits(setting: String) async throws {
        try await withOwnPostgres(settings: [setting: "off"]) { database in
            let options = database.options
            let error = await #expect(throws: LogError.self) {
                _ = try await PostgresEventLog.open(options)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("set \(setting) = on") == true)
            let findings = try await ServerFinding.all(at: options)
            #expect(findings.count == 1)
            #expect(findings.first?.description.hasPrefix(setting) == true)
        }
    }

    @Test("A role for which commits are not waited for is refused, weaker waits are not")
    func settingsOfTheRole() async throws {
        try await withPostgres { database in
            func alter(_ value: String) async throws {
                try await database.run(
                    """
                    ALTER ROLE giro_node IN DATABASE \(database.name)
                    SET synchronous_commit = '\(value)'
                    """)
            }
            let options = database.options
            try await alter("off")
            #expect(await code { _ = try await PostgresEventLog.open(options) } == .unavailable)
            for value in ["local", "remote_write", "remote_apply", "on"] {
                try await alter(value)
                await (try PostgresEventLog.open(options)).close()
                #expect(try await ServerFinding.all(at: options) == [])
            }
        }
    }

    @Test("A read replica is refused")
    func replica() async throws {
        try await withOwnPostgres { database in
            try await database.server.stop()
            let signal = database.server.folder + "/data/standby.signal"
            try Data().write(to: URL(fileURLWithPath: signal))
            try await database.server.launch()
            let options = database.options
            let error = await #expect(throws: LogError.self) {
                _ = try await PostgresEventLog.open(options)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("replica") == true)
        }
    }

    @Test("A wrong password and a server that is not there make the log unavailable")
    func unavailable() async throws {
        let server = try await PostgresServer.shared.value
        let wrong = PostgresLogOptions(server.connectionString(password: "wrong"))
        let error = await #expect(throws: LogError.self) {
            _ = try await PostgresEventLog.open(wrong)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("password authentication failed") == true)
        let nobody = PostgresLogOptions("host=127.0.0.1 port=\(try freePort()) user=x dbname=x")
        #expect(await code { _ = try await PostgresEventLog.open(nobody) } == .unavailable)
    }
}
