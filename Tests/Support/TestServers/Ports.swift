import Foundation

/// A port of 127.0.0.1 that no process listens on, and that no other test process is given: a
/// server may be stopped and started again on it.
///
/// Below those that systems give to outgoing connections (32768 and up, or 49152): one of these
/// could be taken by any connection before the port is used.
public func freePort() throws -> UInt16 {
    for _ in 0..<100 {
        guard let (descriptor, port) = try? listeningSocket(on: .random(in: ownPorts))
        else { continue }
        close(descriptor)
        return port
    }
    throw TestServerError("no port of 127.0.0.1 is free")
}

/// The ports of this process, for as long as it runs: a lock on a file goes with the process.
private let ownPorts: Range<UInt16> = {
    let count: UInt16 = 500
    for first in stride(from: 10_000, to: 32_500, by: Int(count)).map(UInt16.init) {
        let path = FileManager.default.temporaryDirectory.path + "/giro-ports-\(first)"
        let descriptor = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { continue }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return first..<(first + count) }
        close(descriptor)
    }
    return 10_000..<32_768
}()

/// A socket that listens on a port of 127.0.0.1, and that port; 0 chooses a free one.
func listeningSocket(on port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, streamType, 0)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = loopback(port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withSocketAddress(&address) { bind(descriptor, $0, size) == 0 }
    guard isBound, listen(descriptor, 64) == 0,
        withSocketAddress(&address, { getsockname(descriptor, $0, &size) == 0 })
    else {
        close(descriptor)
        throw TestServerError("cannot listen on port \(port): \(String(cString: strerror(errno)))")
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}

/// A socket connected to a port of 127.0.0.1; `nil` if no process listens there.
func connectedSocket(to port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, streamType, 0)
    var address = loopback(port)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    guard withSocketAddress(&address, { connect(descriptor, $0, size) == 0 }) else {
        close(descriptor)
        return nil
    }
    return descriptor
}

func isListening(on port: UInt16) -> Bool {
    guard let descriptor = connectedSocket(to: port) else { return false }
    close(descriptor)
    return true
}

/// Ends a connection at once, as a machine does that knows nothing of it: the other side receives
/// a RST, and a read that waits here returns. The descriptor stays its owner's.
func reset(_ descriptor: Int32) {
    var none = sockaddr()
    none.sa_family = sa_family_t(AF_UNSPEC)
    _ = connect(descriptor, &none, socklen_t(MemoryLayout<sockaddr>.size))
}

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private func withSocketAddress<Value>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Value
) -> Value {
    withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
    }
}

#if canImport(Glibc)
    private let streamType = Int32(SOCK_STREAM.rawValue)
#else
    private let streamType = SOCK_STREAM
#endif
