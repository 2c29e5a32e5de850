import ChildProcess
import Foundation
import TestTags
import Testing

/// What the manual says to copy and paste.
@Suite(.serialized, .tags(.process, .slow))
struct LocalTests {
    private static let root = URL(fileURLWithPath: Program.samples)
        .deletingLastPathComponent().deletingLastPathComponent().path

    @Test("The example on PostgreSQL and Kafka runs as it is shown, and once more")
    func example() async throws {
        let example = try Manual.example(under: "On PostgreSQL and Kafka")
        let folder = Banks.newFolder()
        let again = """
            deploy/local start && source "$(deploy/local env)"
            giro verify --directory "$BANKS" && deploy/local stop
            """
        let output = folder + ".out"
        let shell = try ChildProcess(
            "/bin/bash", ["-euo", "pipefail", "-c", "cd \(Self.root)\n\(example)\n\(again)"],
            environment: ["GIRO_PROGRAM": Program.url.path, "XDG_STATE_HOME": folder],
            output: output, errors: output)
        let code = await shell.end()
        let said = try String(contentsOfFile: output, encoding: .utf8)
        #expect(code == 0, "\(said.suffix(3_000))")
        #expect(said.contains("\"state\":\"settled\""), "\(said.suffix(3_000))")
        #expect(said.contains("verified"))
        #expect(!said.contains("No such file"), "\(said.suffix(3_000))")
        if code != 0 { _ = try await local("stop", "--directory", folder + "/giro/local") }
        try FileManager.default.removeItem(atPath: output)
        try FileManager.default.removeItem(atPath: folder)
    }

    private func local(_ arguments: String...) async throws -> (code: Int32, said: String) {
        let output = Banks.newFolder() + ".out"
        let shell = try ChildProcess(
            "\(Self.root)/deploy/local", arguments, output: output, errors: output)
        let code = await shell.end()
        let said = try String(contentsOfFile: output, encoding: .utf8)
        try FileManager.default.removeItem(atPath: output)
        return (code, said)
    }

    /// What others could have prepared, made with the folder as the working directory.
    private static let traps = [
        "chown nobody .", "chmod 777 .", "chmod 1777 .", "chown nobody run", "chmod 770 run",
        "chown nobody run/hub.pid", "chmod 666 run/hub.port", "ln -s /nowhere env",
        "mv run r; ln -s r run", "touch env; chown nobody env", "ln -s /etc/passwd run/hub.log",
        "mkdir banks; chmod 777 banks", "mkdir bin; chown nobody bin",
    ]

    @Test(
        "A folder with something of another user's in it is not used", .enabled(if: geteuid() == 0),
        arguments: traps)
    func foreign(_ trap: String) async throws {
        let folder = Banks.newFolder()
        let victim = try ChildProcess(
            "/bin/sleep", ["1000"], output: "/dev/null", errors: "/dev/null")
        let moment = """
            $(sed 's/.*) //' /proc/\(victim.id)/stat | cut -d ' ' -f 20) \
            $(cat /proc/sys/kernel/random/boot_id)
            """
        let script = """
            set -e; mkdir -p \(folder)/run; cd \(folder)
            echo "\(victim.id) \(moment)" >run/hub.pid; echo 1 >run/hub.port
            \(trap)
            """
        #expect(await shell(script) == 0)
        for command in ["status", "env", "stop", "start"] {
            let refused = try await local(command, "--directory", folder)
            let isNamed = ["use another folder", "chmod go-w"].contains {
                refused.said.contains($0)
            }
            #expect(refused.code == 1 && isNamed, "\(refused)")
        }
        #expect(victim.isRunning)
        victim.send(SIGKILL)
        _ = await victim.end()
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A folder that nothing was started in is asked without a complaint")
    func unused() async throws {
        let status = try await local("status", "--directory", Banks.newFolder())
        #expect(status.code == 0 && !status.said.contains("No such file"), "\(status)")
    }

    @Test(
        "A folder that the database's user cannot enter is refused before anything is built",
        .enabled(if: geteuid() == 0, "only root starts the database as another user"))
    func closed() async throws {
        let folder = Banks.newFolder()
        #expect(await shell("mkdir -m 700 \(folder)") == 0)
        let refused = try await local("start", "--directory", folder + "/state")
        #expect(refused.code == 1)
        #expect(refused.said.contains("the user postgres cannot enter"), "\(refused)")
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("Only a process that was started here is ended, not another one of its number")
    func otherProcess() async throws {
        let folder = Banks.newFolder()
        let victim = try ChildProcess(
            "/bin/sleep", ["1000"], output: "/dev/null", errors: "/dev/null")
        #expect(await shell("mkdir -p \(folder)/run") == 0)
        for moment in ["", "1", "1 $(cat /proc/sys/kernel/random/boot_id)"] {
            #expect(await shell("echo \(victim.id) \(moment) >\(folder)/run/hub.pid") == 0)
            let stopped = try await local("stop", "--directory", folder)
            // As older versions wrote it, a number alone may be that of a bank that is running.
            #expect(stopped.code == (moment.isEmpty ? 1 : 0), "\(stopped)")
            #expect(stopped.said.contains("of an older version") == moment.isEmpty, "\(stopped)")
            #expect(victim.isRunning)
        }
        victim.send(SIGKILL)
        _ = await victim.end()
        try FileManager.default.removeItem(atPath: folder)
    }

    private func shell(_ script: String) async -> Int32 {
        let shell = try? ChildProcess(
            "/bin/bash", ["-c", script], output: "/dev/null", errors: "/dev/null")
        return await shell?.end() ?? -1
    }
}
