import APIModels
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import StrictJSON

/// Sends requests to one address.
struct Exchange: Sendable {
    /// How long an answer may take, beyond what the node was asked to wait.
    static let timeout = Duration.seconds(30)
    /// More than all accounts of a large bank.
    private static let bodyBytesMax = 1 << 30

    private let origin: String
    private let token: String?

    init(_ address: NodeAddress, token: String?) {
        self.token = token
        switch address {
        case .unixSocket(let path):
            // The socket's path stands where a host name would: nothing of it may look like one.
            let host = path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            origin = "http+unix://" + host
        case .tcp(let host, let port):
            origin = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    func send(_ call: Call) async throws(NodeClientError) -> AnsweredCall {
        var request = request(call.method, call.path, contentType: call.contentType)
        if call.contentType != nil { request.body = .bytes(call.body) }
        do {
            let response = try await Self.client.execute(
                request, deadline: .now() + TimeAmount(Self.timeout + call.wait))
            let body = try await response.body.collect(upTo: Self.bodyBytesMax)
            return AnsweredCall(
                status: Int(response.status.code), body: Array(body.readableBytesView))
        } catch {
            throw NodeClientError(connection: error)
        }
    }

    /// Sends `body` piece by piece, and hands every line of the answer to `take` as it comes.
    ///
    /// - Parameter take: Not called if the node rejects the request as a whole.
    func stream<Body: AsyncSequence & Sendable>(
        _ path: String, _ body: Body, take: (ArraySlice<UInt8>) throws(NodeClientError) -> Void
    ) async throws(NodeClientError) where Body.Element == ByteBuffer {
        var request = request("POST", path, contentType: MediaType.lines)
        request.body = .stream(body, length: .unknown)
        do {
            let response = try await Self.client.execute(request, deadline: .distantFuture)
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: Self.bodyBytesMax)
                let answer = AnsweredCall(
                    status: Int(response.status.code), body: Array(body.readableBytesView))
                _ = try answer.success()
                throw NodeClientError.notUnderstood
            }
            var lines = LineSplitter(bytesMax: Self.bodyBytesMax)
            for try await buffer in response.body {
                for line in lines.take(Array(buffer.readableBytesView)) {
                    try take(line.bytes[...])
                }
            }
            if let line = lines.end() { try take(line.bytes[...]) }
        } catch let error as NodeClientError {
            throw error
        } catch {
            throw NodeClientError(connection: error)
        }
    }

    private func request(
        _ method: String, _ path: String, contentType: String?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: origin + path)
        request.method = HTTPMethod(rawValue: method)
        // The library names none for a socket, and HTTP/1.1 wants one.
        if origin.hasPrefix("http+unix") { request.headers.add(name: "host", value: "bank") }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let contentType { request.headers.add(name: "content-type", value: contentType) }
        return request
    }

    /// One for the process and never shut down, as its threads are the process's own.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        // The caller decides when to try again, since it knows what the answer is needed for.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        configuration.redirectConfiguration = .disallow
        configuration.timeout.read = .seconds(120)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

extension NodeClientError {
    static let notUnderstood = NodeClientError(
        .notUnderstood, "The answer is not one of this API: is it a node, and of this version?")

    /// What went wrong below HTTP, or before an answer was complete.
    init(connection error: any Error) {
        if error is CancellationError || error as? HTTPClientError == .cancelled {
            self.init(.cancelled, "The request was cancelled.", cause: error)
        } else if let code = (error as? IOError)?.errnoCode, code == EACCES {
            self.init(.forbidden, "This user may not use the node's socket.", cause: error)
        } else if let code = (error as? IOError)?.errnoCode, [ENOENT, ECONNREFUSED].contains(code) {
            self.init(.unreachable, "No node answers there: is it running?", cause: error)
        } else if error is NIOConnectionError || error as? HTTPClientError == .connectTimeout {
            self.init(.unreachable, "No node answers there: is it running?", cause: error)
        } else {
            self.init(
                .cut, "The connection was cut; send the same request again to learn the outcome.",
                cause: error)
        }
    }
}
