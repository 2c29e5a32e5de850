import ArgumentParser
import ChildProcess
import Deployment

/// Runs a command's body; a failure is printed on standard error and becomes the exit code.
func exitingOnFailure(_ body: () async throws -> Void) async throws {
    do {
        // With fewer, libraries trap instead of failing.
        try DescriptorLimit.raise(for: "a command", needed: DescriptorLimit.neededByCommands)
        try await body()
    } catch let failure as Failure {
        writeError("giro: \(failure.description)")
        throw ExitCode(failure.code.rawValue)
    } catch let error as ChildProcessError {
        writeError("giro: \(error.description)")
        throw ExitCode(Failure.Code.unavailable.rawValue)
    }
}

/// A line on standard error. Whether it can be written changes nothing.
func writeError(_ line: String) {
    StandardStreams.writeError(line.visible(keepingLines: true))
}
