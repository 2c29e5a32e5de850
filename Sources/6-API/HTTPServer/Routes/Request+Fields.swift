package import APIModels
import Foundation
package import Hummingbird
import NIOCore
package import Saga

extension Request {
    /// The body of a single command, whose sender may still send it once it is there.
    ///
    /// - Throws: ``Problem/mediaType(_:)``, ``Problem/bodyTooLarge``, ``InvalidRequest``, and as
    ///   ``NodeContext/checkAgain()``.
    package func fields(_ context: NodeContext) async throws -> RequestFields {
        try RequestFields(json: try await json(context))
    }

    package func json(_ context: NodeContext) async throws -> [UInt8] {
        try requireType(MediaType.json)
        // Said to be too long: not a byte of it is read.
        if let length = headers[.contentLength].flatMap({ Int($0) }),
            length > RequestLimits.lineBytesMax
        {
            throw Problem.bodyTooLarge
        }
        announceBody(context)
        let body = try await body.collect(upTo: RequestLimits.lineBytesMax)
        try context.checkAgain()
        return Array(body.readableBytesView)
    }

    /// Tells a client that waits for it that its body is wanted: what the head alone is refused
    /// for was looked at before.
    package func announceBody(_ context: NodeContext) {
        guard headers[.expect] != nil else { return }
        context.channel.triggerUserOutboundEvent(BodyWanted(), promise: nil)
    }

    /// - Throws: ``Problem/mediaType(_:)`` — the body is said to be something else;
    ///   ``Problem/contentEncoding``.
    package func requireType(_ wanted: String) throws(Problem) {
        let type = headers[.contentType]?.prefix { $0 != ";" }
        guard type?.trimmingCharacters(in: .whitespaces).lowercased() == wanted else {
            throw .mediaType(wanted)
        }
        let encodings = headers[values: .contentEncoding].flatMap { $0.split(separator: ",") }
        let isPlain = encodings.allSatisfy {
            $0.trimmingCharacters(in: .whitespaces).lowercased() == "identity"
        }
        guard isPlain else { throw .contentEncoding }
    }

    /// Which one of several transfers under a UUID is meant; `nil` where the client does not say.
    package var content: Hash? {
        get throws(InvalidRequest) {
            guard let text = uri.queryParameters["content"] else { return nil }
            guard let hash = Hash(String(text)) else {
                throw InvalidRequest(
                    .invalidID, "\"content\" must be 64 hexadecimal digits, a SHA-256.")
            }
            return hash
        }
    }

    /// How long the client wants its answer to wait for a final state.
    package var wait: Duration? {
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
    package func text(_ name: String) -> String {
        guard let text = parameters.get(name) else {
            preconditionFailure("the route's path names \(name)")
        }
        return text.removingPercentEncoding ?? text
    }

    package var transfer: CommandID {
        get throws(InvalidRequest) { try CommandID(field: text("id")) }
    }
}
