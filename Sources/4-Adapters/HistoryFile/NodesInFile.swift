import LineFiles
import Saga

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Nodes in a file, 32 bytes each, that only one opening has at a time: an advisory lock (flock)
/// is held from the opening on. The kernel frees the lock of a process that died.
final class NodesInFile: NodeStore {
    private static let nodeBytes = 32

    private let path: String
    /// Closed with the last reference: a read that has begun ends before its descriptor does.
    private let descriptor: Int32

    /// Opens the file at `path`, or makes it, for its owner only.
    ///
    /// Nothing is changed, and nothing read, before the file is judged and locked.
    ///
    /// - Throws: ``HistoryFileError``: `.refused`, `.locked`, `.unavailable`.
    init(at path: String) throws(HistoryFileError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unopened(path, errno) }
        self.path = path
        self.descriptor = descriptor
        try checkRights()
        try takeLock()
    }

    deinit {
        // Gives the lock back, too.
        close(descriptor)
    }

    private func checkRights() throws(HistoryFileError) {
        guard try status().st_mode & S_IFMT == S_IFREG else {
            throw HistoryFileError(
                .refused, "\(path) is not a file: remove it, and a history file is made there.")
        }
        do throws(LineFileError) {
            try FileRights.ownerWrites.check(descriptor: descriptor, path)
        } catch {
            throw HistoryFileError(.refused, "\(path): \(error.message).", cause: error)
        }
    }

    private func takeLock() throws(HistoryFileError) {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            guard number == EWOULDBLOCK else {
                throw .system("\(path) cannot be locked", number)
            }
            throw HistoryFileError(
                .locked,
                """
                \(path) is open already, in another process or in this one: end the other process \
                that uses this log's folder. The file was not changed.
                """)
        }
    }

    private func status() throws(HistoryFileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .system("\(path) cannot be examined", errno)
        }
        return status
    }

    func nodeCount() throws(HistoryFileError) -> UInt64 {
        try UInt64(status().st_size) / UInt64(Self.nodeBytes)
    }

    func node(at place: UInt64) -> Hash? {
        withUnsafeTemporaryAllocation(byteCount: Self.nodeBytes, alignment: 8) { buffer -> Hash? in
            var filled = 0
            while filled < Self.nodeBytes {
                let count = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, Self.nodeBytes - filled,
                    Self.offset(of: place) + off_t(filled))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return nil }
                filled += count
            }
            return Hash(bytes: UnsafeRawBufferPointer(buffer))
        }
    }

    func put(_ nodes: [Hash], at place: UInt64) throws(HistoryFileError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(nodes.count * Self.nodeBytes)
        for node in nodes { node.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        let start = Self.offset(of: place)
        let failure = bytes.withUnsafeBytes { writeAll($0, at: start) }
        guard failure == 0 else {
            // Gives a full disk its room back. What stays is behind the end that readers know, and
            // the next nodes are written over it.
            ftruncate(descriptor, start)
            throw .system("\(path) cannot be written", failure)
        }
    }

    /// - Returns: 0, or `errno`.
    private func writeAll(_ bytes: UnsafeRawBufferPointer, at start: off_t) -> Int32 {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, start + off_t(written))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            written += count
        }
        return 0
    }

    func cut(to nodeCount: UInt64) throws(HistoryFileError) {
        while ftruncate(descriptor, Self.offset(of: nodeCount)) != 0 {
            guard errno == EINTR else { throw .system("\(path) cannot be cut", errno) }
        }
    }

    /// Places are below the number of nodes that a file was found or written with.
    private static func offset(of place: UInt64) -> off_t { off_t(place) * off_t(nodeBytes) }
}

extension HistoryFileError {
    fileprivate static func unopened(_ path: String, _ number: Int32) -> HistoryFileError {
        guard number == ELOOP else { return system("\(path) cannot be opened", number) }
        return HistoryFileError(
            .refused,
            """
            \(path) is a symbolic link, and what it leads to could be written over: remove the \
            link, and a history file is made there.
            """)
    }

    fileprivate static func system(_ what: String, _ number: Int32) -> HistoryFileError {
        HistoryFileError(
            .unavailable,
            """
            \(what): \(String(cString: strerror(number))). Look at its disk and folder; the log \
            is not affected.
            """)
    }
}
