import ChildProcess
import Foundation
import TestServers
import Testing

/// The sample file through PostgreSQL, a broker and HTTP over TCP, while everything fails in turn.
@Suite(.serialized)
struct ProductionTests {
    @Test("Banks killed, the broker wiped, PostgreSQL crashed: the outcomes are the model's")
    func everythingFails() async throws {
        let postgres = try await PostgresServer.start()
        try await withTestFolder { folder in
            let broker = try await BrokerServer.start(.noida)
            let banks = try await ServedBanks(["bank-a", "bank-b", "hub"], postgres, broker)
            let demo = try Running(
                [
                    "demo", "--json", "--prepared", "--directory", banks.directory, "--samples",
                    Program.samples, "--kills", "10",
                ], environment: ["GIRO_TOKEN": banks.token])
            try await banks.waitUntilLog(of: "bank-a", reaches: 2_000, on: postgres)
            try await postgres.restart(.immediate)
            try await banks.waitUntilLog(of: "bank-a", reaches: 5_000, on: postgres)
            try await broker.wipe()
            #expect(try await banks.run("topics", "apply").code == 0)
            let ending = try await demo.ending()
            #expect(ending.code == 0, "\(ending.output.suffix(1_000)) \(ending.errors.suffix(2_000))")
            let summary = try JSONDecoder().decode(
                DemoTests.Summary.self, from: Data(ending.lastLine.utf8))
            #expect(summary.transfers == 10_000 && summary.pending == 0)
            #expect(summary.booksBalanced && summary.chainVerified)
            for command in ["books", "verify", "doctor"] {
                let ending = try await banks.run(command)
                #expect(ending.code == 0, "\(command): \(ending.output) \(ending.errors)")
            }
            try banks.remove()
            await broker.stop()
        }
        try await postgres.remove()
    }
}

/// Banks whose logs are in PostgreSQL and whose bus is a broker; their processes are the test's.
private struct ServedBanks {
    let directory = Banks.newFolder()
    /// Allows everything at every bank.
    let token: String

    init(
        _ names: [String], _ postgres: PostgresServer, _ broker: BrokerServer
    ) async throws {
        try await Self.run(["init"] + names, directory)
        var token: String?
        for name in names {
            let role = name.replacing("-", with: "_")
            try await postgres.run(sql: "CREATE DATABASE \(role)")
            let address = "127.0.0.1:\(postgres.port)/\(role)"
            let folder = "\(directory)/\(name)"
            try """
                node: \(name)
                bus: kafka://\(broker.address)
                log:
                  level: warning
                  store: postgresql://\(role):secret@\(address)
                listen: 127.0.0.1:\(try freePort())

                """.write(toFile: folder + "/node.yaml", atomically: true, encoding: .utf8)
            let password = folder + "/password"
            try "secret".write(toFile: password, atomically: true, encoding: .utf8)
            let administrator = PostgresServer.password.replacing(" ", with: "%20")
            try await Self.run(
                [
                    "log", "init", name, "--password-file", password, "--admin",
                    "postgresql://postgres:\(administrator)@\(address)",
                ], directory)
            if token == nil {
                let added = try await Self.run(
                    ["token", "add", name, "test", "--role", "operator"], directory)
                token = added.lastLine
            } else {
                try FileManager.default.copyItem(
                    atPath: "\(directory)/\(names[0])/tokens", toPath: folder + "/tokens")
            }
        }
        self.token = try #require(token)
        try await Self.run(["topics", "apply"], directory)
    }

    @discardableResult private static func run(
        _ arguments: [String], _ directory: String
    ) async throws -> Program.Ending {
        let ending = try await Running(arguments + ["--directory", directory]).ending()
        #expect(ending.code == 0, "\(arguments): \(ending.output) \(ending.errors)")
        return ending
    }

    func run(_ arguments: String...) async throws -> Program.Ending {
        try await Running(arguments + ["--directory", directory]).ending()
    }

    func waitUntilLog(
        of name: String, reaches position: Int, on postgres: PostgresServer
    ) async throws {
        let database = name.replacing("-", with: "_")
        for _ in 0..<3_000 {
            let head = try? await postgres.run(
                sql: "SELECT position FROM giro.head", database: database)
            if let head, let reached = Int(head), reached >= position { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the log of \(name) did not reach \(position)")
    }

    func remove() throws { try FileManager.default.removeItem(atPath: directory) }
}
