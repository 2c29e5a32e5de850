import BlockingIO
import ChildProcess
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The process that runs a server now.
final class Keeper: Sendable {
    private let current = Mutex<ChildProcess?>(nil)

    var process: ChildProcess? { current.withLock { $0 } }

    func set(_ process: ChildProcess?) { current.withLock { $0 = process } }
}

/// A test server cannot be started or asked.
public struct TestServerError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

private let lastingThread = BlockingThread(name: "test servers")

/// Runs `body` on a thread that lives as long as the process.
///
/// The kernel takes the *thread* that started a child for its parent: tied to a thread of the pool
/// that tasks share, a server would be stopped when that thread has been idle for a while.
public func onLastingThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        lastingThread.perform { continuation.resume(with: Result(catching: body)) }
    }
}

/// Starts a program that is killed when this process ends, however it ends.
///
/// - Parameter privileges: Options of setpriv.
func startServer(
    _ program: String, _ arguments: [String], privileges: [String] = [], output: String,
    errors: String
) async throws -> ChildProcess {
    try await onLastingThread {
        try startProcess(
            "/usr/bin/setpriv", privileges + ["--pdeathsig", "KILL", program] + arguments,
            output: output, errors: errors)
    }
}
