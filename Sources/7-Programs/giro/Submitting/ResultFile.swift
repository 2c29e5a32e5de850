import Deployment
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the results go, as CSV: opened before any money moves, and written in place, so that a
/// device, a pipe or a link stays what it is.
struct ResultFile {
    /// For people: the path, or `standard output`.
    let name: String
    let isStandardOutput: Bool
    let isRegular: Bool
    private let descriptor: Int32

    private static let heading = "line,id,verdict,outcome,reason\n"

    /// Opens it, makes sure that there is room, and writes the heading. What a file held before is
    /// gone then, and only then.
    ///
    /// - Parameters:
    ///   - path: `-` is standard output.
    ///   - file: What is to be sent; it is never written to.
    /// - Throws: ``Failure`` — nothing was sent.
    init(_ path: String, for file: TransfersFile) throws {
        var status = stat()
        let named = Self.standardPaths[path]
        let exists = named == nil && stat(path, &status) == 0
        guard !exists || FileIdentity(status) != file.input.identity else {
            throw Self.unsent(path, "it is the file of the transfers; name another with --results")
        }
        if let standard = named ?? (exists ? Self.standard(status) : nil) {
            name = standard == STDOUT_FILENO ? "standard output" : "standard error"
            (descriptor, isRegular) = (standard, false)
        } else {
            name = path
            try Self.checkLink(path)
            descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o644)
            guard descriptor >= 0 else { throw Self.unsent(path, Self.reason(errno, path)) }
            guard fstat(descriptor, &status) == 0 else {
                throw Self.unsent(path, Self.reason(errno, path))
            }
            isRegular = status.st_mode & S_IFMT == S_IFREG
        }
        isStandardOutput = descriptor == STDOUT_FILENO
        try prepare(for: file)
    }

    /// Who made a link chose the file that would be written over: in another user's folder it can
    /// lead to a key.
    private static func checkLink(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
            status.st_uid != geteuid(), status.st_uid != 0
        else { return }
        throw unsent(
            path, "it is a link that another user made; name another file with --results")
    }

    private func prepare(for file: TransfersFile) throws {
        if isRegular {
            try Self.check(roomFault(for: file), name)
            try Self.check(ftruncate(descriptor, 0) == 0 ? 0 : errno, name)
        }
        try Self.check(writeAll(Self.heading.utf8, to: descriptor), name)
    }

    /// Writes a line for each result, and waits until the disk has them.
    ///
    /// - Throws: ``Failure`` — they are not all written. What was sent is done all the same.
    func write(_ results: LineResults) throws {
        var bytes: [UInt8] = []
        func flush() throws {
            let code = writeAll(bytes, to: descriptor)
            guard code == 0 else { throw lost(code) }
            bytes.removeAll(keepingCapacity: true)
        }
        for result in results {
            let fields = [
                "\(result.number)", result.id, result.verdict?.rawValue ?? "",
                result.outcome.rawValue, result.reason,
            ]
            bytes += CSVLine.text(of: fields.map(\.inert)).utf8
            bytes.append(UInt8(ascii: "\n"))
            if bytes.count >= 64 * 1024 { try flush() }
        }
        try flush()
        guard isRegular else { return }
        // Some file systems find out only here that they had no room.
        guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw lost(errno) }
    }

    private func lost(_ code: Int32) -> Failure {
        Failure(
            .unavailable,
            "The results cannot be written to \(name): \(Self.reason(code, name)). What was sent "
                + "is done all the same: send the same file again, with other --results, to learn "
                + "what became of each line.")
    }

    /// Finds out whether the disk has as much room as the results can need. What the file holds
    /// stays as it is.
    ///
    /// - Returns: 0, or `errno`.
    private func roomFault(for file: TransfersFile) -> Int32 {
        #if canImport(Glibc)
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return errno }
            // A UUID, a number, two words and a reason; and a sentence for what is invalid.
            let bytesCount = 4_096 + 160 * file.count + 320 * file.invalidCount
            let code = posix_fallocate(descriptor, 0, off_t(bytesCount))
            guard ftruncate(descriptor, status.st_size) == 0 else { return errno }
            return [ENOSPC, EDQUOT, EFBIG, EIO].contains(code) ? code : 0
        #else
            return 0
        #endif
    }

    private static let standardPaths = [
        "-": STDOUT_FILENO, "/dev/stdout": STDOUT_FILENO, "/dev/fd/1": STDOUT_FILENO,
        "/dev/stderr": STDERR_FILENO, "/dev/fd/2": STDERR_FILENO,
    ]

    /// The standard stream that is the same file: written through another descriptor, what is
    /// printed there would be written over.
    private static func standard(_ file: stat) -> Int32? {
        [STDOUT_FILENO, STDERR_FILENO].first { descriptor in
            var status = stat()
            guard fstat(descriptor, &status) == 0, FileIdentity(status) == FileIdentity(file)
            else { return false }
            return status.st_mode & S_IFMT != S_IFCHR || isatty(descriptor) == 1
        }
    }

    private static func check(_ code: Int32, _ name: String) throws {
        guard code == 0 else { throw unsent(name, reason(code, name)) }
    }

    private static func unsent(_ name: String, _ reason: String) -> Failure {
        Failure(
            .unavailable, "The results cannot be written to \(name): \(reason). Nothing was sent.")
    }

    private static func reason(_ code: Int32, _ path: String) -> String {
        switch code {
        case ENOENT where path.isEmpty: return "--results is empty"
        case ENOENT:
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            return "there is no folder \(folder)"
        case EACCES, EPERM, EROFS: return "this user may not write there"
        case EISDIR: return "it is a folder"
        case ENOSPC, EDQUOT: return "the disk is full"
        case EPIPE: return "its reader has gone"
        case EBADF: return "it is closed"
        default: return StandardStreams.text(of: code)
        }
    }
}
