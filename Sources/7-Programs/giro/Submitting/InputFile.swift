import Deployment
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bytes of a file of transfers, read by their offset, as often as needed, and never held.
///
/// What cannot be read twice (a pipe, a terminal) is copied to a temporary file without a name
/// first, which is gone with the process.
final class InputFile: Sendable {
    /// For people: the path, or `standard input`.
    let name: String
    /// What was named on the command line, not the copy.
    let identity: FileIdentity
    /// Whether it is a file that has a place in a folder, beside which results can be put.
    let isRegular: Bool
    private let descriptor: Int32
    /// Of the first byte: standard input may have been read by another program before.
    private let start: Int64
    private let condition: FileCondition

    /// - Parameter path: `-` is standard input.
    /// - Throws: ``Failure`` with the system's reason.
    init(_ path: String) throws {
        name = path == "-" ? "Standard input" : path
        let opened =
            path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw Self.unreadable(name, errno) }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            defer { close(opened) }
            throw Self.unreadable(name, errno)
        }
        identity = FileIdentity(status)
        isRegular = status.st_mode & S_IFMT == S_IFREG && path != "-"
        if status.st_mode & S_IFMT == S_IFREG {
            descriptor = opened
            start = max(Int64(lseek(opened, 0, SEEK_CUR)), 0)
        } else {
            defer { close(opened) }
            descriptor = try Self.copy(of: opened, name)
            start = 0
            guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(name, errno) }
        }
        condition = FileCondition(status)
    }

    deinit {
        close(descriptor)
    }

    /// The bytes from `offset` on; fewer than `count` only at the end.
    ///
    /// - Throws: ``Failure`` — also where the file is no longer the one that was opened.
    func bytes(at offset: Int64, count: Int) throws -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(name, errno) }
        guard FileCondition(status) == condition else {
            throw Failure(.unavailable, "\(name) was changed while it was read.")
        }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
                    off_t(start + offset) + off_t(filled))
                if read > 0 {
                    filled += read
                } else if read == 0 {
                    return
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw Self.unreadable(name, failure) }
        return bytes
    }

    private static func copy(of source: Int32, _ name: String) throws -> Int32 {
        let folder = FileManager.default.temporaryDirectory.path
        var path = Array("\(folder)/giro-XXXXXX".utf8CString)
        let copy = mkstemp(&path)
        guard copy >= 0 else { throw uncopied(name, folder, errno) }
        unlink(path)
        _ = fcntl(copy, F_SETFD, FD_CLOEXEC)
        do {
            var buffer = [UInt8](repeating: 0, count: FileBeginning.bytesMax)
            var total = 0
            while true {
                let count = read(source, &buffer, buffer.count)
                if count == 0 { return copy }
                if count < 0 {
                    guard errno == EINTR else { throw unreadable(name, errno) }
                    continue
                }
                // An endless device must not fill the disk first. What stands further back is
                // judged line by line, as in a file.
                if total < FileBeginning.bytesMax {
                    try FileBeginning.check(buffer[..<count], of: name)
                }
                total += count
                let failure = writeAll(buffer[..<count], to: copy)
                guard failure == 0 else { throw uncopied(name, folder, failure) }
            }
        } catch {
            close(copy)
            throw error
        }
    }

    private static func unreadable(_ name: String, _ code: Int32) -> Failure {
        let reason =
            switch code {
            case EISDIR: "it is a folder"
            case EBADF: "it is closed"
            case ENOENT: "there is no such file"
            case EACCES, EPERM: "this user may not read it"
            default: StandardStreams.text(of: code)
            }
        return Failure(.unavailable, "\(name) cannot be read: \(reason). Nothing was sent.")
    }

    private static func uncopied(_ name: String, _ folder: String, _ code: Int32) -> Failure {
        Failure(
            .unavailable,
            "\(name) cannot be copied to \(folder), which it needs to be read twice: "
                + "\(StandardStreams.text(of: code)). Nothing was sent. TMPDIR names another "
                + "folder.")
    }
}

/// Which file it is, whatever the path to it.
struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}

/// A mark that changes when a file is written.
private struct FileCondition: Equatable, Sendable {
    private let bytesCount: Int64
    private let seconds: Int
    private let nanoseconds: Int

    init(_ status: stat) {
        bytesCount = Int64(status.st_size)
        #if canImport(Glibc)
            let time = status.st_mtim
        #else
            let time = status.st_mtimespec
        #endif
        (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec)
    }
}

/// Writes all of `bytes`, and waits where the descriptor takes no more for now.
///
/// - Returns: 0, or `errno`.
func writeAll(_ bytes: some Collection<UInt8>, to descriptor: Int32) -> Int32 {
    let bytes = Array(bytes)
    return bytes.withUnsafeBytes { buffer in
        var written = 0
        while written < buffer.count {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waited, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
