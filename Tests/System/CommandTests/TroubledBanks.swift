import APIModels
import ChildProcess
import Foundation
import NodeClient
import TestServers
import Testing

/// bank-a and bank-b with their logs in PostgreSQL and their bus on a broker: processes and servers
/// as in production, made step by step, so that a test can leave one out.
final class TroubledBanks {
    let banks: Banks
    let postgres: PostgresServer
    let broker: BrokerServer
    /// A database, and a role of the same name, for each bank.
    let databases: [String: String]
    static let names = ["bank-a", "bank-b"]
    private static let password = "a node's word"
    private var paid = 0

    fileprivate init(_ postgres: PostgresServer, _ broker: BrokerServer) async throws {
        self.postgres = postgres
        self.broker = broker
        banks = try await Banks("bank-a", "bank-b", starting: false)
        let suffix = UUID().uuidString.prefix(8).lowercased()
        databases = ["bank-a": "bank_a_\(suffix)", "bank-b": "bank_b_\(suffix)"]
        for name in Self.names { try writeSettings(of: name) }
    }

    /// - Parameter port: Of PostgreSQL; another one than it has, where it shall not be found.
    func writeSettings(
        of name: String, password: String = TroubledBanks.password, port: Int? = nil
    ) throws {
        let role = try #require(databases[name])
        let secret = password.replacing(" ", with: "%20").replacing("'", with: "%27")
        let settings = """
            node: \(name)
            bus: kafka://\(broker.address)
            kafka: {replication: 1}
            log:
              patienceMilliseconds: 1000
              store: postgresql://\(role):\(secret)@127.0.0.1:\(port ?? postgres.port)/\(role)

            """
        try writePrivate(settings, to: folder(name) + "/node.yaml")
    }

    func folder(_ name: String) -> String { banks.directory + "/" + name }

    func makeDatabase(of name: String) async throws {
        _ = try await postgres.makeDatabase(try #require(databases[name]))
    }

    /// `giro log init`: tables and roles.
    func makeLog(of name: String) async throws {
        let passwordFile = folder(name) + "/password"
        try writePrivate(Self.password, to: passwordFile)
        let database = try #require(databases[name])
        let made = try await Running(
            [
                "log", "init", name, "--password-file", passwordFile, "--admin",
                "postgresql://postgres@127.0.0.1:\(postgres.port)/\(database)",
                "--directory", banks.directory,
            ], environment: ["PGPASSWORD": PostgresServer.password]
        ).ending()
        #expect(made.code == 0, "\(made.errors)")
    }

    func makeTopics() async throws {
        let made = try await banks.run("topics", "apply")
        #expect(made.code == 0, "\(made.output) \(made.errors)")
    }

    /// Creates the missing topics; one that differs is left as it is, and reported.
    func makeOtherTopics() async throws {
        let made = try await banks.run("topics", "apply")
        #expect(made.code == 1, "\(made.output) \(made.errors)")
    }

    /// Everything but the topics and the processes.
    func makeLogs() async throws {
        for name in Self.names {
            try await makeDatabase(of: name)
            try await makeLog(of: name)
        }
    }

    /// Starts both and opens an account at each, with money to pay with.
    func openAccounts() async throws {
        for (name, account) in [("bank-a", "acct-alice001"), ("bank-b", "acct-bobby001")] {
            if !banks.has(name) { try banks.start(name) }
            try await waitUntilReady(name)
            let opened = try await banks.run("account", "open", "\(account)@\(name)", "EUR")
            #expect(opened.code == 0, "\(opened.errors)")
        }
        let paidIn = try await banks.run("deposit", "acct-alice001@bank-a", "1000.00", "EUR")
        #expect(paidIn.code == 0, "\(paidIn.errors)")
        let limited = try await banks.run("peer", "limit", "bank-b", "bank-a", "1000.00", "EUR")
        #expect(limited.code == 0, "\(limited.errors)")
    }

    /// Starts `giro transfer` without waiting for its end.
    func beginPayment(of minorUnits: Int, id: UUID = UUID(), wait: Int = 30) throws -> Running {
        paid += minorUnits
        return try Running([
            "transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "--minor",
            "\(minorUnits)", "EUR",
            "--directory", banks.directory, "--wait", "\(wait)", "--id", id.uuidString.lowercased(),
        ])
    }

    /// Pays, and expects it to settle.
    func pay(_ minorUnits: Int) async throws {
        let ending = try await beginPayment(of: minorUnits).ending()
        #expect(ending.code == 0 && ending.output.contains("settled"), "\(ending)")
    }

    /// Sends a payment that may have been sent before until it is settled.
    func completePayment(of minorUnits: Int, id: UUID) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            paid -= minorUnits
            let ending = try await beginPayment(of: minorUnits, id: id).ending()
            if ending.code == 0 && ending.output.contains("settled") { return }
        }
        Issue.record("the payment \(id) did not settle")
    }

    /// An amount as commands show it.
    private func euros(_ minorUnits: Int) -> String {
        let cents = minorUnits % 100
        return " \(minorUnits / 100).\(cents < 10 ? "0" : "")\(cents) EUR"
    }

    /// A payment works; what was paid is exactly what was paid before; chains and books are sound.
    func expectSound() async throws {
        try await pay(1)
        let alice = try await banks.run("account", "show", "acct-alice001@bank-a")
        #expect(alice.output.contains(euros(100_000 - paid)), "\(paid) paid: \(alice.output)")
        let bobby = try await banks.run("account", "show", "acct-bobby001@bank-b")
        #expect(bobby.output.contains(euros(paid)), "\(paid) paid: \(bobby.output)")
        for check in ["verify", "books"] {
            let checked = try await banks.run(check)
            #expect(checked.code == 0, "\(check): \(checked.output) \(checked.errors)")
        }
    }
}

