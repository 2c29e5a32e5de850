import APIModels
import Foundation
import StrictJSON

/// A request as it is sent.
struct Call {
    let method: String
    let path: String
    let contentType: String?
    let body: [UInt8]
    /// How much longer than usual the answer may take.
    let wait: Duration

    init(_ method: String, _ path: String) {
        self.init(method, path, contentType: nil, body: [], wait: .zero)
    }

    init(_ method: String, _ path: String, json body: some Encodable, wait: Duration = .zero) {
        self.init(
            method, path, contentType: MediaType.json, body: JSONLine.bytes(of: body), wait: wait)
    }

    init(_ method: String, _ path: String, lines: [some Encodable]) {
        let body = lines.flatMap { JSONLine.bytes(of: $0) + [JSONLine.end] }
        self.init(method, path, contentType: MediaType.lines, body: body, wait: .zero)
    }

    private init(
        _ method: String, _ path: String, contentType: String?, body: [UInt8], wait: Duration
    ) {
        self.method = method
        self.path = path
        self.contentType = contentType
        self.body = body
        self.wait = wait
    }
}
