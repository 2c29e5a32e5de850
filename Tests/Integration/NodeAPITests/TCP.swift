import APIModels
import AccessControl
import Foundation
import HTTPServer
import Ledger
import LedgerWire
import Logging
import NIOCore
import NIOPosix
import Node
import NodeClient
import Saga
import Testing

/// `bank-a` on TCP, with a token for each role.
struct TCPBank {
    let banks: Banks
    let port: Int
    /// Tokens by role; under `nil`, a token that the bank does not know.
    let tokens: [Role: String]
    /// The token file.
    let file: String

    func client(_ role: Role?) -> NodeClient {
        NodeClient(.tcp(host: "127.0.0.1", port: port), token: role.flatMap { tokens[$0] })
    }

    /// Runs banks with open accounts, and serves `bank-a` on a free port.
    static func serving(
        limits: ServerLimits = .init(), balance: Int64 = 1_000, logger: Logger = .quiet,
        lookingEvery pause: Duration = .seconds(1),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        parts: (inout Node<Ledger>.Parts) -> Void = { _ in },
        _ body: @escaping @Sendable (TCPBank) async throws -> Void
    ) async throws {
        let (path, tokens) = try tokenFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let register = try TokenRegister(
            path: path, lookingEvery: pause, now: now, logger: logger)
        try await Banks.running(tokens: register, parts: parts) { banks in
            try await banks.openAccounts(balance: balance)
            let address = NodeAddress.tcp(host: "127.0.0.1", port: 0)
            try await banks.serve(
                at: address, tokens: register, limits: limits, logger: logger
            ) { port in
                try await body(TCPBank(banks: banks, port: port, tokens: tokens, file: path))
            }
        }
    }

    static func tokenFile() throws -> (path: String, tokens: [Role: String]) {
        var file = TokenFile()
        var tokens: [Role: String] = [:]
        for role in Role.allCases {
            let token = AccessToken.random()
            tokens[role] = token.text
            try file.add(
                #require(.init(name: role.rawValue, role: role, hash: token.hash)))
        }
        let path = "/tmp/giro-tokens-\(String.fresh().prefix(13))"
        try write(file.text, to: path)
        return (path, tokens)
    }

    static func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: path)
        let isMade = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        guard isMade else { throw Unexpected() }
    }
}

extension TCPBank {
    /// A request as it goes over the wire.
    func request(
        _ method: String, _ path: String, _ role: Role? = .operator, body: String? = nil,
        type: String = MediaType.json, closing: Bool = true
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: bank"]
        if let token = role.flatMap({ tokens[$0] }) {
            lines.append("Authorization: Bearer \(token)")
        }
        if closing { lines.append("Connection: close") }
        if let body {
            lines.append("Content-Type: \(type)")
            lines.append("Content-Length: \(body.utf8.count)")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    /// Sends bytes over a new connection and reads until the server closes it, or until `isEnough`.
    ///
    /// - Parameter closes: The client's sending side is closed after the bytes.
    func exchange(
        _ pieces: [String], closes: Bool = false, within time: Duration = .seconds(20),
        until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            group.addTask {
                try await channel.executeThenClose { inbound, outbound in
                    // The server may close before it has read all: that is for the answer to say.
                    for piece in pieces { try? await outbound.write(ByteBuffer(string: piece)) }
                    if closes { outbound.finish() }
                    var text = ""
                    do {
                        for try await buffer in inbound {
                            text += String(buffer: buffer)
                            if isEnough(text) { break }
                        }
                    } catch {
                        text += "<reset>"
                    }
                    return text
                }
            }
            defer { group.cancelAll() }
            return try #require(try await group.next() ?? nil, "the server did not close in time")
        }
    }

    /// The answer's status and body.
    func ask(
        _ method: String, _ path: String, _ role: Role? = .operator, body: String? = nil,
        type: String = MediaType.json
    ) async throws -> Answer {
        Answer(try await exchange([request(method, path, role, body: body, type: type)]))
    }

    /// The node still does what it is for.
    func expectHealthy() async throws {
        let transfer = try TransferRequest.to(Banks.bob, 1)
        let answer = try await client(.submitter).begin(transfer, wait: .seconds(20))
        #expect(answer.state == .settled)
    }

    struct Answer {
        let status: Int
        let head: String
        let body: String

        init(_ text: String) {
            let end = text.range(of: "\r\n\r\n")
            head = String(text[..<(end?.lowerBound ?? text.endIndex)])
            body = end.map { String(text[$0.upperBound...]) } ?? ""
            let words = head.split(separator: " ")
            status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        }

        var code: String? {
            let fields = try? JSONSerialization.jsonObject(with: Data(body.utf8))
            return (fields as? [String: Any])?["code"] as? String
        }

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }
}
