import ArgumentParser
import Deployment

#if canImport(Glibc)
    // `stdout` is a variable in C; it is never assigned.
    @preconcurrency import Glibc
#elseif canImport(Darwin)
    @preconcurrency import Darwin
#endif

/// Standard input, output and errors of the process: what they are at the start, and whether all
/// that was printed has arrived at the end.
///
/// SIGPIPE is handled here and nowhere else: it is ignored, so that a reader that has gone is an
/// error of the write, `EPIPE`; and so is a file that is larger than the shell allows, `EFBIG`.
enum StandardStreams {
    /// Call first, before anything opens a file.
    ///
    /// A descriptor that is closed is opened on the null device: else the next file or socket would
    /// get its number, and text for people would be written into it. Input and output are opened in
    /// the wrong direction, so that reading and printing still fail as they should.
    static func prepare() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY)
        }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Ends the process. Where printed text was lost, `code` 0 becomes 2, and a line on standard
    /// error says why; where the reader has gone, it becomes 141 without a word, as for any program
    /// in a pipe.
    static func end(_ code: Int32) -> Never {
        switch flushOutput() {
        case nil: break
        case EPIPE: if code == 0 { exit(128 + SIGPIPE) }
        case let fault?:
            let reason = fault == EBADF ? "it is closed" : text(of: fault)
            writeError("giro: Standard output cannot be written: \(reason).")
            if code == 0 { exit(Failure.Code.unavailable.rawValue) }
        }
        exit(code)
    }

    /// Ends a command that prints much as soon as its output is lost.
    ///
    /// - Throws: `ExitCode`; ``end(_:)`` says why.
    static func checkOutput() throws {
        guard ferror(stdout) == 0 else { throw ExitCode.success }
    }

    /// Writes what was printed.
    ///
    /// - Returns: `errno` where something printed has not been written, now or before.
    static func flushOutput() -> Int32? {
        let hasFailed = ferror(stdout) != 0
        clearerr(stdout)
        guard fflush(stdout) != 0 || hasFailed else { return nil }
        // What failed before was kept, and failed again now; else the disk was full for a moment.
        return ferror(stdout) != 0 ? errno : EIO
    }

    /// A line on standard error; one that cannot be written is dropped.
    static func writeError(_ line: String) {
        put(line + "\n", on: STDERR_FILENO)
    }

    /// Writes text for people, as far as the descriptor takes it.
    static func put(_ text: String, on descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if count < 0, errno != EINTR {
                return
            }
        }
    }

    /// What the system calls an error of a call.
    static func text(of code: Int32) -> String { String(cString: strerror(code)) }
}
