import Foundation
import TestServers
import TestTags
import Testing

/// What the manual's table of unfit databases has a row for, by words that only that row has.
enum UnfitDatabase: String, CaseIterable {
    case pooler = "shares sessions"
    case hiddenRows = "Row-level security"
    case rule = "rules or triggers"
    case unlogged = "unlogged"
    case right = "lacks rights on"
    case readOnly = "default_transaction_read_only is on"
    case administrator = "The role of --admin"
    case damaged = "found its data damaged"

    var message: ShownMessage {
        get throws {
            let rows = try Manual.rows(under: Self.heading).filter { $0[0].contains(rawValue) }
            try #require(rows.count == 1, "the manual's rows about \(self): \(rows)")
            return ShownMessage(rows[0][0])
        }
    }

    static let heading = "When PostgreSQL is not as a log needs it"
}

/// Each row of that table: the program ends with exit code 2 and says it; so does `doctor`.
@Suite(.serialized, .tags(.postgres, .process, .slow))
struct PostgresRefusalTests {
    @Test("Every row of the table is shown by a test here")
    func everyRow() throws {
        let rows = try Manual.rows(under: UnfitDatabase.heading)
        for row in rows {
            let shown = UnfitDatabase.allCases.filter { row[0].contains($0.rawValue) }
            #expect(shown.count == 1, "\(row[0]) is shown by \(shown)")
        }
        #expect(rows.count == UnfitDatabase.allCases.count)
    }

    @Test(
        "What an administrator did to the log's tables ends a start, and doctor names it",
        arguments: [
            (.hiddenRows, "ALTER TABLE giro.commit ENABLE ROW LEVEL SECURITY"),
            (.rule, "CREATE RULE quiet AS ON INSERT TO giro.commit DO INSTEAD NOTHING"),
            (.unlogged, "ALTER TABLE giro.commit SET UNLOGGED"),
            (.right, "REVOKE INSERT ON giro.commit FROM NODE"),
            (.readOnly, "ALTER ROLE NODE SET default_transaction_read_only = on"),
        ] as [(UnfitDatabase, String)])
    func unfit(_ unfit: UnfitDatabase, _ sql: String) async throws {
        try await withBankOnPostgres { bank in
            try await bank.makeLog()
            try await bank.server.run(
                sql: sql.replacing("NODE", with: bank.database), database: bank.database)
            try await bank.expectRefusal(unfit)
        }
    }

    @Test("A start behind a pooler fails with an error that names it, except in session mode")
    func pooler() async throws {
        try await withBankOnPostgres { bank in
            try await bank.makeLog()
            let roles = [bank.database: OneBank.password]
            for mode in [PgBouncer.PoolMode.transaction, .statement] {
                try await withPooler(before: bank.server, mode, roles: roles) { pooler in
                    try bank.writeSettings(port: Int(pooler.port))
                    try await bank.expectRefusal(.pooler)
                }
            }
            try await withPooler(before: bank.server, .session, roles: roles) { pooler in
                try bank.writeSettings(port: Int(pooler.port))
                try bank.banks.start("bank-a")
                try await bank.banks.waitUntilHealthy("bank-a")
                #expect(try await bank.banks.run("doctor").code == 0)
                try await bank.banks.end("bank-a")
            }
        }
    }

