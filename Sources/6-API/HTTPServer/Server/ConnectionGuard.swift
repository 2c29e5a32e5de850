import APIModels
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import StrictJSON

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
        /// The last answer was sent; no further request is read.
        case ending
    }

    private let limits: ServerLimits
    private let isStream: @Sendable (HTTPRequest) -> Bool
    private let newcomers: Newcomers?
    private var phase = Phase.new
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    private var timerIsDue = NIODeadline.distantFuture
    /// Requests whose head came and whose answer has not ended; the server answers one at a time.
    private var unanswered = 0
    private var isReading = false
    /// The request that comes in may take any time, as long as it does not stall.
    private var isStreaming = false
    /// Of the body that comes in: what its head says is still to come; `nil` where it says nothing.
    private var bytesLeft: Int?
    private var hasBegunAnswer = false
    private var isLast = false
    /// The client waits for a word before it sends the body (RFC 9110, section 10.1.1).
    private var expectsContinue = false
    private var requests = 0
    /// The number of the request behind which none is read any more.
    private var lastRequest: Int?
    /// Among those that have shown no valid token; `nil` where one was shown, or none is needed.
    private var place: UInt64?
    private var tokenlessUntil = NIODeadline.distantFuture
    private var tokenlessRequests = 0
    /// What to answer to bytes that are no request, where other answers are owed first.
    private var fault: Problem?

    /// What tells connections that may use the bank from others.
    struct Newcomers: Sendable {
        let connections: TokenlessConnections
        let showsToken: @Sendable (HTTPRequest) -> Bool
        /// Where no token is asked for.
        let openPaths: Set<String>
    }

    /// - Parameter newcomers: `nil` for a server that asks for no token.
    init(
        _ limits: ServerLimits, newcomers: Newcomers?,
        isStream: @escaping @Sendable (HTTPRequest) -> Bool
    ) {
        self.limits = limits
        self.newcomers = newcomers
        self.isStream = isStream
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { admit(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelActive(context: ChannelHandlerContext) {
        admit(context)
        context.fireChannelActive()
    }

    /// Counts the connection among those without a token, and starts its clock.
    private func admit(_ context: ChannelHandlerContext) {
        loseToken(context)
        enter(.new, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        showToken()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .ending, !isBehindLast(unwrapInboundIn(data)) else { return }
        switch unwrapInboundIn(data) {
        case .head(let request):
            requests += 1
            unanswered += 1
            isReading = true
            judge(request, context)
            isStreaming = isStream(request)
            if unanswered == 1 { enter(.reading, context) }
        case .body(let bytes):
            expectsContinue = false
            bytesLeft = bytesLeft.map { $0 - bytes.readableBytes }
            if isStreaming, unanswered == 1, place == nil { extend(limits.bodyTimeout) }
        case .end:
            (isReading, expectsContinue) = (false, false)
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
            tell(fault ?? .notHTTP, context)
            promise?.succeed()
        case .head(var response):
            if response.status.kind != .informational { hasBegunAnswer = true }
            if response.status == .unauthorized { loseToken(context) }
            // A client that sends request upon request is never idle, but has no more time either.
            let isOver = requests - unanswered + 1 == lastRequest || tokenlessUntil <= .now()
            if isOver || leavesTooMuchUnread(after: response) {
                response.headerFields[.connection] = "close"
            }
            isLast = isLast || response.headerFields[.connection] == "close"
            if !isReading { enter(.answering, context) }
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            finishAnswer(context, data, promise)
        }
    }

    /// An error is the whole answer, however much of the body is still to come.
    private func leavesTooMuchUnread(after response: HTTPResponse) -> Bool {
        response.status.code >= 400 && leavesTooMuchUnread
    }

    /// Whether more of a body is to come than is worth reading behind its answer.
    private var leavesTooMuchUnread: Bool {
        guard isReading, unanswered == 1 else { return false }
        // A client that got its answer instead of the word may or may not send the body.
        guard !expectsContinue, let bytesLeft else { return true }
        return bytesLeft > limits.unwantedBytesMax
    }

    private func finishAnswer(
        _ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?
    ) {
        isLast = isLast || leavesTooMuchUnread
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
        if event is HostFault { fault = .host }
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
        let isTooLarge = error as? HTTPParserError == .headerOverflow
        let problem = fault ?? (isTooLarge ? .headTooLarge : .notHTTP)
        fault = problem
        guard isNextAnswer, !(error is IOError), !(error is ChannelError) else {
            return context.fireErrorCaught(error)
        }
        tell(problem, context)
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

/// Told to a connection by the route that is about to read a request's body.
struct BodyWanted: Sendable {}

// What a request's head says about the connection.
extension ConnectionGuard {
    private func judge(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        bytesLeft = request.headerFields[.contentLength].flatMap { Int($0) }
        expectsContinue = request.headerFields[.expect]?.lowercased() == "100-continue"
        if request.headerFields[.connection] == "close" { lastRequest = requests }
        guard let newcomers else { return }
        let isKnown = place == nil
        // Elsewhere a token that is none gets a 401, which is counted then.
        guard !isKnown || newcomers.openPaths.contains(request.plainPath) else { return }
        guard !newcomers.showsToken(request) else { return showToken() }
        if isKnown { loseToken(context) }
        tokenlessRequests += 1
        if tokenlessRequests >= limits.tokenlessRequestsMax { lastRequest = requests }
    }

    private func isBehindLast(_ part: HTTPRequestPart) -> Bool {
        guard let lastRequest else { return false }
        if case .head = part { return requests >= lastRequest }
        return requests > lastRequest || !isReading
    }

    private func showToken() {
        guard let place else { return }
        newcomers?.connections.remove(place)
        self.place = nil
        tokenlessUntil = .distantFuture
    }

    /// Counts the connection among those without a token: at its beginning, and after a 401.
    private func loseToken(_ context: ChannelHandlerContext) {
        // A connection that has ended would never be taken out of the list.
        guard let newcomers, place == nil, context.channel.isActive else { return }
        place = newcomers.connections.add(context.channel)
        tokenlessUntil = .now() + TimeAmount(limits.tokenlessTimeout)
        tokenlessRequests = 0
    }

    /// Lets the client send the body that it holds back.
    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is BodyWanted else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        if expectsContinue, unanswered == 1, !hasBegunAnswer, phase != .ending {
            expectsContinue = false
            let word = HTTPResponse(status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(word)), promise: nil)
        }
        promise?.succeed()
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
        // An answer in progress may end; then there is no time left for another one.
        if phase == .new || phase == .idle || phase == .reading {
            deadline = min(deadline, tokenlessUntil)
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

extension HTTPRequest {
    fileprivate var plainPath: String { (path ?? "").prefix { $0 != "?" }.description }
}
