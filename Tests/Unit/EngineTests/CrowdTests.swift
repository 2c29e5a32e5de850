import Chain
import Ledger
import LedgerWire
import Randomness
import Saga
import TestTags
import Testing

@testable import Engine

/// Many transfers at once, and records that come in any order, twice, late, or not at all.
@Suite(.tags(.slow), .onlyInFullRuns) struct CrowdTests {
    static let accounts: [AccountID] = [.alice, .amir, .bob, .bea, .carla]
    static let banks: [NodeName] = [.bankA, .bankB, .bankC]

    @Test(
        "A thousand transfers around one hot account: sums are exact and all sagas terminal",
        arguments: [1, 2, 3] as [UInt64])
    func hotAccount(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bench = Self.threeBanks()
        for number in 1...1_000 as ClosedRange<UInt64> {
            bench.begin(Self.transfer(number, &random))
            while !bench.mail.isEmpty, Bool.random(using: &random) {
                bench.deliverSome(&random)
            }
        }
        bench.deliverTheRest(&random)

        bench.expectTerminal()
        var total: Int64 = 0
        for account in Self.accounts {
            #expect(bench[account].held == 0)
            #expect(bench[account].incoming == 0)
            #expect(bench[account].available >= 0)
            total += bench[account].available
        }
        #expect(total == 50_000)
        for name in Self.banks {
            #expect(bench[name].ledger.balanceSum == 0)
            let live = bench[name].engine.recorded
            let recovered = try bench[name].recovered()
            #expect(live == recovered)
            #expect(live.encoded() == recovered.encoded())
            for peer in Self.banks where peer != name {
                let sum = zip(bench.clearing(name, peer), bench.clearing(peer, name))
                #expect(sum.map { $0 + $1 } == [0, 0, 0])
            }
        }
    }

    @Test("Some transfers settle and some are refused, or the crowd proves little")
    func mixture() {
        var random = SplitMix64(seed: 1)
        var bench = Self.threeBanks()
        for number in 1...1_000 as ClosedRange<UInt64> {
            bench.begin(Self.transfer(number, &random))
        }
        bench.deliverTheRest(&random)
        let steps = Self.banks.flatMap { bench[$0].state.sagas.flatMap(\.record.steps) }
        #expect(steps.count { $0.state == .confirmed } > 100)
        #expect(steps.count { $0.state == .cancelled && $0.wasReserved } > 20)
        #expect(steps.count { $0.state == .cancelled && !$0.wasReserved } > 20)
    }

    @Test(
        "A third of all records is lost, nodes restart, the clock runs: still all ends well",
        arguments: [4, 5] as [UInt64])
    func losses(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bench = Self.threeBanks()
        for number in 1...100 as ClosedRange<UInt64> {
            bench.begin(Self.transfer(number, &random, at: bench.now))
        }
        for round in 0..<200 {
            bench.showAgain()
            bench.loseSome(&random)
            while !bench.mail.isEmpty { bench.deliverSome(&random) }
            if round.isMultiple(of: 9) { try bench[Self.banks[round % 3]].restart() }
            bench.now = bench.now + .milliseconds(.random(in: 1...4_000, using: &random))
            for name in bench.names { bench.tick(name) }
        }
        let isShown = bench.showAgain()
        #expect(!isShown, "what was lost was shown again")
        bench.expectTerminal()
        #expect(Self.accounts.reduce(0) { $0 + bench[$1].available } == 50_000)
        for name in Self.banks {
            let recovered = try bench[name].recovered()
            #expect(bench[name].engine.recorded == recovered)
        }
    }

    /// Everybody has 10 000, and each bank may owe every other 5 000.
    static func threeBanks() -> Bench {
        var bench = Bench(empty: banks)
        for name in banks { bench[name].keepsCheckpoints = false }
        for account in accounts {
            bench.operate(at: account.node, .open(account, .eur))
            bench.operate(at: account.node, .deposit(eur(10_000), to: account))
        }
        bench.limitExposure(to: 5_000)
        return bench
    }

    /// Alice is on one side of every transfer.
    static func transfer(
        _ number: UInt64, _ random: inout SplitMix64, at now: Timestamp = Bench.start
    ) -> Trip {
        let other = accounts[.random(in: 1..<accounts.count, using: &random)]
        let isPayer = Bool.random(using: &random)
        let (payer, payee) = isPayer ? (AccountID.alice, other) : (other, .alice)
        let between = banks.filter { $0 != payer.node && $0 != payee.node }
        let over = Bool.random(using: &random) ? [] : between.prefix(1)
        let amount = eur(.random(in: 1...2_000, using: &random))
        return Trip(
            .pay(amount, from: payer, to: payee, over: Array(over)), number: number,
            deadline: now + .seconds(60))
    }
}

extension Bench {
    /// Delivers up to ten entries to one receiver in one batch, each in its own record. Mostly
    /// they come in their order; one in ten is a later one of its line, and one in five stays in
    /// flight, to be delivered again.
    mutating func deliverSome(_ random: inout SplitMix64) {
        guard let receiver = mail.randomElement(using: &random)?.to else { return }
        var inputs: [Input<Party>] = []
        for _ in 0..<Int.random(in: 1...10, using: &random) {
            let places = mail.indices.filter { mail[$0].to == receiver }
            let isNext = Int.random(in: 0..<10, using: &random) > 0
            guard let place = isNext ? places.first : places.randomElement(using: &random) else {
                break
            }
            let isRepeated = Int.random(in: 0..<5, using: &random) == 0
            inputs.append(input(of: isRepeated ? mail[place] : mail.remove(at: place)))
        }
        at(receiver, inputs)
    }

    /// Delivers in that way until all that was ever given is taken.
    mutating func deliverTheRest(_ random: inout SplitMix64) {
        for _ in 1...1_000 {
            while !mail.isEmpty { deliverSome(&random) }
            guard showAgain() else { return }
        }
        Issue.record("\(mail) are never taken")
    }

    /// A third of what is in flight is lost.
    mutating func loseSome(_ random: inout SplitMix64) {
        mail.removeAll { _ in Int.random(in: 0..<3, using: &random) == 0 }
    }
}
