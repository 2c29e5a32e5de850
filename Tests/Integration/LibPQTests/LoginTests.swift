import Foundation
import TestServers
import TestTags
import Testing

@testable import LibPQ

/// What libpq says of a login that failed, and what that means.
@Suite(.tags(.postgres)) struct LoginTests {
    private static let place = #"connection to server at "127.0.0.1", port 5432 failed: "#

    @Test(
        "A failed login is distinguished from an unreachable server",
        arguments: [
            (#"FATAL:  28P01: password authentication failed for user "x""#, .server("28P01")),
            (#"FATAL:  28000: no pg_hba.conf entry for host "::1", user "x""#, .server("28000")),
            (#"FATAL:  28000: role "x" is not permitted to log in"#, .server("28000")),
            ("FATAL:  57P03: the database system is starting up", .server("57P03")),
            ("fe_sendauth: no password supplied", .loginFailed),
            ("authentication method 13 not supported", .loginFailed),
            ("GSSAPI authentication not supported", .loginFailed),
            (
                "none of the server's SASL authentication mechanisms are supported", .loginFailed
            ),
            ("malformed SCRAM message (empty message)", .loginFailed),
            ("incorrect server signature", .loginFailed),
            ("channel binding required, but SSL not in use", .loginFailed),
            ("FATAL:  08P01: SASL authentication failed", .loginFailed),
            (
                "FATAL:  08P01: server login failed: FATAL password authentication failed",
                .server("08P01")
            ),
            ("Connection refused", .unreachable), ("timeout expired", .unreachable),
            ("server does not support SSL, but SSL was required", .unreachable),
            ("SSL error: certificate verify failed", .unreachable),
            ("server closed the connection unexpectedly", .unreachable),
            (#"could not translate host name "SASL" to address"#, .unreachable),
        ] as [(String, PostgresError.Code)])
    func classified(_ words: String, _ code: PostgresError.Code) {
        let error = PostgresError(connecting: Self.place + words + "\n", lacksPassword: false)
        #expect(error.code == code)
        let others: [PostgresError.Code] = [.unreachable, .server("57P03"), .server("08P01")]
        #expect(error.isLoginFailure != others.contains(code))
        #expect(error.isRetryable != error.isLoginFailure)
    }

    @Test("A host that does not answer does not hide that the next one asks for a password")
    func severalHosts() {
        let text = "\(Self.place)Connection refused\n\(Self.place)fe_sendauth: no password supplied"
        #expect(PostgresError(connecting: text, lacksPassword: true).code == .passwordMissing)
        #expect(PostgresError(connecting: text, lacksPassword: false).code == .loginFailed)
    }

    @Test("A server that asks for a password, and is given none, is named as that")
    func noPassword() async throws {
        let server = try await PostgresServer.shared.value
        let options = ConnectionOptions(server.connectionString(password: ""))
        let error = await #expect(throws: PostgresError.self) {
            try await Connection.open(options)
        }
        #expect(error?.code == .passwordMissing)
        #expect(error?.message.contains("no password supplied") == true)
    }

    @Test("A server without an entry for the role refuses the login")
    func noEntry() async throws {
        try await withTestFolder { folder in
            let rules = folder + "/rules"
            try "local all all trust\nhost all nobody 127.0.0.1/32 trust\n".write(
                toFile: rules, atomically: true, encoding: .utf8)
            let server = try await PostgresServer.start(settings: ["hba_file": "'\(rules)'"])
            let options = ConnectionOptions(server.connectionString())
            let error = await #expect(throws: PostgresError.self) {
                try await Connection.open(options)
            }
            #expect(error?.code == .server("28000"))
            #expect(error?.message.contains("no pg_hba.conf entry") == true)
            try await server.remove()
        }
    }
}
