import ChildProcess
import Foundation

/// `deploy/test --fast`, which starts no server and no process.
public enum FastRun {
    /// Whether this is one: the variable `GIRO_FAST` is set.
    public static let isOn = ProcessInfo.processInfo.environment["GIRO_FAST"] != nil
}

/// Starts a program for a test; every server of this module is started by it.
///
/// - Throws: `ChildProcessError`; ``TestServerError`` in a fast run.
func startProcess(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    output: String, errors: String
) throws -> ChildProcess {
    guard !FastRun.isOn else {
        throw TestServerError(
            "\(program) is not started in a fast run: leave the suite out of it, by the trait "
                + ".onlyInFullRuns")
    }
    return try ChildProcess(
        program, arguments, environment: environment, output: output, errors: errors)
}
