import ChildProcess
import Foundation
import Testing

/// The rules of `.swift-format`, which the toolchain's own formatter checks: how code is laid out,
/// and that every public declaration has a doc comment.
struct FormatTests {
    @Test("Sources keep the rules of .swift-format")
    func sources() async throws {
        let (code, findings) = try await lint(SourceFile.root.path + "/Sources")
        #expect(code == 0 && findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test(
        "What breaks a rule is found",
        arguments: [
            ("public func undocumented() {}\n", "AllPublicDeclarationsHaveDocumentation"),
            ("/// Has a comment.\npublic struct A { public var b: Int }\n", "for 'b'"),
            ("func narrow(){}\n", "Spacing"),
            ("  let shallow = 1\n", "Indentation"),
            ("let forced = Int(\"1\")!\n", "NeverForceUnwrap"),
        ])
    func planted(_ text: String, _ rule: String) async throws {
        let (code, findings) = try await lint(planted: text)
        #expect(code != 0)
        #expect(findings.contains { $0.contains("Planted.swift") && $0.contains(rule) })
    }

    @Test("What keeps the rules is not")
    func documented() async throws {
        let (code, findings) = try await lint(
            planted: "/// Has a comment.\npublic func documented() {}\n")
        #expect(code == 0 && findings.isEmpty)
    }

    private func lint(
        planted text: String
    ) async throws -> (code: Int32, findings: [String]) {
        try await withFolder { folder in
            let file = folder.appendingPathComponent("Planted.swift")
            try Data(text.utf8).write(to: file)
            return try await lint(file.path)
        }
    }

    /// Runs the formatter over the file or folder at `path` and changes nothing.
    ///
    /// - Returns: A line for each finding, from the package's folder where it is below that. Other
    ///   lines say why the formatter could not do it.
    private func lint(_ path: String) async throws -> (code: Int32, findings: [String]) {
        try await withFolder { folder in
            let report = folder.appendingPathComponent("report").path
            let formatter = try ChildProcess(
                "/usr/bin/env",
                [
                    "swift", "format", "lint", "--strict", "--parallel", "--recursive",
                    "--configuration", SourceFile.root.path + "/.swift-format", path,
                ], output: report, errors: report)
            let code = await formatter.end()
            let lines = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n")
            return (code, lines.map { String($0).replacing(SourceFile.root.path + "/", with: "") })
        }
    }

    private func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("giro-format-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
