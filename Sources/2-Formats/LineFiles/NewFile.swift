#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files and folders that only their owner may use, from the moment they are there: what is closed
/// afterwards was open for a moment, and stays so after a crash.
public enum NewFile {
    /// Puts a whole new file in place of what is at `path`, durable before this returns.
    ///
    /// - Parameters:
    ///   - bytes: All that the file will hold.
    ///   - path: The file; `path` with the suffix `.new` is written first.
    ///   - isPublic: Whether others may read it.
    /// - Throws: ``LineFileError`` `.unwritable`; then `path` is as it was.
    public static func put(
        _ bytes: [UInt8], at path: String, isPublic: Bool = false
    ) throws(LineFileError) {
        let new = path + ".new"
        // What a process left that died here; a link is removed, not followed.
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable() }
        do throws(LineFileError) {
            defer { close(descriptor) }
            try fill(descriptor, bytes)
            if isPublic, fchmod(descriptor, 0o644) != 0 { throw .unwritable() }
            guard fsync(descriptor) == 0 else { throw .unwritable() }
        } catch {
            unlink(new)
            throw error
        }
        guard rename(new, path) == 0 else { throw .unwritable() }
        try synchronizeFolder(of: path)
    }

    private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) throws(LineFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .unwritable() }
            rest = rest.dropFirst(count)
        }
    }

    private static func synchronizeFolder(of path: String) throws(LineFileError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unwritable() }
    }

    /// Makes the folder, and those above it, as far as they are not there.
    ///
    /// - Throws: ``LineFileError`` `.unwritable`.
    public static func makeFolder(_ path: String) throws(LineFileError) {
        var status = stat()
        guard stat(path, &status) != 0 else {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .unwritable(ENOTDIR) }
            return
        }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeFolder(String(path[..<slash]))
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .unwritable() }
    }
}

extension LineFileError {
    /// The system's own words, for what it just refused.
    static func system(_ number: Int32 = errno) -> LineFileError {
        let code: Code = number == ENOENT ? .missing : .unreadable
        return LineFileError(code, "cannot be read: \(String(cString: strerror(number)))")
    }

    fileprivate static func unwritable(_ number: Int32 = errno) -> LineFileError {
        LineFileError(.unwritable, "cannot be written: \(String(cString: strerror(number)))")
    }
}
