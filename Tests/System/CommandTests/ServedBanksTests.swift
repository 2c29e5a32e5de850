import APIModels
import Foundation
import Ledger
import NodeClient
import Saga
import TestKit
import TestTags
import Testing

/// Banks on PostgreSQL and a broker, each a process.
@Suite(.serialized, .tags(.postgres, .kafka, .process))
struct ServedBanksTests {
    @Test("A transfer between banks on PostgreSQL and a broker settles, and the books agree")
    func transfer() async throws {
        try await withServedBanks("bank-a", "bank-b") { banks in
            let bankA = try await banks.startedProcess("bank-a")
            let bankB = try await banks.startedProcess("bank-b")
            let alice = Cast.alice
            let bobby = try #require(AccountID("acct-bobby001@bank-b"))
            try await bankA.client.open(alice, holding: 1_000)
            try await bankB.client.open(bobby)
            try await bankB.client.limit("bank-a", to: 5_000)
            let answer = try await bankA.client.begin(
                TransferRequest(
                    id: UUID().uuidString, from: "\(alice)", to: "\(bobby)", amount: 250,
                    currency: "EUR"),
                wait: .seconds(20))
            #expect(answer.verdict == .applied)
            #expect(answer.state == .settled)
            #expect(try await bankA.client.account(alice)?.available == 750)
            #expect(try await bankB.client.account(bobby)?.available == 250)
            try await banks.checkBooks()
            try await banks.stop()
        }
    }
}
