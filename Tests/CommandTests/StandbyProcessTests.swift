import Foundation
import Ledger
import NodeAPI
import NodeClient
import Saga
import Testing

/// Two processes of one bank on PostgreSQL and a broker, under load: one active, one standing by.
@Suite(.serialized)
struct StandbyProcessTests {
    @Test("A standby takes over from an active that is killed; whatever was told stays so")
    func killed() async throws {
        try await withStandby { scene in
            try await scene.load.waitForOutcomes(100, from: 0)
            try await scene.places[0].kill()
            try await scene.load.waitForOutcomes(100, from: 1)
        } after: { scene in
            report("killed", scene)
            try await scene.check(at: 1)
        }
    }

    @Test("A standby takes over from one that stands still; woken, that one stops and says no lie")
    func paused() async throws {
        try await withStandby { scene in
            let (old, load, looks) = (scene.places[0], scene.load, scene.looks)
            try await load.waitForOutcomes(100, from: 0)
            old.pause()
            try await load.waitForOutcomes(100, from: 1)
            // All these questions wait in the old process's sockets.
            let waiting = load.underWay + looks.underWay
            #expect(waiting > 20)
            let woken = ContinuousClock.now
            old.resume()
            let ending = try await old.ending()
            print(
                "standby: woken, \(waiting) requests waiting, the old process ended after "
                    + "\(milliseconds(.now - woken)) ms")
            #expect(ending.code == 75, "\(ending.errors.suffix(1_000))")
            #expect(ending.errors.contains("giro: fenced: "))
            #expect(!ending.errors.contains("folded anew"), "its statements are as good as ever")
            try await load.waitForOutcomes(50, from: 1)
        } after: { scene in
            report("stood still", scene)
            try await scene.check(at: 1)
        }
    }

    @Test("Active and standby change places again and again, by crash and by order")
    func swapped() async throws {
        try await withStandby { scene in
            for round in 0..<4 {
                let (active, standby) = (round % 2, 1 - round % 2)
                try await scene.load.waitForOutcomes(40, from: active)
                if round == 2 {
                    try await scene.places[active].stop()
                } else {
                    try await scene.places[active].kill()
                }
                try await scene.load.waitForOutcomes(40, from: standby)
                try await scene.places[active].start("--wait")
                try await scene.places[active].waitUntilStandingBy()
            }
        } after: { scene in
            report("swapped four times", scene)
            try await scene.check(at: 0)
        }
    }

    private func report(_ fate: String, _ scene: StandbyScene) {
        let told = scene.load.attempts.count { $0.outcome != nil }
        let failed = scene.load.attempts.filter { $0.outcome == nil }
        let failing = (failed.map(\.ended).max() ?? .now) - (failed.map(\.began).min() ?? .now)
        print(
            "standby: the active \(fate): no answer for \(milliseconds(scene.load.longestSilence))"
                + " ms; \(failed.count) requests failed within \(milliseconds(failing)) ms;"
                + " \(told) answers, \(scene.looks.looks.count { $0.sight != nil }) looks")
    }

    private func milliseconds(_ duration: Duration) -> Int64 {
        Int64(duration / .milliseconds(1))
    }
}

/// Two processes of bank-a, one of bank-b, and clients of all of them.
struct StandbyScene {
    let banks: ServedBanks
    /// Of bank-a.
    let places: [BankProcess]
    let bankB: BankProcess
    /// Pays at bank-a.
    let load: TransferLoad
    /// Pays at bank-b, to another account of bank-a.
    let back: TransferLoad
    let looks: LookLoad

    static let wealth: Int64 = 1_000_000
    let alice = AccountID("acct-alice001@bank-a")
    let bobby = AccountID("acct-bobby001@bank-b")
    let carol = AccountID("acct-carol001@bank-a")
    let david = AccountID("acct-david001@bank-b")

    init(_ banks: ServedBanks) async throws {
        self.banks = banks
        places = [try await banks.startedProcess("bank-a"), try banks.process("bank-a")]
        try await places[1].start("--wait")
        try await places[1].waitUntilStandingBy()
        bankB = try await banks.startedProcess("bank-b")
        let alice = try #require(alice)
        let poor = try #require(AccountID("acct-poor0001@bank-a"))
        load = TransferLoad(
            places, .init(payer: alice, payee: try #require(bobby), poor: poor))
        back = TransferLoad(
            [bankB], .init(payer: try #require(david), payee: try #require(carol), poor: nil))
        looks = LookLoad(places, at: alice, beside: load)
        try await places[0].client.open(alice, holding: Self.wealth)
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
        #expect(try await available(alice, client) == Self.wealth - paid)
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
private func withStandby(
    _ body: @escaping @Sendable (StandbyScene) async throws -> Void,
    after: (StandbyScene) async throws -> Void
) async throws {
    let settings = """
        standby:
          heartbeatMilliseconds: 200
          timeoutMilliseconds: 2000
        """
    try await withServedBanks("bank-a", "bank-b", settings: settings) { banks in
        let scene = try await StandbyScene(banks)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await scene.load.run(clients: 6) }
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
