import Foundation
import LibPQ
import TestServers
import TestTags
import Testing

/// TLS as libpq does it, with a certificate authority of the test's own.
@Suite(.tags(.postgres, .slow)) struct TLSTests {
    @Test("verify-full takes the right server and no other, and says why")
    func verifying() async throws {
        try await withTestFolder { folder in
            let authorities = try await CertificateFolder(folder)
            try await authorities.makeAuthority("ca")
            try await authorities.makeAuthority("other")
            try await authorities.issue("good", address: "127.0.0.1", days: 1)
            try await authorities.issue("name", address: "127.0.0.2", days: 1)
            try await authorities.issue("expired", address: "127.0.0.1", days: -1)

            #expect(try await attempt(authorities, server: "good", trusting: "ca") == nil)
            let refused = [
                ("good", "other", "certificate verify failed"),
                ("expired", "ca", "certificate verify failed"),
                ("name", "ca", "does not match host name"),
                ("good", "missing", "does not exist"),
            ]
            for (server, authority, reason) in refused {
                let error = try await attempt(authorities, server: server, trusting: authority)
                #expect(error?.code == .unreachable)
                #expect(error?.message.contains(reason) == true, "\(server): \(error as Any)")
            }
        }
    }

    /// What a client shows to a server that asks for its certificate.
    enum Shown: CaseIterable {
        case right, nothing, otherAuthority, expired, otherRole
    }

    @Test(
        "A server that asks for certificates takes the role's own and no other",
        arguments: Shown.allCases)
    func clientCertificate(_ shown: Shown) async throws {
        try await withTestFolder { folder in
            let authorities = try await CertificateFolder(folder)
            try await authorities.makeAuthority("ca")
            try await authorities.makeAuthority("other")
            try await authorities.issue("server", address: "127.0.0.1", days: 1)
            let role = shown == .otherRole ? "somebody" : "postgres"
            try await authorities.issue(
                role, address: "127.0.0.1", days: shown == .expired ? -1 : 1,
                authority: shown == .otherAuthority ? "other" : "ca")
            let server = try await serverThatAsks(folder)
            let own = "sslcert=\(folder)/\(role).crt sslkey=\(folder)/\(role).key"
            let error = await connectionError(
                server, "\(folder)/ca.crt",
                shown == .nothing ? "sslcert=\(folder)/none.crt" : own)
            let said = error?.message ?? "nothing"
            switch shown {
            case .right: #expect(error == nil, "\(said)")
            case .nothing: #expect(said.contains("requires a valid client certificate"), "\(said)")
            case .otherAuthority: #expect(said.contains("unknown ca"), "\(said)")
            case .expired: #expect(said.contains("certificate expired"), "\(said)")
            case .otherRole:
                #expect(said.contains("certificate authentication failed"), "\(said)")
            }
            try await server.remove()
        }
    }

    private func serverThatAsks(_ folder: String) async throws -> PostgresServer {
        let rules = folder + "/rules"
        try "local all all trust\nhostssl all all 127.0.0.1/32 cert\n".write(
            toFile: rules, atomically: true, encoding: .utf8)
        return try await PostgresServer.start(
            settings: ["ssl_ca_file": "'\(folder)/ca.crt'", "hba_file": "'\(rules)'"],
            certificate: (file: "\(folder)/server.crt", key: "\(folder)/server.key"))
    }

    @Test("A server without TLS is refused where TLS is asked for")
    func withoutTLS() async throws {
        try await withTestFolder { folder in
            let authorities = try await CertificateFolder(folder)
            try await authorities.makeAuthority("ca")
            let server = try await PostgresServer.shared.value
            let error = await connectionError(server, "\(folder)/ca.crt")
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("server does not support SSL") == true)
        }
    }

    private func attempt(
        _ certificates: CertificateFolder, server name: String, trusting authority: String
    ) async throws -> PostgresError? {
        let folder = certificates.path
        let server = try await PostgresServer.start(
            certificate: (file: "\(folder)/\(name).crt", key: "\(folder)/\(name).key"))
        let error = await connectionError(server, "\(folder)/\(authority).crt")
        try await server.remove()
        return error
    }

    private func connectionError(
        _ server: PostgresServer, _ authority: String, _ more: String = ""
    ) async -> PostgresError? {
        let options = ConnectionOptions(
            server.connectionString() + " sslmode=verify-full sslrootcert=\(authority) \(more)")
        do throws(PostgresError) {
            let connection = try await Connection.open(options)
            let rows = try await connection.query(
                Statement("tls", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
            let isEncrypted: Bool = try rows[0].value(0)
            #expect(isEncrypted)
            await connection.close()
            return nil
        } catch {
            return error
        }
    }
}
