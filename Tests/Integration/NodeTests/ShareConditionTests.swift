import EventLog
import Ledger
import LedgerWire
import MessageBus
import Saga
import TestKit
import Testing

@testable import Engine
@testable import Node

/// What a node says of a peer with which too much is open.
struct ShareConditionTests {
    private static let b = known(NodeName("bank-b"))
    private static let c = known(NodeName("bank-c"))

    private static func full(_ max: Int) -> FullShares {
        var limits = Limits()
        limits.openPerPeerMax = max
        return FullShares(Configuration(node: Cast.bankA, peers: [c, b], limits: limits))
    }

    /// Open steps between this node and a peer.
    private static func used(
        waiting: Int = 0, asked: Int = 0, with peer: NodeName = b, by client: Principal? = nil
    ) -> OpenShares {
        var shares = OpenShares()
        for _ in 0..<waiting {
            let step = StepRecord(
                number: 0, state: .reserved, refusal: nil, previous: nil, next: peer,
                wasReserved: true)
            shares.count(step, begunBy: client, isOpen: true)
        }
        for _ in 0..<asked {
            let step = StepRecord(
                number: 1, state: .deciding, refusal: nil, previous: peer, next: nil,
                wasReserved: true)
            shares.count(step, begunBy: nil, isOpen: true)
        }
        return shares
    }

    @Test("A share is used up at its bound, until one place in twenty is free; this is said once")
    func bounds() {
        var full = Self.full(40)
        for (count, peers) in [(39, 0), (40, 1), (41, 0), (39, 0), (38, 0), (37, 1), (39, 0)] {
            let news = full.look(at: Self.used(waiting: count))
            #expect(news.map { $0.peer } == Array(repeating: Self.b, count: peers), "\(count)")
            let share: OpenShare? = count == 40 ? .waiting(Self.b) : nil
            #expect(news.allSatisfy { $0.share == share }, "\(count)")
        }
        let asked = full.look(at: Self.used(asked: 40, with: Self.c))
        #expect(asked.map { $0.share } == [.asked(Self.c)])
    }

    @Test("A client's part counts once the client begins something; the whole share is said first")
    func clients() {
        var full = Self.full(4)
        let half = OpenShare.begun(Cast.ada, Self.b)
        #expect(full.look(at: Self.used(waiting: 2, by: Cast.ada)).isEmpty)
        let other = full.look(at: Self.used(waiting: 2), and: [half])
        #expect(other.isEmpty)
        let part = full.look(at: Self.used(waiting: 2, by: Cast.ada), and: [half])
        #expect(part.map { $0.share } == [half])
        let whole = full.look(at: Self.used(waiting: 4, by: Cast.ada))
        #expect(whole.map { $0.share } == [.waiting(Self.b)])
        let again = full.look(at: Self.used(waiting: 3, by: Cast.ada))
        #expect(again.map { $0.share } == [half])
        let room = full.look(at: Self.used(waiting: 1, by: Cast.ada))
        #expect(room.map { $0.peer } == [Self.b] && room.allSatisfy { $0.share == nil })
    }

    @Test("Each says which setting it is about, and which peer")
    func words() {
        for share in [
            OpenShare.asked(Self.b), .waiting(Self.b), .begun(Cast.ada, Self.b),
        ] {
            let why = Limits().inWords(share)
            #expect(why.contains("limits.openPerPeerMax (20000)"))
            #expect(why.contains("bank-b"))
        }
        #expect(Limits().inWords(.begun(Cast.ada, Self.b)).hasPrefix("10000 transfers of unix:ada"))
    }

    @Test("A peer that is down and has used up its share is named; payments to others are done")
    func downPeer() async throws {
        let clock = SetClock()
        let network = try await TestNetwork(
            ["bank-a", "bank-b", "bank-c"], bus: InMemoryMessageBus())
        network.limits.openPerPeerMax = 1
        network.change = { $0.clock = clock.nodeClock }
        for name in network.names { try network.start(name.text, on: InMemoryEventLog()) }
        try await network.openAccounts()
        try await network.stop("bank-b")
        let bankA = try network.teller("bank-a")
        let payee = "acct-00000001@bank-c"
        #expect(
            try await bankA.transfer(1, from: NodeTests.payer, to: NodeTests.payee) == .applied)
        let beyond = try Teller.begin(
            1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
        guard case .shareFull = try await bankA.node.submit({ .begin(beyond, $0) }) else {
            Issue.record("a second transfer to the bank that is down was taken")
            return
        }
        #expect(try await bankA.transfer(1, from: NodeTests.payer, to: payee) == .applied)

        let condition = try await eventually("it is shown") {
            clock.pass(.seconds(1))
            return bankA.node.conditions.first { $0.code == .peerShareFull && $0.peer == Self.b }
        }
        #expect(condition.why == "limits.openPerPeerMax (1) transfers wait for bank-b")
        clock.pass(.seconds(20))
        let lasting = bankA.node.conditions.first { $0.code == .peerShareFull }
        #expect(lasting?.isBlocking == false)
        try network.start("bank-b", on: try network.log(of: "bank-b"))
        try await eventually("nothing is wrong") {
            bankA.node.conditions.isEmpty ? true : nil
        }
        #expect(try await bankA.verdict { .begin(beyond, $0) } == .applied)
        try await network.stopAll()
    }
}
