import APIModels
import LineFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A socket in the file system, before and after it is bound.
struct UnixSocket {
    let path: String

    /// Makes sure that no process serves there and that the path can be bound. A socket that a
    /// killed process left behind is free.
    ///
    /// - Throws: ``NodeServerError``.
    func checkIsFree() throws(NodeServerError) {
        guard path.utf8.count <= NodeAddress.socketPathBytesMax else {
            throw NodeServerError(
                .pathTooLong,
                "The socket's path is longer than \(NodeAddress.socketPathBytesMax) bytes; "
                    + "shorten it.")
        }
        // Not by `stat` here, whose members may count as a network library's.
        let kind = FileKind(at: path)
        guard kind != .none else { return }
        guard kind == .socket else {
            throw NodeServerError(
                .notASocket, "There is a file at the socket's path; move it out of the way.")
        }
        guard !isAnswered() else {
            throw NodeServerError(
                .taken, "Another process serves on this socket; stop it, or use another path.")
        }
    }

    /// Whether a connection is taken. Does not wait: a local connection is taken at once or never.
    private func isAnswered() -> Bool {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // EAGAIN: a process listens, and its queue of connections is full.
        return result == 0 || errno == EAGAIN
    }

    /// Only the owner may use the socket, and root.
    ///
    /// - Returns: `false` if that cannot be had.
    func closeToOthers() -> Bool { chmod(path, 0o600) == 0 }
}
