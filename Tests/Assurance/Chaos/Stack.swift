import Foundation
import TestKit
import TestServers

/// Three banks as they are run in production: processes of the program, their logs in PostgreSQL,
/// a broker between them. bank-a has two processes, one of which stands by.
///
/// bank-c's log is on its own server, whose disk is small where the machine lets us mount one.
final class Stack: Sendable {
    static let banks = ["bank-a", "bank-b", "bank-c"]
    /// The bank of each place.
    static let banksOfPlaces = ["bank-a", "bank-a", "bank-b", "bank-c"]
    static let serverCount = 2
    static let smallDiskServer = 1
    /// The time for which a writer may miss its heartbeat, in milliseconds.
    static let heartbeatTimeout = 3_000
    private static let password = "battery-staple"
    /// The exit code of a command that could not reach a server.
    private static let unavailableCode: Int32 = 2

    let directory: String
    let broker: BrokerServer
    let postgres: [PostgresServer]
    let places: [Place]
    /// Where the small disk is; `nil` where there is none.
    let disk: String?
    /// The database of each bank, which is its role's name too.
    let databases: [String: String]

    private init(
        directory: String, broker: BrokerServer, postgres: [PostgresServer], places: [Place],
        disk: String?, databases: [String: String]
    ) {
        self.directory = directory
        self.broker = broker
        self.postgres = postgres
        self.places = places
        self.disk = disk
        self.databases = databases
    }

    /// The places of a bank.
    func places(of bank: String) -> [Place] { places.filter { $0.bank == bank } }

    static func server(of bank: String) -> Int { bank == "bank-c" ? smallDiskServer : 0 }

    /// Declares the topics at the broker, which may be too busy at first: each bank's journal, and
    /// one topic for each direction of each pair.
    func applyTopics() async throws {
        let arguments = ["topics", "apply", "--directory", directory]
        try await eventually(
            "the topics are declared", within: .seconds(60), every: .milliseconds(500)
        ) {
            let ending = try await Program.run(arguments)
            if ending.code == Self.unavailableCode { return Bool?.none }
            guard ending.code == 0 else { throw ChaosError("giro \(arguments): \(ending)") }
            return true
        }
    }

    /// Where a bank's log is, for who reads it past every proxy.
    func log(of bank: String) throws -> String {
        guard let database = databases[bank] else { throw ChaosError("there is no \(bank)") }
        return Self.log(database, at: UInt16(postgres[Self.server(of: bank)].port))
    }

    private static func log(_ database: String, at port: UInt16) -> String {
        "postgresql://\(database):\(password)@127.0.0.1:\(port)/\(database)"
    }

    /// Waits until each bank has a process that takes commands.
    func waitUntilReady(within time: Duration) async throws {
        for bank in Self.banks {
            let places = places(of: bank)
            try await eventually(
                "\(bank) is ready; it says: \(places.map { $0.tail() })", within: time,
                every: .milliseconds(50)
            ) {
                for place in places where await place.isReady { return true }
                return nil
            }
        }
    }

    /// Ends servers and removes what they left, but for the banks' folder.
    func end() async throws {
        await broker.stop()
        for server in postgres { try await server.remove() }
    }
}

extension Stack {
    /// Makes all of it; nothing of the banks runs yet.
    static func make(disk: String?) async throws -> Stack {
        let directory = "/tmp/giro-\(UUID().uuidString.prefix(8))"
        let settings = ["max_wal_size": "'64MB'", "min_wal_size": "'32MB'"]
        let postgres = [
            try await PostgresServer.start(),
            try await PostgresServer.start(settings: settings, in: disk ?? "/tmp"),
        ]
        let broker = try await BrokerServer.start(.noida)
        try await Program.complete(["init", "--directory", directory] + banks)
        var databases: [String: String] = [:]
        var tokens: [String: String] = [:]
        for bank in banks {
            let database = try await postgres[server(of: bank)].makeDatabase(
                bank.replacing("-", with: "_"))
            databases[bank] = database
            let log = log(database, at: UInt16(postgres[server(of: bank)].port))
            try writePrivate(
                settingsFile(bank, bus: broker.address, log: log),
                to: "\(directory)/\(bank)/node.yaml")
            tokens[bank] = try await Program.complete([
                "token", "add", "--directory", directory, "--role", "operator", bank, "chaos",
            ]).lastLine
        }
        let places = try banksOfPlaces.enumerated().map { index, bank in
            try Place(
                bank, index: index, token: tokens[bank] ?? "", directory: directory,
                broker: broker.port, database: UInt16(postgres[server(of: bank)].port),
                log: { log(databases[bank] ?? "", at: $0) })
        }
        let stack = Stack(
            directory: directory, broker: broker, postgres: postgres, places: places, disk: disk,
            databases: databases)
        try await stack.applyTopics()
        for bank in banks { try await stack.initializeLog(of: bank) }
        return stack
    }

    private static func settingsFile(_ bank: String, bus: String, log: String) -> String {
        """
        node: \(bank)
        bus: kafka://\(bus)
        kafka: {replication: 1}
        log:
          store: \(log)
        standby:
          heartbeatMilliseconds: 300
          timeoutMilliseconds: \(heartbeatTimeout)
        retry:
          firstMilliseconds: 300
          maxMilliseconds: 3000
        snapshot:
          everyEntries: 2000

        """
    }

    private func initializeLog(of bank: String) async throws {
        let file = directory + "/password"
        try writePrivate(Self.password, to: file)
        let port = postgres[Self.server(of: bank)].port
        let arguments = [
            "log", "init", "--directory", directory, bank, "--password-file", file, "--admin",
            "postgresql://postgres@127.0.0.1:\(port)/\(databases[bank] ?? "")",
        ]
        try await Program.complete(
            arguments, environment: ["PGPASSWORD": PostgresServer.password])
    }
}
