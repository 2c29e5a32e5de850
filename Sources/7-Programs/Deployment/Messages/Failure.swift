import ArgumentParser
import ChildProcess

/// Ends the program with a message for people and a documented exit code.
struct Failure: Error, CustomStringConvertible {
    enum Code: Int32 {
        /// A check failed, or something was refused.
        case refused = 1
        /// A node or a file cannot be reached or used, or an outcome is not known yet.
        case unavailable = 2
        /// Another process has the log, or has taken it over.
        case taken = 75
    }

    let code: Code
    /// What was wrong, and what to do.
    let description: String

    /// - Parameter description: May show what stands in a file or on the command line: what a
    ///   terminal would obey is escaped.
    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description.visible(keepingLines: true)
    }
}

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
