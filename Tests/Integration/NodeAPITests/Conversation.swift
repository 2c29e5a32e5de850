import NIOCore
import NIOPosix
import Testing
import TestKit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection over which a test sends bytes as it likes, and reads what has come so far.
struct Conversation {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let seen: Seen

    /// What the server has sent; the end is marked by `isOver`.
    actor Seen {
        private(set) var text = ""
        private(set) var isOver = false

        fileprivate func add(_ buffer: ByteBuffer) { text += String(buffer: buffer) }
        fileprivate func end() { isOver = true }
    }

    fileprivate init(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ seen: Seen) {
        (self.outbound, self.seen) = (outbound, seen)
    }

    /// Whether the server has closed its side.
    var isOver: Bool { get async { await seen.isOver } }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Waits until what was read is enough.
    @discardableResult
    func text(
        within time: Duration = .seconds(20), _ isEnough: @Sendable (String) -> Bool
    ) async throws -> String {
        try await eventually(within: time) {
            let text = await seen.text
            return isEnough(text) ? text : nil
        }
    }

    /// Waits until the server has closed its side, and returns all that it sent.
    func ending() async throws -> String {
        try await eventually { await seen.isOver ? await seen.text : nil }
    }
}

extension TCPBank {
    /// Opens a connection for as long as `body` runs.
    func converse<Value: Sendable>(
        _ body: @escaping @Sendable (Conversation) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let seen = Conversation.Seen()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // A reset is an end as well.
                    do { for try await buffer in inbound { await seen.add(buffer) } } catch {}
                    await seen.end()
                }
                defer { group.cancelAll() }
                return try await body(Conversation(outbound, seen))
            }
        }
    }

    /// Sends bytes, waits until the server has had time to read them, and resets the connection.
    func reset(after text: String) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: text))
        _ = try await ask("GET", "/healthz")
        let options = try #require(channel as? any SocketOptionProvider)
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }
}
