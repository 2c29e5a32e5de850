import APIModels
import AccessControl
import ChildProcess
import Foundation
import NodeClient
import TestServers
import TestTags
import Testing

/// A bank on TCP keeps to its own description: generated requests, good and bad ones, all checks.
///
/// What is no finding is in `Tests/Assurance/Schemathesis`, with the reason.
@Suite(.serialized, .tags(.process, .slow))
struct SchemathesisTests {
    /// More examples take longer; the seed makes every run the same.
    private static let (seed, examples) = (7, 15)

    @Test("Nothing is found for a token of any role", arguments: Role.allCases)
    func conforms(_ role: Role) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let token = try await banks.run(
            "token", "add", "--role", role.rawValue, "bank-a", "tester"
        ).lastLine
        let port = Int(try freePort())
        try banks.start("bank-a", "--listen", "127.0.0.1:\(port)")
        try await banks.waitUntilHealthy("bank-a")
        let report = "\(banks.directory)/report"
        let process = try ChildProcess(
            try TestTools.path(of: "bin/schemathesis"),
            Self.arguments(token, "http://127.0.0.1:\(port)"),
            environment: ["BANK": "bank-a", "SCHEMATHESIS_HOOKS": Self.folder + "/hooks.py"],
            output: report, errors: report + ".errors")
        let code = await process.end()
        let text = (try? String(contentsOfFile: report, encoding: .utf8)) ?? ""
        let errors = (try? String(contentsOfFile: report + ".errors", encoding: .utf8)) ?? ""
        #expect(code == 0, "\(text.suffix(8_000)) \(errors.suffix(2_000))")
        try await NodeClient(.tcp(host: "127.0.0.1", port: port)).checkHealth()
        try await banks.stop()
    }

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Assurance/Schemathesis")
        .path

    private static func arguments(_ token: String, _ url: String) -> [String] {
        [
            "--config-file", folder + "/schemathesis.toml", "run", url + "/openapi.yaml", "--url",
            url, "--header", "Authorization: Bearer \(token)", "--checks", "all", "--seed",
            "\(seed)", "--max-examples", "\(examples)", "--continue-on-failure",
            "--generation-database", "none", "--no-color",
        ]
    }
}
