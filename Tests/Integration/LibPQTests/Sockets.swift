import Foundation
import TestServers

/// Runs `body` with a port where connections are taken and nothing is ever said.
func withSilentListener(_ body: (Int) async throws -> Void) async throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(listener, generic, length) == 0 && listen(listener, 8) == 0
                && getsockname(listener, generic, &length) == 0
        }
    }
    guard isListening else { throw TestServerError("No port is free.") }
    try await body(Int(UInt16(bigEndian: address.sin_port)))
}

func openDescriptors() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
}
