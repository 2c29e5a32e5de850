import APIModels
import AccessControl
import BankAPI
import Engine
import Foundation
import Hummingbird
import HummingbirdTesting
import Ledger
import LedgerWire
import Logging
import Node
import NodeClient
import Saga
import Synchronization
import Testing
import Wire

/// Tokens that lose their validity while they are in use.
struct RevocationTests {
    @Test(
        "A batch ends once its token is removed or may no longer send it; what was done stays done",
        arguments: [("# nobody", "unauthorized"), ("reader", "forbidden")])
    func batch(_ role: String, _ code: String) async throws {
        try await TCPBank.serving(lookingEvery: .zero) { bank in
            let token = try #require(bank.tokens[.submitter])
            let text = try await bank.converse { connection in
                try await connection.send(
                    """
                    POST /v1/transfers/batch HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer \(token)\r
                    Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n
                    """ + Self.chunk([Body.transfer(1, to: Banks.anna)]))
                try await connection.text { $0.contains(#""applied""#) }
                let line = "\(role) \(Role.reader.rawValue) \(try bank.hash(of: .submitter))\n"
                try TCPBank.write(role == "reader" ? line : role + "\n", to: bank.file)
                try await connection.send(Self.chunk((0..<3).map { _ in Body.transfer(1) } + ["{"]))
                return try await connection.ending()
            }
            let answers = text.matches(of: #/\{.*"verdict":"([a-z]+)".*/#)
            #expect(answers.map { $0.1 } == ["applied", "busy", "busy", "busy", "busy"], "\(text)")
            #expect(answers.dropFirst().allSatisfy { $0.0.contains(#""code":"\#(code)""#) })
            // The answer is whole, and the connection is closed behind it.
            #expect(text.hasSuffix("0\r\n\r\n"))
            let alice = try await bank.banks.available(Banks.alice)
            #expect(alice == 999)
        }
    }

    @Test("A command whose token is removed while its body comes in is not done")
    func slowCommand() async throws {
        try await TCPBank.serving(lookingEvery: .zero) { bank in
            for (path, body, type) in [
                ("/v1/deposits", Body.cash(5), MediaType.json),
                ("/v1/transfers", Body.transfer(5, to: Banks.anna), MediaType.json),
                ("/v1/transfers/states", Body.only(), MediaType.lines),
            ] {
                let tokens = try String(contentsOfFile: bank.file, encoding: .utf8)
                let request = bank.request("POST", path, body: body, type: type)
                let text = try await bank.converse { connection in
                    try await connection.send(String(request.dropLast(5)))
                    // The head was judged once an answer to another one is there.
                    _ = try await bank.ask("GET", "/v1/node", .operator)
                    try TCPBank.write("# nobody\n", to: bank.file)
                    try await connection.send(String(request.suffix(5)))
                    return try await connection.ending()
                }
                #expect(TCPBank.Answer(text).status == 401, "\(text)")
                try TCPBank.write(tokens, to: bank.file)
            }
            #expect(try await bank.banks.available(Banks.alice) == 1_000)
        }
    }

    @Test(
        "With a token file that cannot be used the tokens stay valid for a minute, then none is",
        arguments: [("missing", nil, 0o600), ("malformed", "x\n", 0o600), ("tooOpen", "", 0o644)])
    func unusable(_ code: String, _ text: String?, _ mode: Int) async throws {
        let (time, log) = (TestTime(), RecordedLog())
        let now = { @Sendable in time.now }
        try await TCPBank.serving(logger: log.logger, now: now) { bank in
            let (good, reader) = (try Data(contentsOf: URL(filePath: bank.file)), Role.reader)
            #expect(try await bank.ask("GET", "/v1/books", reader).status == 200)
            try FileManager.default.removeItem(atPath: bank.file)
            if let text { try TCPBank.write(text, to: bank.file, mode: mode) }
            for _ in 0..<59 {
                time.advance(by: .seconds(1))
                #expect(try await bank.ask("GET", "/v1/books", reader).status == 200)
            }
            let ready = try await bank.ask("GET", "/readyz", nil)
            #expect(ready.status == 200)
            #expect(ready.body.contains(#""tokenFault":"\#(code)""#))
            #expect(try await bank.metric("giro_token_file_usable") == "0")
            time.advance(by: .seconds(1))
            #expect(try await bank.ask("GET", "/v1/books", reader).status == 401)
            let unready = try await bank.ask("GET", "/readyz", nil)
            #expect(unready.status == 503)
            #expect(unready.code == "tokensUnusable")
            // The socket asks for no token and stays open.
            try await bank.banks.router().test(.router) { client in
                let seen = try await client.ask(.get, "/readyz")
                #expect(seen.status == 200)
                #expect(seen.string("tokenFault") == code)
                #expect(try await client.ask(.get, "/v1/books").status == 200)
            }
            // Put right, it counts at the next look.
            try TCPBank.write(String(decoding: good, as: UTF8.self), to: bank.file)
            time.advance(by: .seconds(1))
            #expect(try await bank.ask("GET", "/v1/books", reader).status == 200)
            #expect(try await bank.metric("giro_token_file_usable") == "1")
        }
        let lines = log.lines.filter { $0.contains("token") }
        #expect(
            lines.map { $0.prefix { $0 != ";" } } == [
                "error the token file cannot be used", "error the token file cannot be used",
                "info the token file was read again",
            ], "\(lines)")
    }

    @Test("A token file that was deleted between requests authorises no client")
    func unseen() throws {
        let (file, tokens) = try TCPBank.tokenFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let time = TestTime()
        let register = try TokenRegister(path: file, now: { time.now }, logger: .quiet)
        #expect(tokens.count == 3 && register.fault == nil)
        try FileManager.default.removeItem(atPath: file)
        time.advance(by: .seconds(600))
        #expect(register.fault?.isClosed == true)
        #expect(register.fault?.error.code == .missing)
    }

    private static func chunk(_ lines: [String]) -> String {
        let text = lines.map { $0 + "\n" }.joined()
        return String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n"
    }
}

/// Time that passes when a test says so.
final class TestTime: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }
    func advance(by time: Duration) { instant.withLock { $0 += time } }
}

/// Keeps the lines that are logged: level and message.
final class RecordedLog: Sendable {
    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.recorded.withLock { $0.append("\(event.level) \(event.message)") }
        }
    }

    private let recorded = Mutex<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }
}

extension TCPBank {
    fileprivate func hash(of role: Role) throws -> Hash {
        let token = try #require(tokens[role])
        return .sha256(of: Array(token.utf8))
    }

    fileprivate func metric(_ name: String) async throws -> String? {
        try await banks.router().test(.router) { client in
            let lines = try await client.ask(.get, "/metrics").text.split(separator: "\n")
            return lines.first { $0.hasPrefix(name + " ") }
                .map { String($0.dropFirst(name.count + 1)) }
        }
    }
}

extension Banks {
    func available(_ account: String) async throws -> Int64? {
        let id = try #require(AccountID(account))
        return try await bank("bank-a").node.read { $0.participant.accounts[id]?.available }
    }
}
