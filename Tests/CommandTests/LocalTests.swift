import ChildProcess
import Foundation
import Testing

/// What README says to copy and paste.
@Suite(.serialized)
struct LocalTests {
    private static let root = URL(fileURLWithPath: Program.samples)
        .deletingLastPathComponent().deletingLastPathComponent().path

    @Test("The example on PostgreSQL and Kafka runs as README has it, and once more")
    func example() async throws {
        let readme = try String(contentsOfFile: Self.root + "/README.md", encoding: .utf8)
        let section = try #require(readme.range(of: "## On PostgreSQL and Kafka"))
        let begin = try #require(readme[section.upperBound...].range(of: "```sh\n"))
        let end = try #require(readme[begin.upperBound...].range(of: "\n```"))
        let folder = Banks.newFolder()
        let example = readme[begin.upperBound..<end.lowerBound]
            .replacing("deploy/local start", with: "deploy/local start --directory \(folder)")
            .replacing("deploy/local stop", with: "deploy/local stop --directory \(folder)")
            .replacing("/tmp/giro-local", with: folder)
        let again = """
            deploy/local start --directory \(folder) && source \(folder)/env
            giro verify --directory \(folder)/banks && deploy/local stop --directory \(folder)
            """
        let output = folder + ".out"
        let shell = try ChildProcess(
            "/bin/bash", ["-euo", "pipefail", "-c", "cd \(Self.root)\n\(example)\n\(again)"],
            environment: ["GIRO_PROGRAM": Program.url.path], output: output, errors: output)
        let code = await shell.end()
        let said = try String(contentsOfFile: output, encoding: .utf8)
        #expect(code == 0, "\(said.suffix(3_000))")
        #expect(said.contains("\"state\":\"settled\""), "\(said.suffix(3_000))")
        #expect(said.contains("verified"))
        if code != 0 { try await stop(folder) }
        try FileManager.default.removeItem(atPath: output)
        try FileManager.default.removeItem(atPath: folder)
    }

    private func stop(_ folder: String) async throws {
        let shell = try ChildProcess(
            "\(Self.root)/deploy/local", ["stop", "--directory", folder], output: "/dev/null",
            errors: "/dev/null")
        _ = await shell.end()
    }
}
