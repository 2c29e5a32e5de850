import CProcess
public import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program in its own process (posix_spawn, waitpid).
///
/// Not Foundation's `Process`: that notices an end by a socket which other children inherit, so a
/// child that ends while another lives may never be seen to end.
public final class ChildProcess: Sendable {
    private struct Ending {
        var code: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    /// The system's number of the process; it may be another's once the end was seen.
    public let id: pid_t
    private let ending = Mutex(Ending())

    /// Starts `program`; its output and errors are appended to files.
    ///
    /// - Parameters:
    ///   - program: A path; nothing is looked up.
    ///   - arguments: Those after the program's name.
    ///   - environment: Variables besides this process's own, or instead of them.
    ///   - output: The file for standard output; made if it is missing.
    ///   - errors: The file for standard error; may be the same.
    /// - Throws: ``ChildProcessError``.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        output: String, errors: String
    ) throws(ChildProcessError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let append = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, append, 0o644)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, append, 0o644)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        // A child gets nothing else that this process has open: it would keep a removed file's room
        // on the disk, and connections open that this process has closed.
        giro_spawn_closing_files(&actions)
        #if canImport(Darwin)
            flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
        #endif
        // The threads that tasks share block signals, and a child would inherit that: it could then
        // not be stopped by a signal it does not unblock itself.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        // What a shell starts in the background ignores interrupts, and a child would inherit that.
        var reset = sigset_t()
        sigemptyset(&reset)
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] { sigaddset(&reset, signal) }
        posix_spawnattr_setsigdefault(&attributes, &reset)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = Self.copies(of: [program] + arguments)
        defer { for word in words { free(word) } }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let settings = Self.copies(of: variables.map { "\($0)=\($1)" })
        defer { for setting in settings { free(setting) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, program, &actions, &attributes, words, settings)
        guard error == 0 else {
            throw ChildProcessError(
                description:
                    "\(program) cannot be started: \(String(cString: strerror(error))).")
        }
        id = child
        Thread.detachNewThread { self.wait() }
    }

    /// C strings, ended by a null pointer; their owner frees them.
    private static func copies(of texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }

    /// Sends a signal, as in `SIGTERM`; none once the end was seen.
    public func send(_ signal: Int32) {
        // Once its end was seen, the number may be another process's.
        let isRunning = ending.withLock { $0.code == nil }
        if isRunning { kill(id, signal) }
    }

    /// False once the end was seen, which may be a moment after the process ended.
    public var isRunning: Bool { ending.withLock { $0.code == nil } }

    /// The exit code; for a process ended by a signal, 128 and the signal's number.
    public func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            let code = ending.withLock { ending in
                if ending.code == nil { ending.waiting.append(continuation) }
                return ending.code
            }
            if let code { continuation.resume(returning: code) }
        }
    }

    private func wait() {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        let code = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        let waiting = ending.withLock { ending in
            ending.code = code
            defer { ending.waiting = [] }
            return ending.waiting
        }
        for continuation in waiting { continuation.resume(returning: code) }
    }
}

/// The program cannot be started.
public struct ChildProcessError: Error, Sendable, CustomStringConvertible {
    /// Names the program and the system's reason.
    public let description: String
}
