import APIModels
import Foundation
import Ledger
import NodeClient
import Saga
import TestKit
import Testing

/// Processes of bank-a, one of bank-b, and clients of all of them.
struct LoadedBanks {
    let banks: ServedBanks
    /// Of bank-a: the active, and its standby if there is one.
    let places: [BankProcess]
    let bankB: BankProcess
    /// Pays at bank-a.
    let load: TransferLoad
    /// Pays at bank-b, to another account of bank-a.
    let back: TransferLoad
    let looks: LookLoad

    static let wealth: Int64 = 1_000_000
    let bobby = AccountID("acct-bobby001@bank-b")
    let carol = AccountID("acct-carol001@bank-a")
    let david = AccountID("acct-david001@bank-b")

    init(_ banks: ServedBanks, standby: Bool) async throws {
        self.banks = banks
        var places = [try await banks.startedProcess("bank-a")]
        if standby {
            places.append(try banks.process("bank-a"))
            try await places[1].start("--standby")
            try await places[1].waitUntilStandingBy()
        }
        self.places = places
        bankB = try await banks.startedProcess("bank-b")
        let poor = try #require(AccountID("acct-poor0001@bank-a"))
        load = TransferLoad(
            places, .init(payer: Cast.alice, payee: try #require(bobby), poor: poor))
        back = TransferLoad(
            [bankB], .init(payer: try #require(david), payee: try #require(carol), poor: nil))
        looks = LookLoad(places, at: Cast.alice, beside: load)
        try await places[0].client.open(Cast.alice, holding: Self.wealth)
        try await places[0].client.open(poor)
        try await places[0].client.open(try #require(carol))
        try await places[0].client.limit("bank-b", to: Self.wealth)
        try await bankB.client.open(try #require(bobby))
        try await bankB.client.open(try #require(david), holding: Self.wealth)
        try await bankB.client.limit("bank-a", to: Self.wealth)
    }

    /// All answers, balances, books and chains, as process `place` has them.
    func check(at place: Int) async throws {
        let client = places[place].client
        let paid = try await load.checkAnswers(at: client)
        let received = try await back.checkAnswers(at: bankB.client)
        try await looks.checkAnswers(initial: Self.wealth)
        #expect(paid > 0 && received > 0)
        #expect(try await available(Cast.alice, client) == Self.wealth - paid)
        #expect(try await available(bobby, bankB.client) == paid)
        #expect(try await available(carol, client) == received)
        #expect(try await available(david, bankB.client) == Self.wealth - received)
        try await banks.checkBooks()
    }

    private func available(_ account: AccountID?, _ client: NodeClient) async throws -> Int64? {
        try await client.account(try #require(account))?.available
    }
}

/// Runs `body` while clients pay and look, then `after` when they have stopped.
///
/// - Parameters:
///   - standby: Whether a second process of bank-a stands by.
///   - heartbeatTimeout: In milliseconds. Long enough for a machine that has much else to do.
func withLoadedBanks(
    standby: Bool, heartbeatTimeout: Int = 10_000,
    _ body: @escaping @Sendable (LoadedBanks) async throws -> Void,
    after: (LoadedBanks) async throws -> Void
) async throws {
    let settings = """
        standby:
          heartbeatMilliseconds: 200
          timeoutMilliseconds: \(heartbeatTimeout)
        """
    try await withServedBanks("bank-a", "bank-b", settings: settings) { banks in
        let scene = try await LoadedBanks(banks, standby: standby)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await scene.load.run(clients: 4) }
            group.addTask { try await scene.back.run(clients: 1) }
            group.addTask { try await scene.looks.run() }
            group.addTask {
                defer {
                    scene.load.stop()
                    scene.back.stop()
                    scene.looks.stop()
                }
                try await body(scene)
            }
            try await group.waitForAll()
        }
        try await after(scene)
        try await banks.stop()
    }
}
