import APIModels
import Foundation
import Ledger
import NodeClient
import Saga
import Synchronization
import TestServers
import Testing

/// Banks as they are run: each with its log in its own database on PostgreSQL, all on one broker,
/// the API on TCP.
///
/// Several processes can be given to one bank: they share its folder, its log and its tokens.
final class ServedBanks: Sendable {
    /// The program's `--directory`.
    let directory: String
    let postgres: PostgresServer
    let broker: BrokerServer
    private let banks: [String: Bank]
    private let processes = Mutex<[BankProcess]>([])

    private struct Bank {
        /// Also the name of the role that the node uses there.
        let database: String
        let token: String
    }

    private init(
        directory: String, postgres: PostgresServer, broker: BrokerServer, banks: [String: Bank]
    ) {
        self.directory = directory
        self.postgres = postgres
        self.broker = broker
        self.banks = banks
    }

    /// Makes banks that do not run yet: folders, databases, topics, an operator's token each.
    ///
    /// - Parameters:
    ///   - settings: Lines of every bank's `node.yaml`; not `log`, `bus` and `node`. Where they
    ///     set `kafka`, `kafka.replication` must be among them: there is one broker.
    ///   - postgres: Where their databases are made.
    static func make(
        _ names: [String], settings: String = "", on postgres: PostgresServer,
        _ broker: BrokerServer
    ) async throws -> ServedBanks {
        let directory = Banks.newFolder()
        try await run(["init", "--directory", directory] + names)
        var banks: [String: Bank] = [:]
        for name in names {
            let database = try await postgres.makeDatabase()
            try await configure(name, in: directory, settings, database, postgres, broker)
            let token = try await run(
                ["token", "add", "--directory", directory, "--role", "operator", name, "test"]
            ).lastLine
            banks[name] = Bank(database: database, token: token)
        }
        try await run(["topics", "apply", "--directory", directory])
        let made = ServedBanks(
            directory: directory, postgres: postgres, broker: broker, banks: banks)
        for name in names { try await made.initializeLog(of: name) }
        return made
    }

    private static let password = "battery-staple"

    private static func configure(
        _ bank: String, in directory: String, _ settings: String, _ database: String,
        _ postgres: PostgresServer, _ broker: BrokerServer
    ) async throws {
        let log = "postgresql://\(database):\(password)@127.0.0.1:\(postgres.port)/\(database)"
        let text = """
            node: \(bank)
            bus: kafka://\(broker.address)
            \(settings.contains("kafka:") ? "" : "kafka: {replication: 1}")
            log:
              store: \(log)
            \(settings)
            """
        try writePrivate(text, to: "\(directory)/\(bank)/node.yaml")
    }

    /// `giro log init`: makes the tables and the role, or leaves them as they are.
    func initializeLog(of bank: String) async throws {
        let file = directory + "/password"
        try writePrivate(Self.password, to: file)
        try await Self.run(
            [
                "log", "init", "--directory", directory, bank, "--password-file", file, "--admin",
                "postgresql://postgres@127.0.0.1:\(postgres.port)/\(try database(of: bank))",
            ], environment: ["PGPASSWORD": PostgresServer.password])
    }

    func database(of bank: String) throws -> String { try #require(banks[bank]).database }

    /// Another place where a process of `bank` can run; nothing is started.
    func process(_ bank: String) throws -> BankProcess {
        let token = try #require(banks[bank]).token
        return try processes.withLock { processes in
            let process = try BankProcess(
                bank, index: processes.count { $0.bank == bank }, token: token,
                directory: directory)
            processes.append(process)
            return process
        }
    }

    /// A process of `bank` that takes commands.
    func startedProcess(_ bank: String) async throws -> BankProcess {
        let process = try process(bank)
        try await process.start()
        try await process.waitUntilReady()
        return process
    }

    /// Runs the program with `--directory`.
    func run(_ arguments: String...) async throws -> Program.Ending {
        try await Running(arguments + ["--directory", directory]).ending()
    }

    @discardableResult private static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Program.Ending {
        let ending = try await Running(arguments, environment: environment).ending()
        try #require(ending.code == 0, "\(arguments): \(ending.errors)")
        return ending
    }

    /// All books agree and every log is what was signed; nothing is in flight any more.
    func checkBooks() async throws {
        let books = try await run("books")
        #expect(books.code == 0, "\(books.output) \(books.errors)")
        #expect(books.output.contains("\n0 open sagas."), "\(books.output)")
        let verified = try await run("verify")
        #expect(verified.code == 0, "\(verified.output) \(verified.errors)")
    }

    /// Stops every process that runs, gracefully.
    func stop() async throws {
        for process in processes.withLock({ $0 }) { try await process.stop() }
    }

    /// Ends what still runs and removes the folder and the databases.
    func remove() async throws {
        for process in processes.withLock({ $0 }) where process.isRunning {
            try await process.kill()
        }
        for bank in banks.values {
            try await postgres.run(sql: "DROP DATABASE IF EXISTS \(bank.database) WITH (FORCE)")
        }
        try FileManager.default.removeItem(atPath: directory)
    }
}

/// Runs `body` with banks on the shared PostgreSQL and their own broker. All processes are ended
/// afterwards.
func withServedBanks(
    _ names: String..., settings: String = "", _ body: (ServedBanks) async throws -> Void
) async throws {
    let postgres = try await PostgresServer.shared.value
    try await withBroker(.noida) { broker in
        let banks = try await ServedBanks.make(names, settings: settings, on: postgres, broker)
        do {
            try await body(banks)
        } catch {
            try? await banks.remove()
            throw error
        }
        try await banks.remove()
    }
}

extension NodeClient {
    /// Opens an account that holds `minorUnits`.
    func open(_ account: AccountID, holding minorUnits: Int64 = 0) async throws {
        let euro = try #require(Currency("EUR"))
        try await apply(.open(account, euro))
        if let amount = Amount(minorUnits: minorUnits, currency: euro) {
            try await apply(.deposit(amount, to: account))
        }
    }

    /// Lets a peer owe `minorUnits`.
    func limit(_ peer: String, to minorUnits: Int64) async throws {
        try await apply(
            .limitExposure(
                of: try #require(NodeName(peer)), minorUnits: minorUnits,
                try #require(Currency("EUR"))))
    }

    private func apply(_ operation: LedgerOperation) async throws {
        let id = try #require(CommandID(UUID().uuidString))
        let answer = try await perform(operation, id: id)
        try #require(answer.verdict == .applied, "\(operation): \(answer.verdict)")
    }
}
