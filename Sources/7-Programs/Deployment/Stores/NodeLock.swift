import BlockingIO
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The lock that says a node runs (flock on a file): it is free when its process is gone, however
/// it went. It tells *when* to open the log; whose the log is, its epoch decides.
package final class NodeLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Takes the lock if it is free.
    ///
    /// - Returns: `nil` if another process holds it.
    package static func take(at path: String) throws -> NodeLock? {
        try take(at: path, LOCK_EX | LOCK_NB)
    }

    /// Waits until the lock is free, on a dedicated thread: the wait may be long.
    package static func wait(at path: String) async throws -> NodeLock {
        try await BlockingThread.run("node lock") {
            guard let lock = try take(at: path, LOCK_EX) else {
                throw Failure(.unavailable, "\(path) cannot be locked.")
            }
            return lock
        }
    }

    private static func take(at path: String, _ operation: Int32) throws -> NodeLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(.unavailable, "\(path) cannot be opened: \(lastError()).")
        }
        let lock = NodeLock(descriptor: descriptor)
        while flock(descriptor, operation) != 0 {
            if errno == EWOULDBLOCK { return nil }
            guard errno == EINTR else {
                throw Failure(.unavailable, "\(path) cannot be locked: \(lastError()).")
            }
        }
        return lock
    }

    private static func lastError() -> String { String(cString: strerror(errno)) }
}
