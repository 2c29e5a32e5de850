import Chain
import EventLog
import GeneratedWire
import Ledger
import LedgerWire
import Links
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// Entries for a peer are numbered 1, 2, 3 … in the order of their positions: what a peer is shown
/// can be told from what is held back.
@Suite struct NumberTests {
    @Test("An entry is numbered for the neighbour that it is about", arguments: Scenario.all)
    func scenario(_ scenario: Scenario) throws {
        var bench = Bench()
        scenario.happen(&bench)
        for (name, expected) in scenario.expected {
            #expect(try bench[name].stepAddressees() == expected, "\(name)")
        }
        try bench.expectReplayEqualsLive()
    }

    /// Something that happens, and whom the entries of the nodes about steps are for, by position.
    struct Scenario: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: [NodeName: [Addressee?]]
        let happen: @Sendable (inout Bench) -> Void

        init(
            _ description: String, _ expected: [NodeName: [Addressee?]],
            _ happen: @escaping @Sendable (inout Bench) -> Void
        ) {
            testDescription = description
            self.expected = expected
            self.happen = happen
        }

        private static func bankA(_ number: UInt64) -> Addressee? { .init(.bankA, number: number) }
        private static func bankB(_ number: UInt64) -> Addressee? { .init(.bankB, number: number) }
        private static func hub(_ number: UInt64) -> Addressee? { .init(.hub, number: number) }

        private static let paid = Route.pay(eur(5), from: .alice, to: .bob)
        private static let over = Route.pay(eur(5), from: .alice, to: .bob, over: [.hub])
        private static let asked = Trip(paid.then(.shop, .take(1)).adding(.approve(), to: 1))

        static let all = one + several

        private static let one = [
            Scenario(
                "what is reserved is for the next node, what is decided for the previous one",
                [.bankA: [bankB(1), nil], .bankB: [bankA(1)]]
            ) { bench in
                bench.begin(Trip(paid))
                bench.deliverAll()
            },
            Scenario(
                "each neighbour of a step in the middle has its own numbers",
                [.bankA: [hub(1), nil], .hub: [bankB(1), bankA(1)], .bankB: [hub(1)]]
            ) { bench in
                bench.begin(Trip(over))
                bench.deliverAll()
            },
            Scenario(
                "a refusal is for the previous node",
                [.bankA: [hub(1), nil], .hub: [bankB(1), bankA(1)], .bankB: [hub(1)]]
            ) { bench in
                bench.begin(Trip(.pay(eur(5), from: .alice, to: .nobody, over: [.hub])))
                bench.deliverAll()
            },
            Scenario("what the origin refuses has no addressee", [.bankA: [nil]]) { bench in
                bench.begin(Trip(.pay(eur(5_000), from: .alice, to: .bob)))
            },
            Scenario("a transfer within one bank has no addressee", [.bankA: [nil]]) { bench in
                bench.begin(Trip(.pay(eur(5), from: .alice, to: .amir)))
            },
            Scenario(
                "a step that waits for consent has no addressee until it is decided",
                [.bankB: [nil, Addressee(.shop, number: 1), bankA(1)]]
            ) { bench in
                bench.begin(asked)
                bench.deliverAll()
                bench.decide(asked, 1, true)
                bench.deliverAll()
            },
            Scenario(
                "that a step is declined is for the previous node",
                [.bankA: [bankB(1), nil], .bankB: [nil, bankA(1)]]
            ) { bench in
                bench.begin(asked)
                bench.deliverAll()
                bench.decide(asked, 1, false)
                bench.deliverAll()
            },
            Scenario(
                "what is said again has the next number", [.bankB: [bankA(1), bankA(2)]]
            ) { bench in
                for _ in 1...2 { bench.deliver(Trip(paid).word(.reserve, 1)) }
            },
            Scenario(
                "a request to give a saga up is for the next node",
                [.bankB: [Addressee(.shop, number: 1), Addressee(.shop, number: 2)]]
            ) { bench in
                for prompt in [Prompt.reserve, .abandon] {
                    bench.deliver(Trip(paid.then(.shop, .take(1))).word(prompt, 1))
                }
            },
            Scenario(
                "a record that comes again gets no further number",
                [.bankA: [bankB(1), nil], .bankB: [bankA(1)]]
            ) { bench in
                bench.begin(Trip(paid))
                bench.mail += bench.mail
                bench.deliverAll()
            },
        ]

