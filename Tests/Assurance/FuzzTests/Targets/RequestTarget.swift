import APIModels
import BankAPI
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore

extension Target {
    /// A request to a node's API: method and path in the first line, then the body.
    static let request = Target("request", .text, rounds: 1_000) { use in
        try await Bank.running { bank in
            let application = Application(
                router: NodeRouter(bank.node).router(), logger: Bank.quiet)
            return try await application.test(.router) { client in
                try await use { bytes in
                    guard let asked = AskedRequest(bytes) else { return false }
                    return try await check(asked, bank, client)
                }
            }
        }
    }

    private static func check(
        _ asked: AskedRequest, _ bank: Bank, _ client: some TestClientProtocol
    ) async throws -> Bool {
        let schema = try schema.get()
        let body = schema.body(of: asked.method.rawValue, asked.path)
        let before = try await bank.position
        let answer = try await client.execute(
            uri: asked.uri, method: asked.method,
            headers: [.contentType: body?.type ?? MediaType.json],
            body: ByteBuffer(bytes: asked.body)
        ) { (status: $0.status, body: Data($0.body.readableBytesView)) }
        try await bank.checkBooks()
        switch answer.status.code {
        case 200, 202, 409, 422:
            return try checkTaken(asked, body, answer.body, schema)
        case 400, 404, 405, 413, 415:
            let after = try await bank.position
            try hold("something was remembered of \(answer.status)", before == after)
            try checkRefused(asked, body, answer.body, schema)
            return false
        default:
            let text = String(decoding: answer.body, as: UTF8.self)
            throw Violation("answered \(answer.status): \(text)")
        }
    }

    /// What was understood is what the description allows.
    private static func checkTaken(
        _ asked: AskedRequest, _ body: (type: String, name: String)?, _ answer: Data,
        _ schema: Schema
    ) throws -> Bool {
        guard let body else { return true }
        guard body.type == MediaType.lines else {
            try checkTaken(asked.body, body.name, schema)
            return true
        }
        return try checkLines(asked.body, body.name, answer, schema)
    }

    /// An answer a line: a state each, or a verdict. Each is judged, whatever came before it.
    ///
    /// - Returns: Whether all were taken.
    private static func checkLines(
        _ body: [UInt8], _ name: String, _ answer: Data, _ schema: Schema
    ) throws -> Bool {
        var lines = body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Behind the last line's end there is a line only where there is anything.
        if lines.last?.isEmpty == true { lines.removeLast() }
        let answers = answer.split(separator: UInt8(ascii: "\n"))
        try hold("\(answers.count) answers to \(lines.count) lines", answers.count == lines.count)
        var areTaken = true
        for (line, answer) in zip(lines, answers) {
            let answer = try JSONSerialization.jsonObject(with: answer) as? [String: Any]
            if answer?["verdict"] as? String == "invalid" {
                areTaken = false
                try checkRefused(Array(line), name, answer, schema)
            } else {
                try checkTaken(Array(line), name, schema)
            }
        }
        return areTaken
    }

    private static func checkTaken(_ body: [UInt8], _ name: String, _ schema: Schema) throws {
        let value: Any
        do {
            value = try JSONSerialization.jsonObject(
                with: Data(body), options: .fragmentsAllowed)
        } catch {
            throw Violation("what is no JSON was taken: \(error)")
        }
        if let fault = schema.fault(in: value, name) { throw Violation("taken, but \(fault)") }
    }

    /// A byte order mark, which JSONSerialization leaves out at the beginning of a string.
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// A request that is refused as a whole says why.
    private static func checkRefused(
        _ asked: AskedRequest, _ body: (type: String, name: String)?, _ answer: Data,
        _ schema: Schema
    ) throws {
        let problem = try JSONSerialization.jsonObject(with: answer) as? [String: Any]
        guard let code = problem?["code"] as? String else {
            throw Violation("an error without a code")
        }
        // Of several lines it is not said which one was refused.
        guard code == "invalid", let body, body.type != MediaType.lines else { return }
        try checkRefused(asked.body, body.name, problem, schema)
    }

    /// What the description allows is not refused for its form.
    private static func checkRefused(
        _ body: [UInt8], _ name: String, _ refusal: [String: Any]?, _ schema: Schema
    ) throws {
        let ofForm = [
            "unknownField", "missingField", "fieldType", "invalidID", "invalidDirection",
            "invalidTransit", "invalidIntake", "invalidKey",
        ]
        guard ofForm.contains(refusal?["reason"] as? String ?? ""), !body.contains(Self.mark),
            let value = try? JSONSerialization.jsonObject(with: Data(body))
        else { return }
        try hold(
            "refused as \(refusal ?? [:]), but it is a \(name)",
            schema.fault(in: value, name) != nil)
    }
}

/// An input as a request; `nil` for one that no client's library would send.
private struct AskedRequest {
    let method: HTTPRequest.Method
    let uri: String
    let body: [UInt8]

    /// Without the query.
    var path: String { String(uri.prefix { $0 != "?" }) }

    init?(_ bytes: [UInt8]) {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        let words = bytes[..<end].split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard words.count == 2, words[1].first == UInt8(ascii: "/"),
            words[1].allSatisfy({ (0x21...0x7E).contains($0) }),
            let method = HTTPRequest.Method(String(decoding: words[0], as: UTF8.self)),
            // What a client waits for is not what is asked here.
            !words[1].contains(Array("wait".utf8))
        else { return nil }
        self.method = method
        uri = String(decoding: words[1], as: UTF8.self)
        body = Array(bytes[end...].dropFirst())
    }
}
