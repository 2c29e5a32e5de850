#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Who may use a file or a folder besides this process.
///
/// The owner has to be this process's user, or root. For a file with secrets PostgreSQL's rule
/// holds: no other user may use it, but one of root's may be read by this process's group, as
/// containers and service managers hand secrets out. A folder of root's may be written to by this
/// process's group for the same reason: volumes in containers are so.
///
/// A symbolic link is followed if it is this process's user's or root's; then what it leads to
/// counts.
public enum FileRights: Sendable {
    /// Others may not even read it: signing keys, tokens, passwords.
    case owner
    /// Others may read it and not write it: settings.
    case ownerWrites

    /// Judges the file at `path`. What is no file (a pipe) needs the right owner only.
    ///
    /// - Throws: ``LineFileError``: `.foreign`, `.tooOpen`; `.missing`, `.unreadable`.
    public func check(_ path: String) throws(LineFileError) {
        let status = try Self.status(of: path)
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        try judge(status, path)
    }

    /// Judges an open file, so that what is read is what was judged. What is no file needs nothing
    /// but, where `path` is a link, that link's right owner.
    ///
    /// - Throws: ``LineFileError``: `.foreign`, `.tooOpen`; `.missing`, `.unreadable`.
    package func check(descriptor: Int32, _ path: String) throws(LineFileError) {
        try Self.checkLink(path)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system() }
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        try Self.checkOwner(status, path)
        try judge(status, path)
    }

    private func judge(_ status: stat, _ path: String) throws(LineFileError) {
        switch self {
        case .owner:
            let allowed: mode_t = Self.isSharedByRoot(status) ? 0o040 : 0
            guard status.st_mode & 0o077 & ~allowed == 0 else {
                throw LineFileError(
                    .tooOpen,
                    "others than its owner may use it; run: chmod 600 \(path.asShellWord)")
            }
        case .ownerWrites:
            guard status.st_mode & 0o022 == 0 else {
                throw LineFileError(
                    .tooOpen,
                    "others than its owner may write it; run: chmod go-w \(path.asShellWord)")
            }
        }
    }

    /// Judges a folder: who may write to it can put other files in the place of those in it. So can
    /// those who may write to a folder above it, unless that is sticky.
    ///
    /// - Throws: ``LineFileError``, as ``check(_:)``; `.missing`.
    public static func checkFolder(_ path: String) throws(LineFileError) {
        let status = try Self.status(of: path)
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw LineFileError(.unreadable, "is not a folder")
        }
        let allowed: mode_t = isSharedByRoot(status) ? 0o020 : 0
        guard status.st_mode & 0o022 & ~allowed == 0 else {
            throw LineFileError(
                .tooOpen,
                "others than its owner may write to it; run: chmod go-w \(path.asShellWord)")
        }
        try checkFoldersAbove(path)
    }

    /// Judges the folders above `path`, which need not be there itself.
    public static func checkFoldersAbove(_ path: String) throws(LineFileError) {
        var folder = path
        while let parent = folder.parentPath {
            folder = parent
            guard let real = realpath(folder, nil) else { continue }
            defer { free(real) }
            try checkAbove(String(cString: real))
            return
        }
    }

    private static func checkAbove(_ path: String) throws(LineFileError) {
        var folder: String? = path
        while let path = folder {
            var status = stat()
            let isOpen = stat(path, &status) == 0 && status.st_mode & 0o002 != 0
            guard !isOpen || status.st_mode & S_ISVTX != 0 else {
                throw LineFileError(
                    .tooOpen,
                    """
                    everybody may write to the folder above it; run: chmod o-w \(path.asShellWord)
                    """)
            }
            folder = path.parentPath
        }
    }

    /// Of what `path` leads to, whose owner and whose link are judged already.
    private static func status(of path: String) throws(LineFileError) -> stat {
        try checkLink(path)
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system() }
        try checkOwner(status, path)
        return status
    }

    /// Who has made a link chooses what is used.
    private static func checkLink(_ path: String) throws(LineFileError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .system() }
        if status.st_mode & S_IFMT == S_IFLNK { try checkOwner(status, path) }
    }

    private static func checkOwner(_ status: stat, _ path: String) throws(LineFileError) {
        let user = geteuid()
        guard status.st_uid != user, status.st_uid != 0 else { return }
        let owner = name(of: status.st_uid)
        throw LineFileError(
            .foreign,
            """
            belongs to the user \(owner), and this is \(name(of: user)): run this as \(owner), or \
            run: chown \(name(of: user)) \(path.asShellWord)
            """)
    }

    /// Whether it is root's, and this process, which is not root, may read it by its group.
    private static func isSharedByRoot(_ status: stat) -> Bool {
        guard status.st_uid == 0, geteuid() != 0 else { return false }
        if status.st_gid == getegid() { return true }
        var groups = [gid_t](repeating: 0, count: Int(max(getgroups(0, nil), 0)))
        let count = getgroups(Int32(groups.count), &groups)
        return count > 0 && groups.prefix(Int(count)).contains(status.st_gid)
    }

    private static func name(of user: uid_t) -> String {
        UnixUser(id: user).name
    }
}

extension String {
    /// The folder that holds what this path names; `nil` for the root and a bare name's folder.
    fileprivate var parentPath: String? {
        var path = self[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard path != "/", path != "." else { return nil }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// As a shell takes it for one word.
    package var asShellWord: String {
        let plain = allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
        return plain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
