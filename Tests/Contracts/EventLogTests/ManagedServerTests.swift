import Chain
import EventLog
import EventLogPostgres
import Foundation
import LibPQ
import Saga
import TestServers
import TestTags
import Testing

/// A server that a provider runs: there is no superuser for us, only a role that may create roles
/// and databases.
@Suite(.tags(.postgres), .onlyInFullRuns) struct ManagedServerTests {
    private static let roles = PostgresLogRoles(
        owner: "log_owner", node: "node_a", nodePassword: "a node's")

    private func options(
        _ server: PostgresServer, _ role: String, _ password: String
    ) -> PostgresLogOptions {
        PostgresLogOptions(
            server.connectionString(
                database: "bank_a", user: role, password: password.replacing("'", with: "\\'")))
    }

    @Test(
        "A role with CREATEROLE and CREATEDB makes a log for an owner, and may do it again",
        arguments: PostgresServer.Version.allCases)
    func withoutSuperuser(version: PostgresServer.Version) async throws {
        let server = try await PostgresServer.start(version: version)
        try await server.run(
            sql: "CREATE ROLE cloud LOGIN CREATEROLE CREATEDB PASSWORD 'cumulus'")
        let cloud = options(server, "cloud", "cumulus")
        for _ in 0..<2 {
            try await PostgresEventLog.makeDatabase("bank_a", cloud)
            try await PostgresEventLog.initialize(cloud, roles: Self.roles)
        }
        let owners = try await server.run(
            sql: """
                SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables
                WHERE schemaname = 'giro'
                """, database: "bank_a")
        #expect(owners == "log_owner")
        let log = try await PostgresEventLog.open(options(server, "node_a", "a node's"))
        var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
        try await log.append(writer.next(3))
        #expect(try await log.head() == writer.head)
        await log.close()
        try await server.remove()
    }

    @Test("An owner role that another role made is refused, and the error names the GRANT")
    func foreignOwner() async throws {
        let server = try await PostgresServer.start(version: .v18)
        try await server.run(sql: "CREATE ROLE log_owner")
        try await server.run(
            sql: "CREATE ROLE cloud LOGIN CREATEROLE CREATEDB PASSWORD 'cumulus'")
        let cloud = options(server, "cloud", "cumulus")
        try await PostgresEventLog.makeDatabase("bank_a", cloud)
        let refusal = await failure {
            try await PostgresEventLog.initialize(cloud, roles: Self.roles)
        }
        #expect(refusal?.code == .unavailable)
        #expect(refusal?.message.contains("GRANT \"log_owner\" TO") == true)
        #expect(refusal?.message.contains("giro log init") == false)
        try await server.run(sql: "GRANT log_owner TO cloud WITH SET TRUE, INHERIT FALSE")
        for _ in 0..<2 { try await PostgresEventLog.initialize(cloud, roles: Self.roles) }
        try await server.remove()
    }

    @Test("A role that may not create databases gets an error that names CREATEDB")
    func noDatabases() async throws {
        try await withPostgres { database in
            let error = await failure {
                try await PostgresEventLog.makeDatabase("bank_b", database.options)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("CREATEDB") == true)
        }
    }
}
