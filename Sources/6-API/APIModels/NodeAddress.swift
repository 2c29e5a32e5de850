/// Where a node's API is found.
public enum NodeAddress: Hashable, Sendable {
    /// A socket in the file system, at most 103 bytes long. The file's permissions say who may use
    /// it.
    case unixSocket(path: String)
    case tcp(host: String, port: Int)
}

extension NodeAddress {
    /// How many bytes the path of a socket has at most: what fits `sockaddr_un` on all systems,
    /// without its final zero.
    public static let socketPathBytesMax = 103

    /// A TCP address as it is written: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
    ///
    /// - Returns: `nil` without a host, or without a port of 0 to 65535.
    public init?(listen text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: Int(port))
    }
}

extension NodeAddress: CustomStringConvertible {
    /// The path of the socket, or `host:port` with brackets around an IPv6 address.
    public var description: String {
        switch self {
        case .unixSocket(let path): path
        case .tcp(let host, let port):
            (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        }
    }
}
