import Testing

@testable import Chaos

struct ScheduleTests {
    private func rounds(_ count: Int, seed: UInt64) -> [Schedule.Round] {
        var schedule = Schedule(seed: seed)
        return (0..<count).map { _ in schedule.nextRound() }
    }

    @Test("The same seed makes the same schedule, another one makes another")
    func seeded() {
        #expect(rounds(50, seed: 7) == rounds(50, seed: 7))
        #expect(rounds(50, seed: 7) != rounds(50, seed: 8))
    }

    @Test("All faults are made before any is made again", arguments: 1...20 as ClosedRange<UInt64>)
    func deck(_ seed: UInt64) {
        let faults = rounds(12, seed: seed).flatMap(\.strikes).map(\.fault)
        // Six rounds have at least 24 strikes, and there are fewer kinds.
        #expect(Set(rounds(6, seed: seed).flatMap(\.strikes).map(\.fault)) == Set(Fault.all))
        let counts = Dictionary(grouping: faults, by: { $0 }).mapValues(\.count).values
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1 + 5)
    }

    @Test("Two faults of a round never seize the same", arguments: 1...50 as ClosedRange<UInt64>)
    func claims(_ seed: UInt64) {
        for round in rounds(30, seed: seed) {
            for (index, strike) in round.strikes.enumerated() {
                for other in round.strikes[(index + 1)...] {
                    #expect(!strike.overlaps(other), "\(strike) and \(other)")
                }
            }
        }
    }

    @Test("The schedule of a seed has all faults, on every machine")
    func whole() {
        // As --dry-run prints it: nothing but the seed goes into it.
        #expect(rounds(6, seed: 1).contains { $0.strikes.contains { $0.fault == .fillDisk } })
    }
}
