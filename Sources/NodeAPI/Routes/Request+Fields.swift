import Foundation
import Hummingbird
import Ledger
import NIOCore
import Saga

extension Request {
    /// The body of a single command.
    ///
    /// - Throws: ``Problem/mediaType(_:)``, ``Problem/bodyTooLarge``, ``InvalidRequest``.
    func fields() async throws -> RequestFields {
        try RequestFields(json: try await json())
    }

    func json() async throws -> [UInt8] {
        try requireType(MediaType.json)
        // Said to be too long: not a byte of it is read.
        if let length = headers[.contentLength].flatMap({ Int($0) }),
            length > RequestLimits.lineBytesMax
        {
            throw Problem.bodyTooLarge
        }
        let body = try await body.collect(upTo: RequestLimits.lineBytesMax)
        return Array(body.readableBytesView)
    }

    /// - Throws: ``Problem/mediaType(_:)`` — the body is said to be something else.
    func requireType(_ wanted: String) throws(Problem) {
        let type = headers[.contentType]?.prefix { $0 != ";" }
        guard type?.trimmingCharacters(in: .whitespaces).lowercased() == wanted else {
            throw .mediaType(wanted)
        }
    }

    /// How long the client wants its answer to wait for a final state.
    var wait: Duration? {
        get throws(InvalidRequest) {
            guard let text = uri.queryParameters["wait"] else { return nil }
            guard let wait = Duration(apiText: String(text)), wait <= RequestLimits.waitMax else {
                throw InvalidRequest(
                    .invalidTimeout,
                    "\"wait\" must be digits and one of ms, s, m, more than 0 and at most 60s.")
            }
            return wait
        }
    }
}

extension NodeContext {
    /// A part of the path; the route has it.
    func text(_ name: String) -> String {
        guard let text = parameters.get(name) else {
            preconditionFailure("the route's path names \(name)")
        }
        return text.removingPercentEncoding ?? text
    }

    var account: AccountID {
        get throws(InvalidRequest) { try AccountID(field: text("account")) }
    }

    var transfer: SagaID {
        get throws(InvalidRequest) { try SagaID(field: text("id")) }
    }
}
