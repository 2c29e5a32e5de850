import ChildProcess
import Foundation
import TestServers
import Testing

@testable import giro

/// The program as a user has it: a process with arguments, output and an exit code.
struct Program {
    struct Ending: Sendable {
        let code: Int32
        let output: String
        let errors: String

        var lastLine: String {
            output.split(separator: "\n").last.map(String.init) ?? ""
        }
    }

    /// Beside the test bundle, where the package manager builds it.
    static let url = URL(fileURLWithPath: CommandLine.arguments[0])
        .deletingLastPathComponent().appendingPathComponent("giro")
    static let samples = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("deploy/samples").path

    /// Runs the program to its end.
    static func run(_ arguments: String...) async throws -> Ending {
        try await Running(arguments).ending()
    }

    /// Runs a script of bash to its end, in which `giro` is the program.
    static func shell(_ script: String) async throws -> Ending {
        try await Running(bash: script).ending()
    }
}

/// A process that runs. Its output goes to files, which no pipe's size can block.
final class Running: Sendable {
    private let process: ChildProcess
    private let output: String
    private let errors: String

    /// - Parameter arguments: Those of the program.
    convenience init(_ arguments: [String], environment: [String: String] = [:]) throws {
        try self.init(Program.url.path, arguments, environment: environment)
    }

    /// - Parameter script: In which `giro` is the program.
    convenience init(bash script: String) throws {
        try self.init("/bin/bash", ["-c", "giro() { '\(Program.url.path)' \"$@\"; }\n\(script)"])
    }

    private init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws {
        let name = "/tmp/giro-\(UUID().uuidString)"
        output = name + ".out"
        errors = name + ".err"
        process = try ChildProcess(
            program, arguments, environment: environment, output: output, errors: errors)
    }

    /// A process that ends with this one at the latest, however this one ends.
    ///
    /// - Parameter environment: Variables besides this process's own.
    static func tied(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Running {
        try await onLastingThread {
            try Running(
                "/usr/bin/setpriv", ["--pdeathsig", "KILL", Program.url.path] + arguments,
                environment: environment)
        }
    }

    func terminate() { send(SIGTERM) }

    func send(_ signal: Int32) { process.send(signal) }

    func pause() { process.pause() }

    /// Ends it as a crash does.
    func kill() { send(SIGKILL) }

    /// What it has written to its standard error so far.
    var errorsSoFar: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

    var isRunning: Bool { process.isRunning }

    /// What the system lets it use, as Linux tells it.
    func limits() throws -> String {
        try String(contentsOfFile: "/proc/\(process.id)/limits", encoding: .utf8)
    }

    func ending() async throws -> Program.Ending {
        let code = await process.end()
        let ending = Program.Ending(
            code: code, output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
        for file in [output, errors] { try FileManager.default.removeItem(atPath: file) }
        return ending
    }
}

/// Banks in their own folder, which is removed with the test.
final class Banks {
    let directory: String
    private var nodes: [String: Running] = [:]

    /// - Parameter kind: Of all of them. Only banks can be waited for here.
    init(_ names: String..., starting: Bool = true, kind: String = "bank") async throws {
        directory = Self.newFolder()
        let made = try await Running(
            ["init", "--directory", directory, "--kind", kind] + names
        ).ending()
        #expect(made.code == 0, "\(made.errors)")
        guard starting else { return }
        for name in names { try start(name) }
        for name in names { try await waitUntilHealthy(name) }
    }

    static func newFolder() -> String {
        // Short: the path of a Unix domain socket has little room.
        "/tmp/giro-\(UUID().uuidString.prefix(8))"
    }

    func start(
        _ name: String, _ flags: String..., environment: [String: String] = [:]
    ) throws {
        nodes[name] = try node(name, flags, environment: environment)
    }

    /// Another process for the same bank.
    func node(
        _ name: String, _ flags: [String] = [], environment: [String: String] = [:]
    ) throws -> Running {
        try Running(
            ["node", "--directory", directory] + flags + [name], environment: environment)
    }

    func has(_ name: String) -> Bool { nodes[name] != nil }

    func running(_ name: String) throws -> Running { try #require(nodes[name]) }

    func waitUntilHealthy(_ name: String) async throws {
        for _ in 0..<400 {
            let shown = try await run("account", "show", "acct-nobody000@\(name)")
            // Code 1: it answered that there is no such account.
            if shown.code == 1 { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("\(name) did not start")
    }

    /// Runs a command with `--directory`.
    func run(_ arguments: String...) async throws -> Program.Ending {
        try await run(arguments)
    }

    func run(_ arguments: [String]) async throws -> Program.Ending {
        try await Running(arguments + ["--directory", directory]).ending()
    }

    /// Stops one bank gracefully.
    func end(_ name: String) async throws {
        let node = try running(name)
        nodes[name] = nil
        node.terminate()
        let ending = try await node.ending()
        #expect(ending.code == 0, "\(name): \(ending.errors.suffix(500))")
    }

    /// Ends all banks, however, and removes the folder: for a test that has failed.
    func discard() async {
        for node in nodes.values {
            node.kill()
            _ = try? await node.ending()
        }
        nodes = [:]
        try? FileManager.default.removeItem(atPath: directory)
    }

    func stop() async throws {
        for (name, node) in nodes {
            node.terminate()
            let ending = try await node.ending()
            #expect(ending.code == 0, "\(name): \(ending.errors.suffix(500))")
        }
        nodes = [:]
        try FileManager.default.removeItem(atPath: directory)
    }
}
