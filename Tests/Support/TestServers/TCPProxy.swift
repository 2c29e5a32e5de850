import Foundation
import Synchronization

/// Forwards a port of 127.0.0.1 to another, and does to the connections what networks do.
///
/// Two threads for each connection, which end with it.
public final class TCPProxy: Sendable {
    /// What happens to the bytes that one side sends.
    public enum Fault: Sendable {
        case none
        /// They vanish, and the connection stays open.
        case swallow
        /// The connection is cut instead of passing them on: what they answered was done.
        case cut
        /// The connection is reset when half of them are passed on.
        case tear
        /// They wait until the fault has ended, as where packets are sent again until they arrive.
        case hold
        /// They come so much later, chunk by chunk.
        case delay(Duration)
    }

    private struct Connection {
        let client: Int32
        let server: Int32
        /// Bytes of it are lost, so it can only be cut.
        var hasLost = false
        /// The client's side is gone, and the server does not know.
        var isHalfOpen = false
    }

    private struct State {
        var connections: [Int: Connection] = [:]
        var lastConnection = 0
        var toServer = Fault.none
        var toClient = Fault.none
        var cuts = 0
        var listener: Int32
    }

    /// A small answer: its client may send the next request at once.
    private static let smallBytes = 1_024

    public let port: UInt16
    private let target: UInt16
    private let state: Mutex<State>
    /// Signalled when a fault ends.
    private let change = NSCondition()
    private let isBrokers: Bool
    private let latency: Duration

    /// Listens at once; `target` is only connected to when a client comes.
    ///
    /// - Parameters:
    ///   - isBrokers: Whether the target is a broker of Kafka's protocol that would tell
    ///   its clients to go to `target` itself: what it says of that is changed to this proxy's
    ///   port.
    ///   - latency: How much later each small chunk reaches the client, without any fault. What
    ///   is large passes at once, so that it limits no throughput.
    public init(
        to target: UInt16, on port: UInt16 = 0, isBrokers: Bool = false,
        latency: Duration = .zero
    ) throws {
        let (listener, port) = try listeningSocket(on: port)
        self.port = port
        self.target = target
        self.isBrokers = isBrokers
        self.latency = latency
        state = Mutex(State(listener: listener))
        Thread.detachNewThread { self.accept(listener) }
    }

    /// What happens from now on to bytes on their way to the server, and to the client.
    public func set(toServer: Fault = .none, toClient: Fault = .none) {
        state.withLock {
            $0.toServer = toServer
            $0.toClient = toClient
        }
        signal()
    }

    /// Resets the client's side of every connection; the server's sides stay open until ``heal()``.
    public func halfOpen() {
        state.withLock { state in
            for number in state.connections.keys {
                state.connections[number]?.isHalfOpen = true
                if let client = state.connections[number]?.client { reset(client) }
            }
        }
    }

    /// Ends every fault: what waited is passed on, and connections that lost bytes are cut.
    public func heal() {
        state.withLock { state in
            state.toServer = .none
            state.toClient = .none
            for (number, connection) in state.connections
            where connection.hasLost || connection.isHalfOpen {
                state.connections[number]?.isHalfOpen = false
                shutdown(connection.client, Int32(SHUT_RDWR))
                shutdown(connection.server, Int32(SHUT_RDWR))
            }
        }
        signal()
    }

    private func signal() {
        change.lock()
        change.broadcast()
        change.unlock()
    }

    /// Waits until `isOver`, which is checked again whenever faults change.
    private func wait(until isOver: (State) -> Bool) {
        change.lock()
        while !state.withLock({ isOver($0) }) { change.wait() }
        change.unlock()
    }

    /// How many connections there are to the server.
    public var connectionCount: Int { state.withLock { $0.connections.count } }

    /// How many connections were cut by a fault.
    public var cuts: Int { state.withLock { $0.cuts } }

    /// Cuts every connection; new ones are made.
    public func cutAll() {
        state.withLock { state in
            for connection in state.connections.values {
                shutdown(connection.client, Int32(SHUT_RDWR))
                shutdown(connection.server, Int32(SHUT_RDWR))
            }
        }
    }

    /// Cuts every connection and listens no longer.
    public func close() {
        cutAll()
        let listener = state.withLock { $0.listener }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept(_ listener: Int32) {
        while true {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else {
                if errno == EINTR { continue }
                Foundation.close(listener)
                return
            }
            guard let server = connectedSocket(to: target) else {
                Foundation.close(client)
                continue
            }
            let number = state.withLock { state in
                state.lastConnection += 1
                state.connections[state.lastConnection] = Connection(
                    client: client, server: server)
                return state.lastConnection
            }
            let ends = Ends { [self] in
                state.withLock { state in
                    state.connections[number] = nil
                    Foundation.close(client)
                    Foundation.close(server)
                }
            }
            Thread.detachNewThread {
                self.forward(client, server, \.toServer, number, nil)
                ends.end()
            }
            let rewriter = isBrokers ? AdvertisedPort(from: target, to: port) : nil
            Thread.detachNewThread {
                self.forward(server, client, \.toClient, number, rewriter)
                ends.end()
            }
        }
    }

    private func forward(
        _ source: Int32, _ sink: Int32, _ fault: any KeyPath<State, Fault> & Sendable,
        _ number: Int, _ rewriter: AdvertisedPort?
    ) {
        var rewriter = rewriter
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            let bytes = rewriter?.take(buffer.prefix(count)) ?? buffer.prefix(count)
            // An answer that is not complete yet: nothing comes, so nothing comes late.
            if bytes.isEmpty { continue }
            guard pass(bytes, to: sink, fault, number) else { break }
        }
        wait { $0.connections[number]?.isHalfOpen != true }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }

    /// - Returns: Whether the connection stays open.
    private func pass(
        _ bytes: ArraySlice<UInt8>, to sink: Int32, _ fault: any KeyPath<State, Fault> & Sendable,
        _ number: Int
    ) -> Bool {
        switch faultFound(fault, number) {
        case .swallow:
            return true
        case .cut:
            state.withLock { $0.cuts += 1 }
            return false
        case .tear:
            state.withLock { $0.cuts += 1 }
            _ = write(bytes.prefix(bytes.count / 2), to: sink)
            reset(sink)
            return false
        case .hold:
            wait {
                if case .hold = $0[keyPath: fault] { false } else { true }
            }
            return pass(bytes, to: sink, fault, number)
        case .delay(let time):
            Thread.sleep(forTimeInterval: time / .seconds(1))
            return write(bytes, to: sink)
        case .none:
            if latency > .zero && bytes.count < Self.smallBytes && fault == \.toClient {
                Thread.sleep(forTimeInterval: latency / .seconds(1))
            }
            return write(bytes, to: sink)
        }
    }

    /// The fault that meets bytes now. A loss is noted under the same lock, so that ``heal()`` cuts
    /// every connection that has lost some.
    private func faultFound(
        _ fault: any KeyPath<State, Fault> & Sendable, _ number: Int
    ) -> Fault {
        state.withLock { state in
            let found = state[keyPath: fault]
            if case .swallow = found { state.connections[number]?.hasLost = true }
            return found
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, to sink: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Closes a connection when both of its directions have ended.
private final class Ends: Sendable {
    private let left = Mutex(2)
    private let close: @Sendable () -> Void

    init(close: @escaping @Sendable () -> Void) { self.close = close }

    func end() {
        let isLast = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isLast { close() }
    }
}
