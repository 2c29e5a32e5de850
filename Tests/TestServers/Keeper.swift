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
public struct TestServerError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A port of 127.0.0.1 that nobody listens on now.
public func freePort() throws -> Int {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(listener, generic, length) == 0 && getsockname(listener, generic, &length) == 0
        }
    }
    guard result else { throw TestServerError("No port is free.") }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// Runs `body` on a thread that lives as long as the process.
///
/// The kernel takes the *thread* that started a child for its parent: tied to a thread of the pool
/// that tasks share, a server would be stopped when that thread has been idle for a while.
func onLastingThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        LastingThread.shared.run { continuation.resume(with: Result(catching: body)) }
    }
}

private final class LastingThread: Sendable {
    static let shared = LastingThread()

    private let work = Mutex<[@Sendable () -> Void]>([])
    private let isWorkThere = DispatchSemaphore(value: 0)

    init() {
        Thread.detachNewThread { [self] in
            while true {
                isWorkThere.wait()
                let next = work.withLock { $0.removeFirst() }
                next()
            }
        }
    }

    func run(_ body: @escaping @Sendable () -> Void) {
        work.withLock { $0.append(body) }
        isWorkThere.signal()
    }
}
