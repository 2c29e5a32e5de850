import ChildProcess
import Foundation
import TestKit
import TestServers
import TestTags
import Testing

/// The sample file through PostgreSQL, a broker and HTTP over TCP, while everything fails in turn.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct ProductionTests {
    @Test("Banks killed, the broker wiped, PostgreSQL crashed: the outcomes are the model's")
    func everythingFails() async throws {
        let postgres = try await PostgresServer.start()
        let broker = try await BrokerServer.start(.noida)
        let names = ["bank-a", "bank-b", "hub"]
        let banks = try await ServedBanks.make(names, on: postgres, broker)
        let token = try await banks.listen(names)
        let demo = try Running(
            [
                "demo", "--json", "--prepared", "--directory", banks.directory, "--samples",
                Program.samples, "--kills", "10",
            ], environment: ["GIRO_TOKEN": token])
        try await banks.waitUntilLog(of: "bank-a", reaches: 2_000)
        try await postgres.restart(.immediate)
        try await banks.waitUntilLog(of: "bank-a", reaches: 5_000)
        try await broker.wipe()
        #expect(try await banks.run("topics", "apply").code == 0)
        let ending = try await demo.ending()
        #expect(
            ending.code == 0, "\(ending.output.suffix(1_000)) \(ending.errors.suffix(2_000))")
        let summary = try JSONDecoder().decode(
            DemoTests.Summary.self, from: Data(ending.lastLine.utf8))
        #expect(summary.transfers == 10_000 && summary.pending == 0)
        #expect(summary.booksBalanced && summary.chainVerified)
        for command in ["books", "verify", "doctor"] {
            let ending = try await banks.run(command)
            #expect(ending.code == 0, "\(command): \(ending.output) \(ending.errors)")
        }
        try await banks.remove()
        await broker.stop()
        try await postgres.remove()
    }
}

extension ServedBanks {
    /// Lets every bank listen on its own port, all with the same token.
    fileprivate func listen(_ names: [String]) async throws -> String {
        let added = try await run("token", "add", names[0], "demo", "--role", "operator")
        for name in names {
            let settings = try #require(
                FileHandle(forWritingAtPath: "\(directory)/\(name)/node.yaml"))
            try settings.seekToEnd()
            try settings.write(contentsOf: Data("listen: 127.0.0.1:\(try freePort())\n".utf8))
            try settings.close()
            guard name != names[0] else { continue }
            let tokens = "\(directory)/\(name)/tokens"
            try FileManager.default.removeItem(atPath: tokens)
            try FileManager.default.copyItem(
                atPath: "\(directory)/\(names[0])/tokens", toPath: tokens)
        }
        return added.lastLine
    }

    fileprivate func waitUntilLog(of name: String, reaches position: Int) async throws {
        try await eventually("the log of \(name) reaches \(position)", within: .seconds(150)) {
            let head = try? await postgres.run(
                sql: "SELECT position FROM giro.head", database: database(of: name))
            return head.flatMap(Int.init).map { $0 >= position } == true ? true : nil
        }
    }
}
