import Foundation
import Saga
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A node in a process of its own, started by the demo; its output goes to `node.out`.
final class ChildNode: Sendable {
    let folder: NodeFolder
    private let directory: String
    private let process = Mutex<Process?>(nil)

    init(_ folder: NodeFolder, in directory: String) {
        self.folder = folder
        self.directory = directory
    }

    /// Starts the process; the node listens a little later.
    func start() throws {
        let path = folder.url.appendingPathComponent("node.out").path
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        guard let output = FileHandle(forWritingAtPath: path) else {
            throw Failure(.unavailable, "\(path) cannot be written.")
        }
        try output.seekToEnd()
        let child = Process()
        child.executableURL = try Self.ownProgram()
        // The node before may still be ending: wait for its lock instead of failing.
        child.arguments = ["node", "--directory", directory, "--wait", folder.name.text]
        child.standardInput = FileHandle.nullDevice
        child.standardOutput = output
        child.standardError = output
        try child.run()
        process.withLock { $0 = child }
    }

    /// As a power cut would: nothing is said good-bye to.
    func kill() async {
        await end(with: SIGKILL)
    }

    /// Asks it to end what it has begun.
    ///
    /// - Returns: The exit code.
    @discardableResult
    func stop() async -> Int32 {
        await end(with: SIGTERM)
    }

    @discardableResult
    private func end(with signal: Int32) async -> Int32 {
        guard let child = process.withLock({ $0.take() }) else { return 0 }
        _ = sendSignal(child.processIdentifier, signal)
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                child.waitUntilExit()
                continuation.resume(returning: child.terminationStatus)
            }
        }
    }

    private static func ownProgram() throws -> URL {
        guard let path = Bundle.main.executablePath else {
            throw Failure(.unavailable, "The path of this program is not known.")
        }
        return URL(fileURLWithPath: path)
    }
}

/// kill(2), which a method of the same name would hide.
private func sendSignal(_ process: Int32, _ signal: Int32) -> Int32 {
    kill(process, signal)
}
