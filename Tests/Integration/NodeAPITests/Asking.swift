import APIModels
import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import StrictJSON
import Testing

/// A response as tests look at it.
struct Seen {
    let status: Int
    let headers: HTTPFields
    let text: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
    }

    /// The body's fields.
    var fields: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) ?? [:]
    }

    var lines: [[String: Any]] {
        text.split(separator: "\n").map { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]) ?? [:]
        }
    }

    /// A field that is a list of objects.
    func items(_ name: String) -> [[String: Any]] { fields[name] as? [[String: Any]] ?? [] }

    func string(_ name: String) -> String? { fields[name] as? String }
    func verdict() throws -> CommandAnswer {
        try JSONLine.value(Array(text.utf8), as: CommandAnswer.self)
    }
}

extension TestClientProtocol {
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        type: String = MediaType.json
    ) async throws -> Seen {
        try await execute(
            uri: path, method: method, headers: body == nil ? [:] : [.contentType: type],
            body: body.map { ByteBuffer(string: $0) }
        ) { Seen($0) }
    }

    func batch(_ lines: [String]) async throws -> [String] {
        let seen = try await ask(
            .post, "/v1/transfers/batch", lines.map { $0 + "\n" }.joined(), type: MediaType.lines)
        #expect(seen.status == 200)
        #expect(seen.headers[.contentType] == MediaType.lines)
        return seen.lines.map { $0["verdict"] as? String ?? "" }
    }
}

enum Body {
    static func transfer(
        _ amount: Int, id: String = .fresh(), from: String = Banks.alice, to: String = Banks.bob
    ) -> String {
        #"{"id":"\#(id)","from":"\#(from)","to":"\#(to)","amount":\#(amount),"currency":"EUR"}"#
    }

    static func cash(
        _ amount: Int, id: String = .fresh(), account: String = Banks.alice
    ) -> String {
        #"{"id":"\#(id)","account":"\#(account)","amount":\#(amount),"currency":"EUR"}"#
    }

    static func open(_ account: String, id: String = .fresh()) -> String {
        #"{"id":"\#(id)","account":"\#(account)","currency":"EUR"}"#
    }

    static func only(id: String = .fresh()) -> String { #"{"id":"\#(id)"}"# }
}
