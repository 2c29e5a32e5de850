import Chain
import Links
import Saga
import Testing
import Wire

/// What is shown out of its order, because a peer may be able to take nothing in it.
@Suite struct OutboxLandmarkTests {
    static let name = TimelineName(number: 1, fork: Cast.fork(1))
    static let timeline = Shown.What.timeline(
        NewTimeline(name, position: .start, commitHash: .zero))
    static let accepted = Shown.What.accepted(Accepted(name, own: nil))
    static let key = Shown.What.key(Cast.key(2).publicKey)

    @Test(
        "A timeline and an accepted are each shown alone, before all",
        arguments: [
            timeline, accepted,
        ])
    func alone(what: Shown.What) {
        var bench = OutboxBench()
        bench.give(2)
        let position = bench.give(what)
        let turns = bench.show()
        #expect(turns.map(\.kind) == [.alone, .entries])
        let turn = turns[0]
        #expect(turn.positions == [position] && turn.first == 3 && turn.naming == nil)
        #expect(turn.under == .commit(of: position) && turn.read == nil)
        #expect(turns[1].positions.count == 3, "and in its order too")
        #expect(bench.show().isEmpty, "once a pause")
        bench.wake()
        #expect(bench.show().map(\.kind) == [.alone, .entries])
    }

    @Test("A key is shown alone only when it was not acknowledged for a pause")
    func keyAlone() {
        var bench = OutboxBench()
        let position = bench.give(Self.key)
        #expect(bench.show().map(\.kind) == [.entries])
        bench.wake()
        let turns = bench.show()
        #expect(turns.map(\.kind) == [.alone, .entries])
        #expect(turns[0].positions == [position] && turns[0].under == .commit(of: position))
    }

    @Test("Up to a key all is shown under the header of its commit, and what follows apart")
    func keyEndsRecord() {
        var bench = OutboxBench()
        bench.give(2)
        let position = bench.give(Self.key)
        bench.give(2, commit: 2)
        #expect(bench.show().map(\.under) == [.commit(of: position)])
        bench.hear(2)
        let turns = bench.show()
        #expect(turns.map(\.under) == [.commit(of: position), .newest])
        #expect(turns.map(\.positions.count) == [1, 2])
    }

    @Test("A read of a commit behind that of the key takes the key for known")
    func keyIsKnown() {
        var bench = OutboxBench()
        bench.give(Self.key)
        bench.give(1, commit: 2)
        bench.show()
        bench.hear(0, header: HeaderName(commit: 2, hash: .sha256(of: [2])))
        bench.wake()
        let turns = bench.show()
        #expect(turns.map(\.kind) == [.entries] && turns.first?.under == .newest)
        #expect(turns.first?.positions.count == 2)
    }

    @Test("After a later key, a landmark is shown under its own header and the newest one")
    func underBoth() {
        var bench = OutboxBench()
        let position = bench.give(Self.accepted)
        let key = bench.give(Self.key)
        bench.show()
        bench.wake()
        let alone = bench.show().filter { $0.kind == .alone }
        #expect(alone.map(\.under) == [.commit(of: position), .newest, .commit(of: key)])
        #expect(alone.map(\.positions) == [[position], [position], [key]])
    }

    @Test("An accepted is shown alone until it is acknowledged")
    func acceptedUntilAcknowledged() {
        var bench = OutboxBench()
        bench.give(Self.accepted)
        bench.give()
        bench.show(fitting: 1)
        bench.hear(1)
        bench.show()
        bench.wake()
        #expect(bench.show().map(\.kind) == [.entries])
    }

    /// A peer that stands behind the fork acknowledges nothing before people accepted it.
    @Test("A timeline is shown alone until the peer answers it, or acknowledges it")
    func timelineUntilAnswered() {
        var bench = OutboxBench()
        bench.give(3)
        bench.give(Self.timeline)
        bench.show(fitting: 1)
        bench.hear(1)
        bench.show()
        bench.wake()
        #expect(bench.show().map(\.kind) == [.alone, .entries], "1 is before it")
        var answered = bench
        answered.outbox.timelineIsAccepted()
        answered.wake()
        #expect(answered.show().map(\.kind) == [.entries])
        bench.hear(4)
        bench.give()
        bench.show()
        bench.wake()
        #expect(bench.show().map(\.kind) == [.entries])
    }

    // MARK: - The read

    @Test("A read alone waits 200 ms for an entry, and goes with one that is given before")
    func readWithEntry() {
        var bench = OutboxBench()
        let read = bench.giveRead()
        #expect(bench.show().isEmpty)
        #expect(bench.outbox.wakesAt == LinkLimits.readAlone)
        var alone = bench
        alone.wake()
        let turns = alone.show()
        #expect(turns.map(\.kind) == [.read] && turns.first?.positions.isEmpty == true)
        #expect(turns.first?.read == read && alone.outbox.wakesAt == nil)
        bench.give()
        #expect(bench.show().map(\.read) == [read])
        bench.now += LinkLimits.readAlone
        #expect(bench.show().isEmpty, "it is said")
    }

    @Test("Of several reads the newest is shown, as early as the first would have been")
    func newestRead() {
        var bench = OutboxBench()
        bench.giveRead()
        bench.now += .milliseconds(150)
        let read = bench.giveRead()
        #expect(bench.outbox.wakesAt == LinkLimits.readAlone)
        bench.wake()
        #expect(bench.show().map(\.read) == [read])
    }

    @Test("A read is said again at most once a second, and alone")
    func sayAgain() {
        var bench = OutboxBench()
        bench.outbox.sayAgain(now: bench.now)
        #expect(bench.outbox.wakesAt == nil, "there is none")
        bench.giveRead()
        bench.wake()
        bench.show()
        var count = 0
        let start = bench.now
        while bench.now < start + .seconds(10) {
            bench.outbox.sayAgain(now: bench.now)
            bench.now += .milliseconds(50)
            let turns = bench.show()
            #expect(turns.allSatisfy { $0.kind == .read })
            count += turns.count
        }
        #expect(count == 10 || count == 9)
    }

    @Test("A read said again is shown alone although entries are shown too")
    func sayAgainWithEntries() {
        var bench = OutboxBench()
        bench.giveRead()
        bench.wake()
        bench.show()
        bench.now += .seconds(2)
        bench.give()
        bench.outbox.sayAgain(now: bench.now)
        #expect(bench.show().map(\.kind) == [.entries, .read])
    }
}
