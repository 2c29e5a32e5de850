import ChildProcess
import Foundation

/// The program under attack, as the package manager builds it beside this one.
enum Program {
    static let path = URL(fileURLWithPath: CommandLine.arguments[0])
        .deletingLastPathComponent().appendingPathComponent("giro").path

    struct Ending {
        let code: Int32
        let output: String
        let errors: String

        var lastLine: String { output.split(separator: "\n").last.map(String.init) ?? "" }
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Ending {
        let name = FileManager.default.temporaryDirectory.path + "/giro-\(UUID().uuidString)"
        let (output, errors) = (name + ".out", name + ".err")
        defer { for file in [output, errors] { try? FileManager.default.removeItem(atPath: file) } }
        let process = try ChildProcess(
            path, arguments, environment: environment, output: output, errors: errors)
        let code = await process.end()
        return Ending(
            code: code, output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }

    /// Runs it to its end, which must be a good one.
    @discardableResult static func complete(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Ending {
        let ending = try await run(arguments, environment: environment)
        guard ending.code == 0 else {
            throw ChaosError("giro \(arguments): \(ending.code) \(ending.output) \(ending.errors)")
        }
        return ending
    }
}
