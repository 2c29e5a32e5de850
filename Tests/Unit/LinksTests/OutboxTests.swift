import Chain
import Links
import Saga
import Testing
import Wire

@Suite struct OutboxTests {
    @Test("Only what is given is shown, each position once, by number without gaps")
    func dense() {
        var bench = OutboxBench()
        #expect(bench.show().isEmpty && bench.outbox.wakesAt == nil)
        bench.give(5)
        #expect(bench.show(fitting: 2).map(\.first) == [1])
        bench.hear(2)
        let turns = bench.show(fitting: 2)
        #expect(turns.map(\.first) == [3, 5])
        #expect(turns[0].positions == [6, 8, 10].map { Position($0) })
        #expect(turns[1].positions == [Position(10)])
        #expect(bench.outbox.given == 5 && bench.outbox.waitingCount == 3)
        bench.give()
        #expect(bench.show().map(\.positions) == [[Position(12)]])
    }

    @Test("Of 1,000 entries at most a turn tells the positions")
    func bounded() {
        var bench = OutboxBench()
        bench.give(2_500)
        #expect(bench.show().map(\.positions.count) == [1_000])
        bench.hear(1_000)
        #expect(bench.show().map(\.positions.count) == [1_000, 500])
    }

    @Test("One record is shown first, and all once the peer acknowledges something")
    func oneThenAll() {
        var bench = OutboxBench()
        bench.outbox = LinkOutbox(to: Cast.bankB, header: OutboxBench.header)
        bench.give(10)
        #expect(bench.show(fitting: 1).count == 1)
        bench.hear(0)
        #expect(bench.show().isEmpty, "no news")
        bench.hear(1)
        #expect(bench.show(fitting: 1).map(\.first) == Array(2...10))
        bench.wake()
        #expect(bench.show(fitting: 1).map(\.first) == [2], "again, one record")
    }

    @Test("The pause doubles from 1 s to 60 s, and is 1 s again after an acknowledgment")
    func pauses() {
        var bench = OutboxBench()
        bench.give(3)
        bench.show(fitting: 1)
        var pauses: [Duration] = []
        for _ in 0..<9 {
            let before = bench.now
            bench.wake()
            pauses.append(bench.now - before)
            #expect(bench.show(fitting: 1).map(\.first) == [1])
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { Duration.seconds($0) })
        bench.hear(1)
        #expect(bench.show(fitting: 1).map(\.first) == [2, 3])
        #expect(bench.outbox.wakesAt == bench.now + .seconds(1))
        bench.now += .milliseconds(700)
        bench.hear(2)
        #expect(bench.outbox.wakesAt == bench.now + .seconds(1), "3 is in flight still")
        bench.hear(3)
        #expect(bench.outbox.wakesAt == nil && bench.outbox.waitingCount == 0)
    }

    @Test("An acknowledgment that is no news does not move the pause")
    func noNews() {
        var bench = OutboxBench()
        bench.give(2)
        bench.show()
        bench.hear(1)
        bench.show()
        let wakesAt = bench.outbox.wakesAt
        bench.now += .milliseconds(500)
        bench.hear(1)
        #expect(bench.outbox.wakesAt == wakesAt)
        #expect(bench.show().isEmpty)
    }

    /// A number that was not given, a lower one, and one by a header that the log lacks.
    @Test(
        "A read that cannot be of this log moves nothing",
        arguments: [(5, true), (1, true), (3, false)] as [(UInt64, Bool)])
    func noAcknowledgment(number: UInt64, isHeld: Bool) {
        var bench = OutboxBench()
        bench.give(4)
        bench.show()
        bench.hear(2)
        let before = bench.outbox
        bench.hear(number, isHeld: isHeld)
        #expect(bench.outbox == before)
    }

