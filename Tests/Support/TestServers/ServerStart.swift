import ChildProcess
import TestRun

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
