package import APIModels
import EventLog
package import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Node
import Projection
import StrictJSON
import Wire

/// Turns every error that a route throws into a problem; what it does not know is a fault, which is
/// written to the operator's log only.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: NodeContext,
        next: (Request, NodeContext) async throws -> Response
    ) async throws -> Response {
        let response = try await answer(request, context, next)
        // RFC 9110, section 9.3.2: an error has no body here either.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(
        _ request: Request, _ context: NodeContext,
        _ next: (Request, NodeContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // There is no request left to answer: the server closes the connection.
            throw error
        } catch let error as CancellationError {
            throw error
        } catch let error where error is IOError || error is ChannelError {
            // The client disconnected in the middle of its request: no answer can be sent.
            throw error
        } catch {
            let problem = Problem(any: error)
            if problem.status == HTTPResponse.Status.internalServerError.code {
                context.logger.error(
                    "a request failed",
                    metadata: ["path": "\(context.endpointPath ?? "")", "error": "\(error)"])
            }
            return .problem(problem)
        }
    }
}

extension Problem {
    fileprivate init(any error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let invalid as InvalidRequest: self.init(invalid)
        case let error as NodeError: self.init(error)
        case let error as LogError: self.init(error)
        case let error as ProjectionError: self.init(error)
        case is NIOTooManyBytesError: self = .bodyTooLarge
        case let error as HTTPError where error.status == .notFound: self = .unknownRoute
        case let error as any HTTPResponseError: self = .status(error.status)
        default: self = .failure
        }
    }
}

extension Response {
    package static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: MediaType.json],
            body: .init(byteBuffer: ByteBuffer(bytes: JSONLine.bytes(of: value))))
    }

    package static func problem(_ problem: Problem) -> Response {
        var headers: HTTPFields = [.contentType: Problem.mediaType]
        if problem.isRetryable { headers[.retryAfter] = "1" }
        if problem == .contentEncoding { headers[.acceptEncoding] = "identity" }
        if problem.status == HTTPResponse.Status.unauthorized.code {
            headers[.wwwAuthenticate] = #"Bearer realm="giro", error="invalid_token""#
        }
        return Response(
            status: .init(code: problem.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: JSONLine.bytes(of: problem))))
    }
}
