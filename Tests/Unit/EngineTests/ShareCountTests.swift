import Ledger
import LedgerWire
import Randomness
import Saga
import Stock
import StockWire
import Testing
import Wire

@testable import Engine

/// The counts of shares are a fold of the log: what a recount of all open sagas gives.
@Suite struct ShareCountTests {
    enum Ending: CaseIterable {
        case confirmed, cancelled, abandoned, declined, approved

        var trip: Trip {
            switch self {
            case .declined, .approved: DecidingTests.asking
            case .abandoned: DecidingTests.asked
            case .confirmed, .cancelled: Trip(.pay(eur(100), from: .alice, to: .bob))
            }
        }
    }

    @Test("However a step ends, it gives its room back", arguments: Ending.allCases)
    func endings(_ ending: Ending) throws {
        var bench = Bench()
        let trip = ending.trip
        let client = Principal.clients[0]
        bench.begin(trip, by: client)
        let newest = bench[.bankA].checkpoints.count - 1
        try bench[.bankA].restart(from: bench[.bankA].snapshot(after: newest))
        let taken: [OpenShare] = [.waiting(.bankB), .begun(client, .bankB)]
        let counts = taken.map { bench[.bankA].state.openShares[$0] }
        #expect(counts == [1, 1])
        switch ending {
        case .confirmed: bench.deliverAll()
        case .cancelled: bench.deliver(trip.word(.cancel, 0))
        case .abandoned:
            bench.deliverNext()
            bench.at(.bankA, .abandon(trip.id))
            bench.deliverNext()
            bench.decide(trip, 1, false)
            bench.deliverAll()
        case .declined: bench.decide(trip, 0, false)
        case .approved:
            bench.decide(trip, 0, true)
            bench.deliverAll()
        }
        #expect(bench[.bankA].state.stepState(trip.step(0)).isTerminal)
        #expect(bench[.bankA].state.openShares == OpenShares())
        #expect(bench[.bankA].state[trip.saga]?.open == nil)
        try bench.expectReplayEqualsLive()
    }

    @Test("The client of an open saga stands in the snapshot; one that is none is refused")
    func snapshot() throws {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.begin(trip, by: Principal.clients[1])
        let bytes = bench[.bankA].state.encoded()
        let read = try State<Party>(encoded: bytes)
        #expect(read == bench[.bankA].state)
        #expect(read[trip.saga]?.open?.principal == Principal.clients[1])
        // Its text, with a space in it.
        let text = Array(Principal.clients[1].text.utf8)
        let place = try #require(bytes.indices.last { bytes[$0...].starts(with: text) })
        var broken = bytes
        broken[place] = UInt8(ascii: " ")
        #expect(throws: WireError.self) { try State<Party>(encoded: broken) }
    }

    @Test(
        "Counts are right whatever happens: losses, restarts, deadlines, late answers, refusals",
        arguments: [1, 2, 3] as [UInt64])
    func walk(_ seed: UInt64) throws {
        var walk = try Walk(seed: seed)
        for number in 1...150 as ClosedRange<UInt64> {
            try walk.advance(number)
            walk.expectCounts()
            if number.isMultiple(of: 10) { try walk.expectSnapshots() }
        }
        walk.end()
        walk.expectCounts()
        walk.bench.expectTerminal()
        for name in walk.bench.names {
            let node = walk.bench[name]
            #expect(node.state.openShares == OpenShares())
            #expect(try node.recovered() == node.engine.recorded)
        }
        let steps = walk.bench[.hub].state.sagas.flatMap(\.record.steps)
        #expect(steps.contains { $0.refusal == .tooManyOpen })
        #expect(steps.contains { $0.state == .confirmed })
    }
}

/// Some clients of two banks, a hub with little room, approvers, and a network that loses records.
private struct Walk {
    var bench = Bench(limits: .sharing(4))
    var random: SplitMix64
    private var trips: [Trip] = []
    private var clients: [CommandID: Principal] = [:]

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        try bench[.hub].restart(with: .sharing(1))
        bench.stock(100, at: .bankA)
        for name in bench.names { bench[name].keepsCheckpoints = false }
    }

    /// A client begins something, time passes, and some of what is in flight arrives or is lost.
    mutating func advance(_ number: UInt64) throws {
        let trip = trip(number)
        let client = Principal.clients[.random(in: 0..<3, using: &random)]
        if bench.begin(trip, by: client).answer == .applied {
            trips.append(trip)
            clients[trip.id] = client
        }
        pass(.milliseconds(.random(in: 1...4_000, using: &random)))
        for _ in 0..<3 where !bench.mail.isEmpty { bench.deliverSome(&random) }
        bench.loseSome(&random)
        if number.isMultiple(of: 5) { bench.showAgain() }
        if let trip = trips.randomElement(using: &random) { decide(trip) }
        guard number.isMultiple(of: 7) else { return }
        let name = bench.names[.random(in: 0..<4, using: &random)]
        try bench[name].restart()
    }

    /// Nothing is lost any more, and every approver answers.
    mutating func end() {
        for _ in 0..<100 where bench.names.contains(where: { bench[$0].state.openSagas > 0 }) {
            pass(.seconds(30))
            for trip in trips { decide(trip) }
            bench.showAgain()
            while !bench.mail.isEmpty { bench.deliverSome(&random) }
        }
    }

    private mutating func pass(_ time: Duration) {
        bench.now = bench.now + time
        for name in bench.names { bench.tick(name) }
    }

    /// Answers what the trip's banks ask, if they do.
    private mutating func decide(_ trip: Trip) {
        for (number, owner) in trip.owners.enumerated()
        where bench[owner].state.stepState(trip.step(number)) == .deciding {
            bench.decide(trip, number, Bool.random(using: &random))
        }
    }

    private mutating func trip(_ number: UInt64) -> Trip {
        let amount = eur(.random(in: 1...20, using: &random))
        var route: Route =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: .pay(amount, from: .alice, to: .bob)
            case 1: .pay(amount, from: .bea, to: .alice)
            case 2: .pay(amount, from: .alice, to: .bob, over: [.hub])
            case 3: .pay(amount, from: .bea, to: .amir, over: [.hub])
            case 4: .twice(amount)
            default: Route.pay(amount, from: .bea, to: .amir).then(.shop, .take(1))
            }
        if Int.random(in: 0..<4, using: &random) == 0 {
            let place = Int.random(in: 0..<route.steps.count, using: &random)
            route = route.adding(.approve(), to: place)
        }
        return Trip(route, number: number, deadline: bench.now + .seconds(40))
    }

    /// Of every share there is.
    func expectCounts(_ location: SourceLocation = #_sourceLocation) {
        let shares = bench.names.flatMap { peer in
            [OpenShare.asked(peer), OpenShare.waiting(peer)]
                + Principal.clients.map { OpenShare.begun($0, peer) }
        }
        for name in bench.names {
            let (counts, folded) = (bench[name].recount(clients), bench[name].state.openShares)
            let wrong = shares.filter { folded[$0] != counts[$0, default: 0] }
            #expect(wrong.isEmpty, "\(name)", sourceLocation: location)
        }
    }

    func expectSnapshots(_ location: SourceLocation = #_sourceLocation) throws {
        for name in bench.names {
            let state = bench[name].engine.recorded
            let read = try State<Party>(encoded: state.encoded())
            #expect(read == state, sourceLocation: location)
        }
    }
}
