import Foundation

/// Wakes a thread that waits in `poll`: a pipe whose ends never block.
final class WakePipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32
    /// The reason why there is no pipe; then no thread may wait for it, and waking does nothing.
    let fault: PostgresError?

    init() {
        var ends: [Int32] = [-1, -1]
        let isMade = pipe(&ends) == 0
        (readEnd, writeEnd) = (ends[0], ends[1])
        fault =
            isMade
            ? nil
            : PostgresError(
                .unreachable,
                "No file descriptors are left: raise their limit (ulimit -n) and start again.")
        for end in ends where isMade {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        guard fault == nil else { return }
        close(readEnd)
        close(writeEnd)
    }

    /// From any thread. A full pipe wakes as well as one more byte would.
    func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// On the thread that waits, before it looks at what it was woken for.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(readEnd, &bytes, bytes.count) > 0 {}
    }
}