    @Test("A page that the disk has spoilt ends a start as damage")
    func damaged() async throws {
        let server = try await PostgresServer.start()
        try await withBankOnPostgres(server) { bank in
            try await bank.makeLog()
            try bank.banks.start("bank-a")
            try await bank.banks.waitUntilHealthy("bank-a")
            try await bank.banks.end("bank-a")
            let file = try await server.run(
                sql: "SELECT pg_relation_filepath('giro.commit')", database: bank.database)
            try await server.stop()
            let handle = try #require(
                FileHandle(forUpdatingAtPath: "\(server.folder)/data/\(file)"))
            try handle.write(contentsOf: Data(repeating: 0x5A, count: 8192))
            try handle.close()
            try await server.launch()
            try await bank.expectRefusal(.damaged)
        }
        try await server.remove()
    }

    @Test("giro log init reads the administrator's URI as libpq does, and says what it refuses")
    func administrator() async throws {
        try await withBankOnPostgres { bank in
            let (server, database) = (bank.server, bank.database)
            // The first host does not answer; a role's default is no reason not to set up a log.
            try await server.run(
                sql: """
                    CREATE ROLE \(database)_admin LOGIN CREATEROLE CREATEDB PASSWORD 'a word';
                    ALTER ROLE \(database)_admin SET default_transaction_read_only = on
                    """)
            let place = "127.0.0.1:\(try freePort()),127.0.0.1:\(server.port)"
            try bank.writeSettings(database: database + "_b")
            // The tables are made where log.store says, whatever database the URI names.
            for named in [database + "%5Fb", "postgres", database] {
                let admin = "postgresql://\(place)/?dbname=\(named)&user=\(database)%5Fadmin"
                let made = try await bank.initialize(
                    admin, "--create-database", "--owner", "\(database)_owner", as: "a word")
                #expect(made.code == 0, "\(made.errors)")
                #expect(made.output.contains("the log is ready in"), "\(made.output)")
                // The role has no password so far.
                #expect(made.output.contains("The role cannot log in"), "\(made.output)")
            }
            let elsewhere = try await server.run(
                sql: "SELECT count(*) FROM pg_namespace WHERE nspname = 'giro'",
                database: database)
            #expect(elsewhere == "0")
            let owner = try await server.run(
                sql: "SELECT tableowner FROM pg_tables WHERE tablename = 'commit'",
                database: database + "_b")
            #expect(owner == "\(database)_owner")

            try await server.run(sql: "CREATE ROLE \(database)_nobody LOGIN PASSWORD 'a word'")
            let refused = try await bank.initialize(
                "postgresql://\(database)_nobody@127.0.0.1:\(server.port)/\(database)",
                as: "a word")
            #expect(refused.code == 2)
            #expect(try UnfitDatabase.administrator.message.isSaid(in: refused.errors))
            for password in ["", "wrong"] {
                let ending = try await bank.initialize(
                    "postgresql://postgres@127.0.0.1:\(server.port)", as: password)
                #expect(ending.code == 2, "\(ending)")
                #expect(ending.errors.contains("The administrator's login failed"), "\(ending)")
            }
            for (text, code) in [
                ("localhost", 64), ("postgresql://h:port/db", 2),
                ("postgresql:///db?nonsense=1", 2),
            ] as [(String, Int32)] {
                let ending = try await bank.initialize(text, as: "")
                #expect(ending.code == code && ending.errors.contains("--admin"), "\(ending)")
            }
            try await server.run(sql: "DROP DATABASE \(database)_b")
        }
    }

    @Test("giro log init does not call a log ready that log.store does not lead to")
    func otherServer() async throws {
        let other = try await PostgresServer.start()
        try await withBankOnPostgres { bank in
            let name = try await other.makeDatabase(bank.database)
            try await other.run(sql: "CREATE ROLE \(name) LOGIN PASSWORD '\(OneBank.password)'")
            try bank.writeSettings(port: other.port)
            let made = try await bank.initialize(
                "postgresql://postgres@127.0.0.1:\(bank.server.port)/\(name)",
                as: PostgresServer.password)
            #expect(made.code == 2 && made.output.isEmpty, "\(made)")
            for port in [other.port, bank.server.port] {
                #expect(made.errors.contains("@127.0.0.1:\(port)/\(name)"), "\(made.errors)")
            }
            try bank.writeSettings()
            try await bank.makeLog()
        }
        try await other.remove()
    }
}

/// bank-a with its log on PostgreSQL, and the embedded bus.
private struct OneBank {
    static let password = "a-nodes-word"
    let banks: Banks
    let server: PostgresServer
    /// Also the name of the node's role.
    let database: String

    func writeSettings(port: Int? = nil, database name: String? = nil) throws {
        let place = "127.0.0.1:\(port ?? server.port)/\(name ?? database)"
        let text = """
            node: bank-a
            bus: ../bus
            log:
              patienceMilliseconds: 1000
              store: postgresql://\(database):\(Self.password)@\(place)

            """
        try writePrivate(text, to: banks.directory + "/bank-a/node.yaml")
    }

    func makeLog() async throws {
        let file = banks.directory + "/password"
        try writePrivate(Self.password, to: file)
        let made = try await initialize(
            "postgresql://postgres@127.0.0.1:\(server.port)/\(database)", "--password-file", file,
            as: PostgresServer.password)
        try #require(made.code == 0, "\(made.errors)")
    }

    func initialize(
        _ admin: String, _ flags: String..., as password: String
    ) async throws -> Program.Ending {
        try await Running(
            ["log", "init", "bank-a", "--admin", admin, "--directory", banks.directory] + flags,
            environment: ["PGPASSWORD": password]
        ).ending()
    }

    func expectRefusal(_ unfit: UnfitDatabase) async throws {
        let message = try unfit.message
        let start = try await banks.node("bank-a").ending()
        #expect(start.code == 2)
        #expect(message.isSaid(in: start.errors), "\(message) is not: \(start.errors)")
        #expect(start.errors.contains("restore") == (unfit == .damaged))
        let doctor = try await banks.run("doctor")
        #expect(doctor.code == 1)
        #expect(message.isSaid(in: doctor.output), "\(message) is not: \(doctor.output)")
    }
}

/// - Parameter server: Default: the one that all tests of the process share.
private func withBankOnPostgres(
    _ server: PostgresServer? = nil, _ body: (OneBank) async throws -> Void
) async throws {
    let server = if let server { server } else { try await PostgresServer.shared.value }
    let bank = OneBank(
        banks: try await Banks("bank-a", starting: false), server: server,
        database: try await server.makeDatabase())
    try bank.writeSettings()
    do {
        try await body(bank)
    } catch {
        await bank.banks.discard()
        throw error
    }
    try await bank.banks.stop()
}
