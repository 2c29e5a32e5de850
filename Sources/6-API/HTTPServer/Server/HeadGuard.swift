import NIOCore
import NIOHTTP1

/// Says of the error behind it that the Host fields are its cause.
struct HostFault: Sendable {}

/// Judges of a request's head what later stages no longer see: its version and its Host fields.
///
/// - RFC 9112, section 3.2: HTTP/1.1 has exactly one Host field, of a valid form.
/// - RFC 9112, section 9.3: a connection of HTTP/1.0 is kept only where the client asks for it,
///   and where the answer's length is known: such a client reads no chunks.
///
/// Behind this handler, every request whose client wants no further answer on the connection has
/// `Connection: close`, in this spelling. Lives on the connection's event loop.
final class HeadGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Nothing can be read any more behind a head that is none.
    private var isBroken = false
    /// The newest request is of HTTP/1.0.
    private var isOld = false
    /// The answer that goes out ends with the connection.
    private var endsConnection = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        guard case .head(var head) = unwrapInboundIn(data) else {
            return context.fireChannelRead(data)
        }
        isOld = head.version != .http1_1
        guard Self.isAddressed(head) else {
            isBroken = true
            context.fireUserInboundEventTriggered(HostFault())
            return context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
        }
        if isOld { head.headers.remove(name: "expect") }
        if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private static func isAddressed(_ head: HTTPRequestHead) -> Bool {
        let hosts = head.headers["host"]
        guard let host = hosts.first else { return head.version != .http1_1 }
        return hosts.count == 1 && host.utf8.allSatisfy(isOfHost)
    }

    /// RFC 3986, section 3.2: host and port, without a user's name.
    private static func isOfHost(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~%!$&'()*+;=:[]".utf8.contains(character)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where isOld:
            head.version = .http1_0
            endsConnection = !head.headers.contains(name: "content-length")
            if !head.headers.contains(name: "connection") {
                head.headers.add(
                    name: "connection", value: endsConnection ? "close" : "keep-alive")
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where endsConnection:
            context.writeAndFlush(data, promise: promise)
            context.close(mode: .output, promise: nil)
        case .head, .body, .end:
            context.write(data, promise: promise)
        }
    }
}
