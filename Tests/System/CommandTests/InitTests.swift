import Foundation
import TestTags
import Testing

/// `giro init` makes what is not there, and leaves what is there as it is.
@Suite(.serialized, .tags(.process))
struct InitTests {
    /// What is in the folder of a node, by path.
    private static func files(of name: String, in banks: Banks) throws -> [String: Data] {
        let folder = "\(banks.directory)/\(name)"
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            // A folder holds no bytes.
            files[path] = FileManager.default.contents(atPath: "\(folder)/\(path)") ?? Data()
        }
        return files
    }

    private static func remove(_ names: [String], of bank: String, in banks: Banks) throws {
        for name in names {
            try FileManager.default.removeItem(atPath: "\(banks.directory)/\(bank)/\(name)")
        }
    }

    @Test("A bank that ran and has lost its settings keeps its key, and gets no other settings")
    func lostSettings() async throws {
        let banks = try await Banks("bank-a")
        try await banks.end("bank-a")
        try Self.remove(["node.yaml"], of: "bank-a", in: banks)
        let before = try Self.files(of: "bank-a", in: banks)
        for names in [["bank-a"], ["bank-a", "bank-b"]] {
            let refused = try await banks.run(["init"] + names)
            #expect(refused.code == 2, "\(refused)")
            #expect(
                refused.errors.contains(
                    "put node.yaml back from your backup; nothing was changed."), "\(refused)")
            #expect(try Self.files(of: "bank-a", in: banks) == before)
        }
        #expect(!FileManager.default.fileExists(atPath: banks.directory + "/bank-b"))
        try await banks.stop()
    }

    @Test("So does one whose log lies elsewhere: it has a peer's key")
    func lostSettingsOfPeer() async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        try Self.remove(["node.yaml"], of: "bank-a", in: banks)
        let before = try Self.files(of: "bank-a", in: banks)
        let refused = try await banks.run("init", "bank-a", "bank-b")
        #expect(refused.code == 2 && refused.errors.contains("put node.yaml back"), "\(refused)")
        #expect(try Self.files(of: "bank-a", in: banks) == before)
        try await banks.stop()
    }

    @Test("A public key without its signing key is not replaced")
    func lostKey() async throws {
        let banks = try await Banks("bank-a", starting: false)
        try Self.remove(["node.yaml", "node.key"], of: "bank-a", in: banks)
        let before = try Self.files(of: "bank-a", in: banks)
        let refused = try await banks.run("init", "bank-a")
        #expect(refused.code == 2 && refused.errors.contains("put node.key back"), "\(refused)")
        #expect(try Self.files(of: "bank-a", in: banks) == before)
        try await banks.stop()
    }

    @Test(
        "A link to a file that is not there is left as it is",
        arguments: ["node.key", "node.yaml"])
    func link(_ name: String) async throws {
        let banks = try await Banks("bank-a", starting: false)
        try Self.remove(["node.yaml", "node.pub"], of: "bank-a", in: banks)
        let path = "\(banks.directory)/bank-a/\(name)"
        try? FileManager.default.removeItem(atPath: path)
        let nowhere = "/no/such/disk/\(name)"
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: nowhere)
        let refused = try await banks.run("init", "bank-a")
        #expect(refused.code == 2, "\(refused)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == nowhere)
        try await banks.stop()
    }

    @Test(
        "What was interrupted continues, with the keys that were made",
        arguments: [["node.yaml"], ["node.yaml", "node.pub"]])
    func interrupted(_ missing: [String]) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let before = try Self.files(of: "bank-a", in: banks)
        try Self.remove(missing, of: "bank-a", in: banks)
        let resumed = try await banks.run("init", "bank-a")
        #expect(resumed.code == 0, "\(resumed)")
        #expect(try Self.files(of: "bank-a", in: banks) == before)
        try await banks.stop()
    }

    @Test("A node is not made one of another kind", arguments: ["bank", "shelf"])
    func otherKind(_ kind: String) async throws {
        let banks = try await Banks("node-a", starting: false, kind: kind)
        let before = try Self.files(of: "node-a", in: banks)
        let other = kind == "bank" ? "shelf" : "bank"
        let refused = try await banks.run("init", "--kind", other, "node-a", "node-b")
        #expect(refused.code == 1, "\(refused)")
        #expect(
            refused.errors.contains("node-a is a \(kind) already, and cannot be made a \(other)"),
            "\(refused)")
        #expect(try Self.files(of: "node-a", in: banks) == before)
        #expect(!FileManager.default.fileExists(atPath: banks.directory + "/node-b"))
        let again = try await banks.run("init", "--kind", kind, "node-a")
        #expect(again.code == 0, "\(again)")
        #expect(try Self.files(of: "node-a", in: banks) == before)
        try await banks.stop()
    }
}