/// Watching the processes.
extension TroubledBanks {
    /// What `/readyz` answers, 200 or 503; `nil` where no process listens.
    func readiness(of name: String) async -> Int? {
        let client = NodeClient(.unixSocket(path: folder(name) + "/giro.sock"))
        do throws(NodeClientError) {
            try await client.checkHealth()
            return 200
        } catch {
            return error.problem?.status
        }
    }

    func waitUntilReady(_ name: String) async throws {
        try await wait("\(name) is not ready") { await self.readiness(of: name) == 200 }
    }

    /// Waits until a bank says in its log what the manual shows.
    func wait(until name: String, says trouble: Trouble) async throws {
        let (node, message) = (try banks.running(name), try trouble.message)
        try await wait("\(name) does not say: \(message)\n\(node.errorsSoFar.prefix(4000))") {
            message.isSaid(in: node.errorsSoFar)
        }
    }

    func wait(
        _ complaint: @autoclosure () -> String, until isSo: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else {
                throw TestServerError(complaint())
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A start that is refused: the exit code, and the message that the manual shows.
    func expectRefusal(
        of name: String, _ trouble: Trouble, code: Int32 = 2, _ flags: String...,
        environment: [String: String] = [:]
    ) async throws {
        let refused = try await banks.node(name, flags, environment: environment).ending()
        #expect(refused.code == code)
        let message = try trouble.message
        #expect(message.isSaid(in: refused.errors), "\(message) is not: \(refused.errors)")
    }
}

/// Runs `body` with banks that are stopped gracefully afterwards.
///
/// - Parameter postgres: Default: the one that all tests of the process share.
func withTroubledBanks(
    postgres: PostgresServer? = nil, _ body: (TroubledBanks) async throws -> Void
) async throws {
    let server = if let postgres { postgres } else { try await PostgresServer.shared.value }
    try await withBroker(.noida) { broker in
        let served = try await TroubledBanks(server, broker)
        do {
            try await body(served)
        } catch {
            await served.banks.discard()
            throw error
        }
        try await served.banks.stop()
    }
}

/// Runs `body` with banks on a PostgreSQL that it may stop and change.
func withBanksOnOwnPostgres(
    settings: [String: String] = [:], in parent: String = "/tmp",
    _ body: (TroubledBanks) async throws -> Void
) async throws {
    let server = try await PostgresServer.start(settings: settings, in: parent)
    do {
        try await withTroubledBanks(postgres: server, body)
    } catch {
        try? await server.remove()
        throw error
    }
    try await server.remove()
}
