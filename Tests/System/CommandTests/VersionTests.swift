import APIModels
import Foundation
import NodeClient
import TestTags
import Testing

/// The same version, wherever it is shown.
@Suite(.tags(.process)) struct VersionTests {
    @Test("The program, a node's API and the first line of its log name one version")
    func sameEverywhere() async throws {
        let shown = try await Program.run("--version")
        #expect(shown.code == 0)
        let version = shown.output.trimmingCharacters(in: .newlines)
        #expect(version == GiroVersion.current)
        #expect(version.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+/) != nil)

        let banks = try await Banks("bank-a")
        let client = NodeClient(.unixSocket(path: banks.directory + "/bank-a/giro.sock"))
        #expect(try await client.node().version == version)
        let log = try banks.running("bank-a").errorsSoFar
        let first = try #require(log.split(separator: "\n").first)
        #expect(first.contains("version=\(version) "), "\(first)")
        try await banks.stop()
    }
}
