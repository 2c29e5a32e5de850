import Foundation
import Testing

@testable import TestServers

/// The network that chaos has in its hands does what it says.
struct ProxyTests {
    private static let port: UInt16 = 0x2345

    private func frame(_ text: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(text.count)] + text }

    private func address(_ port: UInt16) -> [UInt8] {
        Array("127.0.0.1".utf8) + [0, 0, UInt8(port >> 8), UInt8(port & 0xFF)]
    }

    @Test("The advertised port is changed, however answers are cut into pieces", arguments: 1...9)
    func advertised(_ size: Int) {
        let told = frame([7] + address(Self.port) + [9]) + frame(Array("127.0.0.1".utf8))
            + frame(address(Self.port + 1))
        var rewriter = AdvertisedPort(from: Self.port, to: 0x5432)
        var passed: [UInt8] = []
        for start in stride(from: 0, to: told.count, by: size) {
            passed += rewriter.take(told[start..<min(start + size, told.count)])
        }
        #expect(
            passed == frame([7] + address(0x5432) + [9]) + frame(Array("127.0.0.1".utf8))
                + frame(address(Self.port + 1)))
    }

    /// 256 pieces. When each of them was delayed, no client could read a long topic any more.
    @Test("A broker's long answer comes late once, not piece by piece")
    func longAnswer() throws {
        let answer = [1, 0, 0, 0] + [UInt8](repeating: 7, count: 1 << 24)
        let (listener, port) = try listeningSocket(on: 0)
        defer { close(listener) }
        Thread.detachNewThread {
            let connection = accept(listener, nil, nil)
            var sent = 0
            while sent < answer.count {
                let count = answer[sent...].withUnsafeBytes {
                    write(connection, $0.baseAddress, $0.count)
                }
                guard count > 0 else { break }
                sent += count
            }
            close(connection)
        }
        let proxy = try TCPProxy(to: port, isBrokers: true, latency: .milliseconds(50))
        defer { proxy.close() }
        let client = try #require(connectedSocket(to: proxy.port))
        defer { close(client) }
        let begin = ContinuousClock.now
        var (received, buffer) = (0, [UInt8](repeating: 0, count: 1 << 16))
        while case let count = read(client, &buffer, buffer.count), count > 0 { received += count }
        #expect(received == answer.count)
        // 256 times 50 ms are 12.8 s.
        #expect(ContinuousClock.now - begin < .seconds(6))
    }

    @Test("What is held comes when the fault has ended")
    func held() throws {
        try withEcho { proxy, client in
            proxy.set(toClient: .hold)
            #expect(client.send("abcd"))
            #expect(client.read(within: 200) == nil)
            proxy.heal()
            #expect(client.read(within: 10_000) == "abcd")
        }
    }

    @Test("What is swallowed never comes, and its connection ends with the fault")
    func swallowed() throws {
        try withEcho { proxy, client in
            proxy.set(toServer: .swallow)
            #expect(client.send("abcd"))
            #expect(client.read(within: 200) == nil)
            proxy.heal()
            #expect(client.read(within: 10_000) == "")
        }
    }

    @Test("A torn answer comes by half")
    func torn() throws {
        try withEcho { proxy, client in
            proxy.set(toClient: .tear)
            #expect(client.send("abcd"))
            // The reset may overtake what was sent before it.
            let half = client.read(within: 10_000)
            #expect(half == "ab" || half == "", "\(half ?? "nothing")")
            #expect(client.read(within: 10_000) == "")
            #expect(proxy.cuts >= 1)
        }
    }

    @Test("A half-open connection is gone for the client, and there for the server")
    func halfOpen() throws {
        try withEcho { proxy, client in
            #expect(client.send("abcd"))
            #expect(client.read(within: 10_000) == "abcd")
            proxy.halfOpen()
            #expect(client.read(within: 10_000) == "")
            #expect(proxy.connectionCount == 1)
            proxy.heal()
        }
    }

    /// Runs `body` with a client of a proxy before a server that sends back what it gets.
    private func withEcho(_ body: (TCPProxy, Client) throws -> Void) throws {
        let (listener, port) = try listeningSocket(on: 0)
        defer { close(listener) }
        Thread.detachNewThread {
            let connection = accept(listener, nil, nil)
            var buffer = [UInt8](repeating: 0, count: 100)
            while case let count = read(connection, &buffer, 100), count > 0 {
                _ = write(connection, buffer, count)
            }
            close(connection)
        }
        let proxy = try TCPProxy(to: port)
        defer { proxy.close() }
        let client = Client(descriptor: try #require(connectedSocket(to: proxy.port)))
        defer { close(client.descriptor) }
        try body(proxy, client)
    }

    private struct Client {
        let descriptor: Int32

        func send(_ text: String) -> Bool {
            Foundation.write(descriptor, text, text.utf8.count) == text.utf8.count
        }

        /// `nil`: nothing came in time; empty: the connection has ended.
        func read(within milliseconds: Int32) -> String? {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
            var buffer = [UInt8](repeating: 0, count: 100)
            let count = Foundation.read(descriptor, &buffer, 100)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        }
    }
}
