import APIModels
import Foundation
import NodeClient
import Saga
import TestKit
import TestServers
import TestTags
import Testing

/// A bank on TCP, from the command line.
@Suite(.serialized, .tags(.process))
struct TokenTests {
    @Test("A bank on TCP accepts tokens that giro token added, until it removes them")
    func tokens() async throws {
        let banks = try await Banks("bank-a", starting: false)
        let port = Int(try freePort())
        let without = try await banks.node("bank-a", ["--listen", "127.0.0.1:\(port)"]).ending()
        #expect(without.code == 2)
        #expect(without.errors.contains("make one with: giro token add"))

        let added = try await banks.run("token", "add", "--role", "reader", "bank-a", "web")
        #expect(added.code == 0)
        let token = added.lastLine
        #expect(token.hasPrefix("giro_") && token.utf8.count == 69)
        let again = try await banks.run("token", "add", "--role", "operator", "bank-a", "web")
        #expect(again.code == 1)
        let file = "\(banks.directory)/bank-a/tokens"
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains(token) == false)
        let listed = try await banks.run("token", "list", "bank-a")
        #expect(listed.lastLine == "web reader")

        try banks.start("bank-a", "--listen", "127.0.0.1:\(port)")
        try await banks.waitUntilHealthy("bank-a")
        let address = NodeAddress.tcp(host: "127.0.0.1", port: port)
        let client = NodeClient(address, token: token)
        #expect(try await client.books().node.text == "bank-a")
        let stranger = await #expect(throws: NodeClientError.self) {
            try await NodeClient(address).books()
        }
        #expect(stranger?.problem?.code == "unauthorized")
        try await NodeClient(address).checkHealth()

        #expect(try await banks.run("token", "remove", "bank-a", "web").code == 0)
        #expect(try await banks.run("token", "remove", "bank-a", "web").code == 1)
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? await client.books()) != nil, ContinuousClock.now < deadline {}
        let removed = await #expect(throws: NodeClientError.self) { try await client.books() }
        #expect(removed?.problem?.code == "unauthorized")
        try await banks.stop()
    }

    @Test("giro token changes the file that the bank's settings name")
    func named() async throws {
        let banks = try await Banks("bank-a", starting: false)
        let (bank, named) = ("\(banks.directory)/bank-a", "\(banks.directory)/named")
        try "tokens: ../named\n".write(
            toFile: bank + "/node.yaml", atomically: true, encoding: .utf8)
        chmod(bank + "/node.yaml", 0o600)
        #expect(try await banks.run("token", "add", "--role", "reader", "bank-a", "a").code == 0)
        #expect(FileManager.default.fileExists(atPath: named))
        #expect(!FileManager.default.fileExists(atPath: bank + "/tokens"))
        #expect(try await banks.run("token", "list", "bank-a").lastLine == "a reader")
        #expect(try await banks.run("token", "remove", "bank-a", "a").code == 0)
        #expect(try String(contentsOfFile: named, encoding: .utf8).contains("reader") == false)
    }

    @Test("A token file that others may read is refused, and a wrong address")
    func refused() async throws {
        let banks = try await Banks("bank-a", starting: false)
        #expect(try await banks.run("token", "add", "--role", "reader", "bank-a", "a").code == 0)
        let file = "\(banks.directory)/bank-a/tokens"
        chmod(file, 0o644)
        let open = try await banks.node("bank-a", ["--listen", "127.0.0.1:0"]).ending()
        #expect(open.code == 2)
        #expect(open.errors.contains("chmod 600"))
        let wrong = try await banks.node("bank-a", ["--listen", "8080"]).ending()
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("use a host and a port"))
        try await banks.stop()
    }

    @Test("Doctor checks the token file as a start does, and says how to put it right")
    func doctor() async throws {
        let banks = try await Banks("bank-a", starting: false)
        let file = "\(banks.directory)/bank-a/tokens"
        let yaml = URL(fileURLWithPath: "\(banks.directory)/bank-a/node.yaml")
        #expect(try await !banks.run("doctor").output.contains("tokens"))
        let listening = ["GIRO_LISTEN": "127.0.0.1:0"]
        try await expectFault(banks, "no token file at", environment: listening)
        for line in ["listen: 127.0.0.1:0", "socketNeedsTokens: true"] {
            try Data("\(line)\n".utf8).write(to: yaml)
            try? FileManager.default.removeItem(atPath: file)
            try await expectFault(banks, "make one with: giro token add")
            let added = try await banks.run("token", "add", "--role", "reader", "bank-a", "a")
            #expect(added.code == 0)
            let well = try await banks.run("doctor")
            #expect(well.output.contains(/tokens +ok +1 tokens in order/), "\(well)")
            chmod(file, 0o644)
            try await expectFault(banks, "run: chmod 600 \(file)")
            chmod(file, 0o600)
        }
        try Data("listen: 127.0.0.1:0\n".utf8).write(to: yaml)
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        chmod(file, 0o644)
        let seen = try await eventually("doctor sees it") {
            let seen = try await banks.run("doctor")
            return seen.output.contains("cannot be used (tooOpen)") ? seen : nil
        }
        #expect(seen.code == 1)
        let lines = seen.output.split(separator: "\n").filter { $0.contains("tokens") }
        #expect(lines.count == 1, "\(seen.output)")
        #expect(lines.first?.contains(/WRONG.*run: chmod 600/) == true, "\(seen.output)")
        try await banks.stop()
    }

    @Test("A command says where it takes the token from that a socket asks for")
    func variable() async throws {
        let banks = try await Banks("bank-a", starting: false)
        let added = try await banks.run("token", "add", "--role", "reader", "bank-a", "me")
        let yaml = URL(fileURLWithPath: "\(banks.directory)/bank-a/node.yaml")
        try Data("socketNeedsTokens: true\n".utf8).write(to: yaml)
        try banks.start("bank-a")
        let command = ["account", "show", "acct-nobody000@bank-a", "--directory", banks.directory]
        try await eventually("the bank answers") {
            let shown = try await Running(
                command, environment: ["GIRO_TOKEN": added.lastLine]
            ).ending()
            // There is no such account.
            return shown.code == 1 ? true : nil
        }
        let without = try await Running(command).ending()
        #expect(without.code == 2)
        #expect(without.errors.contains("Set GIRO_TOKEN to one of this bank"), "\(without)")
        let wrong = try await Running(command, environment: ["GIRO_TOKEN": "giro_x"]).ending()
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("GIRO_TOKEN is not valid"), "\(wrong)")
        try await banks.stop()
    }

    /// Expects that a start ends with 2, and doctor with 1, and that both say `words`.
    private func expectFault(
        _ banks: Banks, _ words: String, environment: [String: String] = [:]
    ) async throws {
        let start = try await banks.node("bank-a", environment: environment).ending()
        #expect(start.code == 2 && start.errors.contains(words), "\(start)")
        let doctor = try await Running(
            ["doctor", "--directory", banks.directory], environment: environment
        ).ending()
        #expect(doctor.code == 1, "\(doctor)")
        #expect(doctor.output.contains(/tokens +WRONG +The token file cannot be used:/))
        #expect(doctor.output.contains(words), "\(doctor)")
    }
}
