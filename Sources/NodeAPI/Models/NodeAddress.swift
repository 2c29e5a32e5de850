/// Where a node's API is found.
public enum NodeAddress: Hashable, Sendable {
    /// A socket in the file system, at most 103 bytes long. The file's permissions say who may use
    /// it.
    case unixSocket(path: String)
    case tcp(host: String, port: Int)
}

extension NodeAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unixSocket(let path): path
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}
