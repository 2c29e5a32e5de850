#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is at a path; a link is not followed.
public enum FileKind: Sendable {
    /// Nothing, or nothing that this process may look at.
    case none
    case socket
    case other

    /// Looks once, without following a link; the file may be another one right after.
    public init(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            self = .none
            return
        }
        self = status.st_mode & S_IFMT == S_IFSOCK ? .socket : .other
    }
}
