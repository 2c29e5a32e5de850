import Foundation
import TestTags
import Testing

/// Many clients at once, both ways between two banks, over one hot account on each side.
@Suite(.serialized, .tags(.process))
struct CrossingTests {
    private static let clients = 8
    private static let lines = 200

    @Test("Crossing transfers over hot accounts, sent by many clients, add up exactly")
    func crossing() async throws {
        let banks = try await Banks("bank-a", "bank-b")
        for (bank, peer) in [("bank-a", "bank-b"), ("bank-b", "bank-a")] {
            let account = "acct-hot00001@\(bank)"
            #expect(try await banks.run("account", "open", account, "EUR").code == 0)
            #expect(try await banks.run("deposit", account, "10000.00", "EUR").code == 0)
            let limit = try await banks.run("peer", "limit", bank, peer, "10000000.00", "EUR")
            #expect(limit.code == 0)
        }
        try await submitFromAllClients(banks)

        // Each client sends i at the i-th line; even clients from a to b, odd ones back.
        #expect(try await available("acct-hot00001@bank-a", banks) == 1_000_000)
        #expect(try await available("acct-hot00001@bank-b", banks) == 1_000_000)
        #expect(try await banks.run("books").code == 0)
        #expect(try await banks.run("verify").code == 0)
        try await banks.stop()
    }

    private func submitFromAllClients(_ banks: Banks) async throws {
        let directory = banks.directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<Self.clients {
                let file = "\(directory)/client-\(client).csv"
                try Self.file(client).write(toFile: file, atomically: true, encoding: .utf8)
                group.addTask {
                    let ending = try await Program.run(
                        "submit", file, "--json", "--directory", directory)
                    #expect(ending.code == 0, "\(ending.errors)")
                    #expect(ending.output.contains("{\"settled\":\(Self.lines)}"))
                }
            }
            try await group.waitForAll()
        }
    }

    private static func file(_ client: Int) -> String {
        let (payer, payee) = client.isMultiple(of: 2) ? ("a", "b") : ("b", "a")
        return "id,from,to,via,amount,currency,reference,timeout\n"
            + (1...lines).map { line in
                "\(UUID().uuidString.lowercased()),acct-hot00001@bank-\(payer),"
                    + "acct-hot00001@bank-\(payee),,\(line),EUR,,1h\n"
            }.joined()
    }

    private func available(_ account: String, _ banks: Banks) async throws -> Int {
        struct Account: Decodable { let available: Int }
        let shown = try await banks.run("account", "show", account, "--json")
        return try JSONDecoder().decode(Account.self, from: Data(shown.output.utf8)).available
    }
}