    @Test("Never more than 4 MiB are in flight")
    func inFlight() {
        var bench = OutboxBench()
        bench.give(1_000)
        let bytes = 60 * 1_024
        bench.show(fitting: 1, byteCount: bytes)
        bench.hear(1)
        let count = bench.show(fitting: 1, byteCount: bytes).count
        #expect(count * bytes <= LinkLimits.bytesInFlightMax)
        #expect(
            count * bytes + Excerpt.bytesMaxOfOneEntry > LinkLimits.bytesInFlightMax,
            "but as much")
        bench.hear(11)
        let more = bench.show(fitting: 1, byteCount: bytes).count
        #expect(more == 10, "what is acknowledged makes room")
    }

    @Test("An entry of 4 MiB is shown, and nothing beside it")
    func longEntry() {
        var bench = OutboxBench()
        bench.give(3)
        let bytes = LinkLimits.bytesInFlightMax
        #expect(bench.show(fitting: 1, byteCount: bytes).count == 1)
        bench.hear(1)
        #expect(bench.show(fitting: 1, byteCount: bytes).count == 1)
        bench.hear(2)
        #expect(bench.show(fitting: 1, byteCount: bytes).count == 1)
    }

    @Test("Records halve while they are too large, down to one entry")
    func tooLarge() {
        var bench = OutboxBench()
        bench.give(8)
        #expect(bench.outbox.next(at: bench.now)?.bytesMax == Excerpt.bytesMax)
        var sizes: [Int] = []
        var count = 8
        while bench.outbox.wasTooLarge(count: count, byteCount: count * 1_000) {
            sizes.append(bench.outbox.next(at: bench.now)?.bytesMax ?? 0)
            count /= 2
        }
        #expect(sizes == [4_000, 2_000, 1_000] && count == 1)
        #expect(bench.outbox.next(at: bench.now)?.bytesMax == 1_000, "one entry has no half")
        let canHelp = bench.outbox.wasTooLarge(count: 2, byteCount: 1)
        #expect(canHelp)
        #expect(bench.outbox.next(at: bench.now)?.bytesMax == 1, "never 0")
        #expect(bench.show(fitting: 1).map(\.first) == [1], "one entry is shown all the same")
    }

    @Test("Behind 16 records that the topic took, the next are twice as long, up to the most")
    func longerAgain() {
        var bench = OutboxBench()
        bench.give(200)
        let canHelp = bench.outbox.wasTooLarge(count: 40, byteCount: 40_000)
        #expect(canHelp)
        bench.show(fitting: 1)
        bench.hear(1)
        bench.show(fitting: 1)
        let sizes = bench.turns.map(\.bytesMax)
        let wanted = [(20_000, 16), (40_000, 16), (Excerpt.bytesMax, 168)]
        #expect(sizes == wanted.flatMap { Array(repeating: $0.0, count: $0.1) })
    }

    @Test("A refusal begins the count of what the topic took again")
    func tooLargeAgain() {
        var bench = OutboxBench()
        let count = LinkLimits.recordsBeforeLarger - 1
        for bytes in [20_000, 10_000, 5_000] {
            let canHelp = bench.outbox.wasTooLarge(count: 2, byteCount: 2 * bytes)
            #expect(canHelp)
            for _ in 0..<count {
                bench.give()
                bench.show()
                bench.hear(bench.outbox.given)
            }
            #expect(bench.turns.suffix(count).allSatisfy { $0.bytesMax == bytes })
        }
        #expect(bench.turns.count == 3 * count)
    }

    @Test("A silent peer costs one record a pause, whatever waits")
    func silent() {
        var bench = OutboxBench()
        bench.give(100_000)
        let hour = Duration.seconds(3_600)
        var count = 0
        while bench.now < hour {
            count += bench.show().count
            bench.wake()
        }
        // 1 + 2 + 4 + 8 + 16 + 32 s, then one a minute.
        #expect(count == 1 + 6 + (3_600 - 63) / 60)
        #expect(bench.turns.allSatisfy { $0.first == 1 && $0.positions.count == 1_000 })
        bench.hear(1_000)
        #expect(bench.show().count == 99)
    }

    @Test("What waits again after a start begins with one record, 1 s apart")
    func restarted() {
        var bench = OutboxBench()
        bench.outbox = LinkOutbox(to: Cast.bankB, acknowledged: 7, header: OutboxBench.header)
        #expect(bench.outbox.given == 7 && bench.show().isEmpty)
        bench.give(3)
        let turns = bench.show(fitting: 1)
        #expect(turns.map(\.first) == [8] && turns.first?.naming == OutboxBench.header)
        #expect(bench.outbox.wakesAt == bench.now + .seconds(1))
    }

    @Test("After a start the first header that the peer names is named at once, without a pause")
    func firstHeader() {
        let other = HeaderName(commit: 2, hash: .sha256(of: [2]))
        var bench = OutboxBench()
        bench.outbox = LinkOutbox(to: Cast.bankB, acknowledged: 7)
        bench.give(3)
        #expect(bench.show(fitting: 1).map(\.naming) == [nil])
        bench.hear(7, header: other, isHeld: false)
        #expect(bench.show().isEmpty, "this log has no such commit")
        bench.hear(7, header: other)
        let turns = bench.show(fitting: 1)
        #expect(turns.map(\.first) == [8] && turns.map(\.naming) == [other])
        #expect(bench.outbox.wakesAt == bench.now + .seconds(1))
    }

    @Test("A peer that names many headers is shown one record a pause, and one more after a start")
    func manyHeaders() {
        var bench = OutboxBench()
        bench.give(100)
        let time = Duration.seconds(600)
        var count = 0
        while bench.now < time {
            count += bench.show().count
            for commit in 1...20 as ClosedRange<UInt64> {
                bench.hear(0, header: HeaderName(commit: commit, hash: .sha256(of: [7])))
                count += bench.show().count
            }
            bench.now += .milliseconds(100)
        }
        // As a silent peer, and one more.
        #expect(count == 1 + 1 + 6 + (600 - 63) / 60)
    }

    @Test("A record names the header of the one before it, and again that of the peer's read")
    func naming() {
        let other = HeaderName(commit: 2, hash: .sha256(of: [2]))
        var bench = OutboxBench()
        bench.give(3)
        #expect(bench.show(fitting: 1).map(\.naming) == [nil])
        bench.hear(1, header: other)
        #expect(bench.show(fitting: 1).map(\.naming) == [other, OutboxBench.header])
        bench.wake()
        #expect(bench.show(fitting: 1).map(\.naming) == [other])
    }

    @Test("A suspended peer is shown nothing, and after that what waits")
    func suspended() {
        var bench = OutboxBench()
        bench.give(3)
        bench.give(.accepted(Accepted(TimelineName(number: 1, fork: Cast.fork(1)), own: nil)))
        bench.giveRead()
        bench.outbox.isSuspended = true
        bench.outbox.sayAgain(now: bench.now)
        for _ in 0..<10 {
            #expect(bench.show().isEmpty && bench.outbox.wakesAt == nil)
            bench.now += .seconds(70)
        }
        bench.outbox.isSuspended = false
        #expect(bench.show().map(\.kind) == [.alone, .entries, .read])
    }
}