        private static let several = [
            Scenario(
                "several entries of one commit",
                [
                    .bankA: [bankB(1), bankB(2), hub(1), bankB(3), nil, nil, nil, nil],
                    .bankB: [bankA(1), bankA(2), bankA(3), hub(1)],
                ]
            ) { bench in
                let trips = [
                    Trip(paid), Trip(paid, number: 2), Trip(over, number: 3), Trip(paid, number: 4),
                ]
                bench.at(.bankA, trips.map { bench.input(of: .begin($0.begin)) })
                bench.deliverAll()
            },
            Scenario(
                "transfers that cross",
                [
                    .bankA: [bankB(1), bankB(2), bankB(3), nil, nil],
                    .bankB: [bankA(1), bankA(2), bankA(3), nil],
                ]
            ) { bench in
                bench.begin(Trip(paid))
                bench.begin(Trip(paid, number: 2))
                bench.begin(Trip(.pay(eur(5), from: .bea, to: .alice), number: 3))
                bench.deliverAll()
            },
            Scenario(
                "another key and another timeline have numbers, and do not begin them again",
                [.bankA: [bankB(1), nil, bankB(3), nil, bankB(5)]]
            ) { bench in
                bench.begin(Trip(paid))
                bench.deliverAll()
                bench.rotateKey(of: .bankA, to: BenchNode.key(of: .moon))
                bench.begin(Trip(paid, number: 2))
                bench.deliverAll()
                bench.startTimeline(at: .bankA)
                bench.begin(Trip(paid, number: 3))
            },
        ]
    }

    @Test(
        "Numbers have no gap, whatever a node is started again from",
        arguments: Bench.Restart.allCases)
    func dense(_ restart: Bench.Restart) throws {
        let bench = try Bench.crowd(restart)
        var peers: [NodeName: Set<NodeName>] = [:]
        for name in bench.names {
            let node = bench[name]
            #expect(node.state.openSagas == 0 && node.state.quarantined == 0)
            let numbers = try node.numbers()
            for (peer, given) in numbers {
                #expect(given == Array(1...UInt64(given.count)), "\(name) for \(peer)")
            }
            #expect(node.state.given == numbers.mapValues { UInt64($0.count) })
            #expect(try node.recovered().given == node.state.given)
            peers[name] = Set(numbers.keys)
        }
        #expect(
            peers == [
                .bankA: [.bankB, .hub, .shop], .bankB: [.bankA, .hub], .hub: [.bankA, .bankB],
                .shop: [.bankA],
            ])
    }

    @Test("What waits for a peer is behind what it has acknowledged, and stands where it says")
    func waiting() throws {
        let bench = try Bench.crowd()
        for name in bench.names {
            let state = bench[name].state
            for (peer, given) in state.given {
                let acknowledged = state.links[peer]?.acknowledged ?? 0
                let waiting = state.waiting[peer] ?? []
                #expect(UInt64(waiting.count) == given - acknowledged)
                for (number, position) in zip((acknowledged + 1)..., waiting) {
                    let commit = try #require(bench[name].storage.commit(containing: position))
                    let entry = try #require(commit.entries.first { $0.position == position })
                    let addressee = try ShownFrame(entry.parts.shown).addressee
                    #expect(addressee == Addressee(peer, number: number))
                }
            }
        }
    }

    @Test("A snapshot has the newest numbers, no peer twice, and none that no log reaches")
    func snapshots() throws {
        let state = try Bench.crowd()[.bankA].state
        let bytes = state.encoded()
        #expect(try State<Party>(encoded: bytes).given == state.given)
        let kept = try Giro_Snapshot_V1_State(wire: bytes).given
        #expect(kept.map(\.peer) == ["bank-b", "hub", "shop"])
        #expect(kept.map(\.number) == [NodeName.bankB, .hub, .shop].map { state.given[$0] ?? 0 })

        func changed(_ change: (inout Giro_Snapshot_V1_State) -> Void) throws -> [UInt8] {
            var wire = try Giro_Snapshot_V1_State(wire: bytes)
            change(&wire)
            return try wire.wireBytes()
        }
        let same = try changed { _ in }
        #expect(same == bytes)
        let twice = try changed { $0.given.append($0.given[0]) }
        let far = try changed { $0.given[1].number = 1 << 63 }
        let nobody = try changed { $0.given[1].peer = "" }
        for other in [twice, far, nobody] {
            #expect(throws: WireError.self) { try State<Party>(encoded: other) }
        }
    }

    @Test(
        "A log does not continue a snapshot of other numbers",
        arguments: [0, 2, 3] as [UInt64])
    func snapshotOfOtherNumbers(_ number: UInt64) throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(5), from: .alice, to: .bob)))
        let index = bench[.bankA].checkpoints.count - 1
        bench.begin(Trip(.pay(eur(5), from: .alice, to: .bob), number: 2))
        let node = bench[.bankA]
        #expect(try node.recovered(from: node.snapshot(after: index)).given == [.bankB: 2])
        var state = node.checkpoints[index]
        #expect(state.given == [.bankB: 1])
        state.given[.bankB] = number == 0 ? nil : number
        state.waiting[.bankB] =
            number == 0 ? nil : Array(repeating: state.position, count: Int(number))
        let snapshot = Snapshot.signed(
            position: state.position, commitHash: node.commits[index].hash,
            history: node.history(after: index), state: state.encoded(), key: node.key)
        #expect(throws: FoldFault.self) { try node.recovered(from: snapshot) }
    }
}
