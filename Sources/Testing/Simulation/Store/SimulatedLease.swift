import EventLog
import Saga

/// A process's view of its bank's lease: free when the process that had it is gone.
///
/// Confined to the simulation's thread.
final class SimulatedLease<S: Scenario>: WriterLease, @unchecked Sendable {
    private let process: Process<S>
    private let world: World<S>

    init(_ process: Process<S>, _ world: World<S>) {
        self.process = process
        self.world = world
    }

    func take() async throws(LogError) -> Bool {
        try await world.call(of: process)
        let holder = process.site.lease.holder
        guard holder == nil || holder == process.number else { return false }
        process.site.lease.holder = process.number
        return true
    }

    func beat() async throws(LogError) {
        try await world.call(of: process)
        process.site.lease.beats += 1
    }

    func beats() async throws(LogError) -> UInt64 {
        try await world.call(of: process)
        return process.site.lease.beats
    }

    /// Ends the other's session at the database: what it has in flight is not answered any more.
    func clear() async throws(LogError) {
        try await world.call(of: process)
        guard let holder = process.site.lease.holder, holder != process.number else { return }
        process.site.lease.holder = nil
        guard let other = process.site.processes.first(where: { $0.number == holder }) else {
            return
        }
        world.cleared(other)
        other.log?.disconnect()
    }

    func close() async {}
}
