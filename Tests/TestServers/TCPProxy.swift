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
    }

    private struct State {
        var connections: [Int: (client: Int32, server: Int32)] = [:]
        var lastConnection = 0
        var toServer = Fault.none
        var toClient = Fault.none
        var cuts = 0
        var listener: Int32
    }

    public let port: UInt16
    private let target: UInt16
    private let state: Mutex<State>

    /// Listens at once; `target` is only connected to when a client comes.
    public init(to target: UInt16, on port: UInt16 = 0) throws {
        let (listener, port) = try listeningSocket(on: port)
        self.port = port
        self.target = target
        state = Mutex(State(listener: listener))
        Thread.detachNewThread { self.accept(listener) }
    }

    /// What happens from now on to bytes on their way to the server, and to the client.
    public func set(toServer: Fault = .none, toClient: Fault = .none) {
        state.withLock {
            $0.toServer = toServer
            $0.toClient = toClient
        }
    }

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
                state.connections[state.lastConnection] = (client, server)
                return state.lastConnection
            }
            let ends = Ends { [self] in
                state.withLock { state in
                    state.connections[number] = nil
                    Foundation.close(client)
                    Foundation.close(server)
                }
            }
            Thread.detachNewThread { self.forward(client, server, \.toServer, ends) }
            Thread.detachNewThread { self.forward(server, client, \.toClient, ends) }
        }
    }

    private func forward(
        _ source: Int32, _ sink: Int32, _ fault: any KeyPath<State, Fault> & Sendable, _ ends: Ends
    ) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        loop: while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            switch state.withLock({ $0[keyPath: fault] }) {
            case .swallow: continue
            case .cut:
                state.withLock { $0.cuts += 1 }
                break loop
            case .none: guard write(buffer.prefix(count), to: sink) else { break loop }
            }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
        ends.end()
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
