import ChildProcess
import Deployment
import Foundation
import Saga
import Synchronization

/// A node in its own process, started by the demo; its output goes to `node.out`.
final class ChildNode: Sendable {
    let folder: NodeFolder
    private let directory: String
    private let process = Mutex<ChildProcess?>(nil)

    init(_ folder: NodeFolder, in directory: String) {
        self.folder = folder
        self.directory = directory
    }

    /// Starts the process; the node listens a little later.
    func start() throws {
        guard let program = Bundle.main.executablePath else {
            throw Failure(.unavailable, "The path of this program is not known.")
        }
        let output = folder.url.appendingPathComponent("node.out").path
        // The node before may still be ending: wait for its lock instead of failing.
        let child = try ChildProcess(
            program, ["node", "--directory", directory, "--standby", folder.name.text],
            output: output, errors: output)
        process.withLock { $0 = child }
    }

    /// As a power cut would: nothing is said good-bye to.
    func kill() async {
        await end(with: SIGKILL)
    }

    /// Asks it to end what it has begun.
    ///
    /// - Returns: The exit code.
    func stop() async -> Int32 {
        await end(with: SIGTERM)
    }

    @discardableResult
    private func end(with signal: Int32) async -> Int32 {
        guard let child = process.withLock({ $0.take() }) else { return 0 }
        child.send(signal)
        return await child.end()
    }
}
