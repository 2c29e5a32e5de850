import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Sees that one connection keeps to the server's limits.
///
/// A connection is at any time in one phase, each with its own deadline; one timer looks after the
/// one that holds. A connection ends in order: the last answer is sent, the sending side
/// closed, what still comes is thrown away for a moment, so that the client reads the answer and
/// not a reset. Lives on the connection's event loop.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase {
        /// Nothing was asked yet.
        case new
        /// All that was asked is answered.
        case idle
        /// A request is coming in.
        case reading
        /// A request is there and its answer has not begun.
        case waiting
        /// An answer goes out.
        case answering
        /// The last answer was sent; nobody reads any more.
        case ending
    }

    private let limits: ServerLimits
    private let isStream: @Sendable (HTTPRequest) -> Bool
    private var phase = Phase.new
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    private var timerIsDue = NIODeadline.distantFuture
    /// Requests whose head came and whose answer has not ended; the server answers one at a time.
    private var unanswered = 0
    private var isReading = false
    /// The request that comes in may do so for as long as it does not stand still.
    private var isStreaming = false
    /// Of the body that comes in: what its head says is still to come; `nil` where it says nothing.
    private var bytesLeft: Int?
    private var hasBegunAnswer = false
    private var isLast = false

    init(_ limits: ServerLimits, isStream: @escaping @Sendable (HTTPRequest) -> Bool) {
        self.limits = limits
        self.isStream = isStream
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { enter(.new, context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelActive(context: ChannelHandlerContext) {
        enter(.new, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .ending else { return }
        switch unwrapInboundIn(data) {
        case .head(let request):
            unanswered += 1
            isReading = true
            isStreaming = isStream(request)
            bytesLeft = request.headerFields[.contentLength].flatMap { Int($0) }
            if unanswered == 1 { enter(.reading, context) }
        case .body(let bytes):
            bytesLeft = bytesLeft.map { $0 - bytes.readableBytes }
            if isStreaming, unanswered == 1 { extend(limits.bodyTimeout) }
        case .end:
            isReading = false
            if unanswered == 1 { enter(hasBegunAnswer ? .answering : .waiting, context) }
        }
        context.fireChannelRead(data)
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard phase != .ending else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let response) where response.isParserError:
            tell(.notHTTP, context)
            promise?.succeed()
        case .head(var response):
            if response.status.kind != .informational { hasBegunAnswer = true }
            if leavesTooMuchUnread(after: response) { response.headerFields[.connection] = "close" }
            isLast = isLast || response.headerFields[.connection] == "close"
            if !isReading { enter(.answering, context) }
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            finishAnswer(context, data, promise)
        }
    }

    /// An early answer is an error, and only the rest of a short body is worth reading.
    private func leavesTooMuchUnread(after response: HTTPResponse) -> Bool {
        guard isReading, unanswered == 1, response.status.code >= 400 else { return false }
        guard let bytesLeft else { return true }
        return bytesLeft > limits.unwantedBytesMax
    }

    private func finishAnswer(
        _ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?
    ) {
        unanswered -= 1
        hasBegunAnswer = false
        guard !isLast else { return end(context, data, promise) }
        if unanswered == 0 {
            enter(.idle, context)
        } else {
            enter(isReading && unanswered == 1 ? .reading : .waiting, context)
        }
        context.write(data, promise: promise)
    }

    /// RFC 9112, section 9.6: closing at once would throw away what the client has not read.
    private func end(
        _ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?
    ) {
        enter(.ending, context)
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if phase == .ending, event as? ChannelEvent == .inputClosed {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if phase == .answering { enter(.answering, context) }
        context.fireChannelWritabilityChanged()
    }

    /// Bytes that are no request. Where answers are still owed, the server tells of it in its turn.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard phase != .ending else { return }
        let isNextAnswer = unanswered == 0 || (unanswered == 1 && isReading && !hasBegunAnswer)
        guard isNextAnswer, !(error is IOError), !(error is ChannelError) else {
            return context.fireErrorCaught(error)
        }
        tell(error as? HTTPParserError == .headerOverflow ? .headTooLarge : .notHTTP, context)
    }

    /// Answers by itself, and ends the connection.
    private func tell(_ problem: Problem, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(bytes: JSONLine.bytes(of: problem))
        var fields = Response.problem(problem).headers
        fields[.connection] = "close"
        fields[.contentLength] = "\(body.readableBytes)"
        let head = HTTPResponse(status: .init(code: problem.status), headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        end(context, wrapOutboundOut(.end(nil)), nil)
    }
}

// Time.
extension ConnectionGuard {
    private static var lingerTime: Duration { .seconds(1) }

    private func enter(_ phase: Phase, _ context: ChannelHandlerContext) {
        self.phase = phase
        switch phase {
        case .new: extend(limits.headTimeout)
        case .idle: extend(limits.idleTimeout)
        case .reading: extend(limits.bodyTimeout)
        case .waiting: extend(limits.answerTimeout)
        case .answering:
            if context.channel.isWritable {
                deadline = .distantFuture
            } else {
                extend(limits.stallTimeout)
            }
        case .ending: extend(Self.lingerTime)
        }
        schedule(context)
    }

    private func extend(_ time: Duration) { deadline = .now() + TimeAmount(time) }

    /// A timer that is due too early looks again then: most requests make no timer.
    private func schedule(_ context: ChannelHandlerContext) {
        guard deadline < .distantFuture else { return }
        if timer != nil {
            guard timerIsDue > deadline else { return }
            timer?.cancel()
        }
        timerIsDue = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            if self.deadline <= .now() {
                self.expire(context)
            } else {
                self.schedule(context)
            }
        }
    }

    private func expire(_ context: ChannelHandlerContext) {
        switch phase {
        case .reading where !hasBegunAnswer: tell(.tooSlow, context)
        case .waiting: tell(.noAnswer, context)
        case .new, .idle, .reading, .answering, .ending: context.close(promise: nil)
        }
    }
}

extension HTTPResponse {
    /// The server's own answer to bytes that are no request.
    fileprivate var isParserError: Bool {
        status == .badRequest && headerFields[.contentLength] == "0"
            && headerFields[.connection] == "close"
    }
}
