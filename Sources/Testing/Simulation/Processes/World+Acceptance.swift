import Chain
import Engine
import HistoryFile
import Node
import Saga
import Wire

// Two approvers accept a clock that is right, where the log was written while it was ahead.
extension World {
    /// The clock was set right, and the operator starts the bank again: or has the clock accepted
    /// first, where the bank would wait until time has come as far as its log.
    func resume(_ site: Site<S>) {
        let isFrozen = site.isBehind(truth.states[site.index].time, at: timeline.now)
        guard isFrozen, !site.hasJumped, !site.isRestoring, !site.disk.isRewound, dice.chance(600)
        else { return restart(site) }
        for process in site.processes { kill(process) }
        let process = makeProcess(of: site, HistoryFile(inMemory: []))
        site.restorer = process
        let parts = parts(of: process)
        let restoration = Restoration(
            node: site.name, log: parts.log, bus: parts.bus, keys: site.keys.ring)
        process.start { [weak self, weak process] in
            _ = try? await restoration.acceptClock(
                parts, by: .simulated, approvers: ["ada", "grace"])
            guard let self, let process, site.restorer === process else { return }
            process.letGo()
            site.restorer = nil
            restart(site)
        }
    }
}
