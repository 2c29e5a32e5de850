#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension LineFile {
    /// The standard input, read to its end.
    ///
    /// - Throws: ``LineFileError``.
    public static func standardInput() throws(LineFileError) -> LineFile {
        try LineFile(bytes(from: STDIN_FILENO))
    }

    /// - Throws: ``LineFileError`` `.missing`, `.unreadable`, `.tooLarge`, `.tooOpen`, `.foreign`.
    static func bytes(
        of path: String, _ rights: FileRights?
    ) throws(LineFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system() }
        defer { close(descriptor) }
        if let rights { try rights.check(descriptor: descriptor, path) }
        return try bytes(from: descriptor)
    }

    private static func bytes(from descriptor: Int32) throws(LineFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .system()
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else { throw .tooLarge }
        }
    }
}
