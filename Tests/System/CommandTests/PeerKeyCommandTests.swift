import Foundation
import TestKit
import TestTags
import Testing

/// `giro peer add` and `giro peer accept`: keys that people have compared.
@Suite(.serialized, .tags(.process))
struct PeerKeyCommandTests {
    private func key(of bank: String, in banks: Banks) -> String {
        "\(banks.directory)/\(bank)/node.pub"
    }

    private func add(_ peer: String, to bank: String, in banks: Banks) async throws {
        let added = try await banks.run(
            "peer", "add", bank, peer, "--key", key(of: peer, in: banks), "--json")
        #expect(added.code == 0, "\(added)")
        // What one operator reads, the other has on the screen.
        let shown = try await banks.run("key", "show", peer, "--json")
        let fingerprint = try #require(
            shown.output.firstMatch(of: #/"fingerprint":"([^"]+)"/#)?.output.1)
        #expect(added.output.contains(fingerprint), "\(added.output) \(shown.output)")
    }

    private static let firstTransfer = [
        ["account", "open", "acct-alice001@bank-a", "EUR"],
        ["account", "open", "acct-bobby001@bank-b", "EUR"],
        ["deposit", "acct-alice001@bank-a", "10.00", "EUR"],
        ["peer", "limit", "bank-b", "bank-a", "50.00", "EUR"],
        ["transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "1.00", "EUR"],
    ]

    @Test("Two banks that add each other pay each other from their next start on")
    func added() async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        for (bank, peer) in [("bank-a", "bank-b"), ("bank-b", "bank-a")] {
            try FileManager.default.removeItem(
                atPath: "\(banks.directory)/\(bank)/peers/\(peer).pub")
            try await add(peer, to: bank, in: banks)
        }
        for bank in ["bank-a", "bank-b"] {
            try banks.start(bank)
            try await banks.waitUntilHealthy(bank)
        }
        for command in Self.firstTransfer {
            let ending = try await banks.run(command)
            #expect(ending.code == 0, "\(ending)")
        }
        try await banks.stop()
    }

    @Test("Another key of a peer is refused while its log says which one counts")
    func otherKey() async throws {
        let banks = try await Banks("bank-a", "bank-b")
        for command in Self.firstTransfer {
            let ending = try await banks.run(command)
            #expect(ending.code == 0, "\(ending)")
        }
        let file = "\(banks.directory)/bank-a/peers/bank-b.pub"
        let before = try String(contentsOfFile: file, encoding: .utf8)
        let other = key(of: "bank-a", in: banks)
        let added = try await banks.run("peer", "add", "bank-a", "bank-b", "--key", other)
        #expect(added.code == 1, "\(added)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
        let accepted = try await banks.run("peer", "accept", "bank-a", "bank-b", "--key", other)
        #expect(accepted.code == 1, "\(accepted)")
        #expect(accepted.errors.contains("timeline"), "\(accepted)")
        // The right one, once more, changes nothing.
        try await add("bank-b", to: "bank-a", in: banks)
        let same = try await banks.run("peer", "accept", "bank-a", "bank-b")
        #expect(same.code == 0, "\(same)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
        try await banks.stop()
    }

    @Test("A bank is no peer of itself, and a file without a key adds none")
    func refused() async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        let own = key(of: "bank-a", in: banks)
        #expect(
            try await banks.run("peer", "add", "bank-a", "bank-a", "--key", own).code == 1)
        let empty = banks.directory + "/empty"
        try "# none\n".write(toFile: empty, atomically: true, encoding: .utf8)
        let added = try await banks.run("peer", "add", "bank-a", "bank-z", "--key", empty)
        #expect(added.code == 2, "\(added)")
        #expect(
            !FileManager.default.fileExists(
                atPath: "\(banks.directory)/bank-a/peers/bank-z.pub"))
        try await banks.stop()
    }
}
