import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// What a connection's bytes pass through: parser, ``HeadGuard``, translation to HTTP's own types,
/// ``ConnectionGuard``.
///
/// Hummingbird's own channel has no place for what looks at the version and at all Host fields,
/// which the translation drops.
struct NodeChannel: ServerChildChannel, HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: HTTPChannelHandler.Responder
    let headBytesMax: Int
    let makeGuard: @Sendable () -> ConnectionGuard

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var decoding = NIOHTTPDecoderLimitConfiguration()
            decoding.maxHeaderFieldSize = headBytesMax
            decoding.maxHeaderListSize = headBytesMax
            decoding.maxHeaderFieldCount = 100
            let pipeline = channel.pipeline.syncOperations
            // One answer after the other is the reading side's affair, and so are errors.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false,
                withOutboundHeaderValidation: false, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoding)
            try pipeline.addHandlers([
                HeadGuard(), HTTP1ToHTTPServerCodec(secure: false), makeGuard(),
                HTTPConnectionStateHandler(logger: logger),
            ])
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
