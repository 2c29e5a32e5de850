import Foundation
import Synchronization
import Testing

/// A socket in front of a bank's own: what a client sends reaches the bank, and no answer reaches
/// the client. So each order is carried out, and its sender does not learn it.
///
/// A thread for each connection, which ends with it.
final class LostAnswers: Sendable {
    enum Loss {
        /// The connection is cut instead of passing the answer on.
        case cut
        /// The connection stays open, and nothing comes.
        case silence
    }

    /// For `GIRO_SOCKET`.
    let path: String
    private let bank: String
    private let loss: Loss
    private let listener: Int32
    private let lost = Mutex(0)

    /// - Parameters:
    ///   - path: Of the new socket.
    ///   - bank: Of the bank's socket.
    init(at path: String, of bank: String, _ loss: Loss) throws {
        (self.path, self.bank, self.loss) = (path, bank, loss)
        listener = Self.newSocket()
        let isBound = Self.withAddress(path) { bind(listener, $0, $1) == 0 }
        try #require(isBound && listen(listener, 8) == 0, "cannot listen on \(path)")
        Thread.detachNewThread { self.accept() }
    }

    /// How many answers came and were not passed on.
    var count: Int { lost.withLock { $0 } }

    /// Takes no more connections.
    func end() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func accept() {
        while true {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else {
                close(listener)
                return
            }
            Thread.detachNewThread { self.serve(client) }
        }
    }

    private func serve(_ client: Int32) {
        let server = Self.newSocket()
        defer {
            close(client)
            close(server)
        }
        guard Self.withAddress(bank, { connect(server, $0, $1) == 0 }) else { return }
        let bytesMax = 65_536
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        while true {
            var sides = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&sides, 2, -1) > 0 else { return }
            if sides[1].revents != 0 {
                guard read(server, &bytes, bytesMax) > 0 else { return }
                lost.withLock { $0 += 1 }
                if loss == .cut { return }
            }
            if sides[0].revents != 0 {
                let count = read(client, &bytes, bytesMax)
                guard count > 0, write(server, bytes, count) == count else { return }
            }
        }
    }

    private static func newSocket() -> Int32 {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        return socket(AF_UNIX, kind, 0)
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
