import Foundation
import TestTags
import Testing

@testable import Simulation

/// Thousands of runs fit into one process only if none leaves anything behind.
@Suite(.tags(.slow)) struct LeftoverTests {
    @Test("A run that has ended is gone, with all its sites", arguments: [1, 2, 3, 4] as [UInt64])
    func nothingStays(_ seed: UInt64) async {
        let isGone = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: Self.isGone(seed)) }
            // As SimulationRuns has it: folding and decoding nest.
            thread.stackSize = 16 << 20
            thread.start()
        }
        #expect(isGone)
    }

    private static func isGone(_ seed: UInt64) -> Bool {
        weak var world: World<BankScenario>?
        weak var site: Site<BankScenario>?
        do {
            let running = World(Simulation(of: BankScenario(), seed: seed))
            running.run()
            world = running
            site = running.sites.first
        }
        return world == nil && site == nil
    }
}
