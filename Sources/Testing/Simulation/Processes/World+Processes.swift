import Chain
import Engine
import EventLog
import HistoryFile
import Logging
import Node
import Saga
import ServiceLifecycleTestKit
import Wire

// Processes of banks: started, killed, stopped, and started again as any supervisor would.
extension World {
    func startProcess(of site: Site<S>) {
        guard !site.isRestoring, site.processes.count < (hasStandbys ? 2 : 1) else { return }
        let process = makeProcess(of: site, historyFile(of: site))
        var parts = parts(of: process)
        parts.settings.standsBy = hasStandbys
        parts.lease = SimulatedLease(process, self)
        parts.ask = { [weak self, weak process] step, stop in
            guard let self, let process, process.isAlive else { return }
            observe(.asked(node: site.index, step))
            if stop { countDeadline(of: step, site) }
            askForConsent(step, site.index, stop: stop)
        }
        let node = Node(parts)
        process.node = node
        site.processes.append(process)
        process.start { [weak self, weak process] in
            let error = await testGracefulShutdown { trigger in
                process?.shutDown = { trigger.triggerGracefulShutdown() }
                do {
                    try await node.run()
                    return nil as (any Error)?
                } catch {
                    return error
                }
            }
            if let process { self?.ended(process, error) }
        }
    }

    func makeProcess(of site: Site<S>, _ history: HistoryFile) -> Process<S> {
        Process<S>(site, number: processesMade, makeProcessor(), history, at: timeline.now)
    }

    /// The history file of the next process: as the one before left it, or as a disk may have it
    /// that lost all, or the end, or has something else at some places.
    private func historyFile(of site: Site<S>) -> HistoryFile {
        var bytes = site.takeHistoryDisk()
        guard !bytes.isEmpty, dice.chance(faults.historyLost) else {
            return HistoryFile(inMemory: bytes)
        }
        count(\.historiesLost)
        switch dice.index(below: 3) {
        case 0: bytes = []
        case 1: bytes.removeLast(dice.index(below: bytes.count))
        default:
            for _ in 0..<dice.number(1...12) {
                bytes[dice.index(below: bytes.count)] ^= UInt8(dice.number(1...255))
            }
        }
        return HistoryFile(inMemory: bytes)
    }

    /// What a process is made of, whatever it is there for.
    func parts(of process: Process<S>) -> Node<P>.Parts {
        let site = process.site
        let log = SimulatedLog(process, self)
        process.log = log
        var parts = Node<P>.Parts(
            configuration: site.configuration, participant: scenario.participant(of: site.name),
            log: log, history: process.history, bus: BusConnection(process, self),
            key: site.keys.current, peerKeys: [hostile.name: hostile.key.publicKey],
            peersAddedBy: .simulated,
            logger: Logger(label: "giro", factory: { _ in SwiftLogNoOpLogHandler() }))
        parts.formerKeys = site.keys.former.map { [$0] } ?? []
        parts.keyRotatedBy = .simulated
        parts.retiredKeys = site.keys.retiredKeys
        parts.settings = settings
        parts.clock = clock(of: process)
        for other in sites where site.configuration.peers.contains(other.name) {
            parts.peerKeys[other.name] = other.keys.first
        }
        return parts
    }

    private func clock(of process: Process<S>) -> NodeClock {
        let site = process.site
        return NodeClock(
            now: { [unowned self] in site.clock(at: timeline.now) },
            sinceBoot: { [unowned self] in .microseconds(timeline.now) },
            sleep: { [weak self, weak process] duration in
                guard let self, let process else { throw CancellationError() }
                try await process.sleep(duration, in: self)
            })
    }

    /// SIGTERM: it has to end, and another one is started.
    func shutDown(_ process: Process<S>) {
        count(\.shutdowns)
        process.isShuttingDown = true
        process.shutDown?()
        plan(after: 60 * .second) {
            let isThere = process.site.processes.contains { $0 === process }
            guard isThere, !process.processor.isPaused else { return }
            self.fail(Violation("Survival", "\(process.site.name) did not end when told to"))
        }
    }

    /// SIGKILL.
    func kill(_ process: Process<S>) {
        guard process.isAlive else { return }
        remove(process)
        process.kill()
    }

    private func remove(_ process: Process<S>) {
        let site = process.site
        site.keepHistory(of: process)
        site.processes.removeAll { $0 === process }
        if site.lease.holder == process.number { site.lease.holder = nil }
    }

    /// Takes the process's life, or not, as the dice say.
    func mayCrash(_ process: Process<S>) {
        guard process.isAlive, dice.chance(faults.crash) else { return }
        count(\.crashes)
        crash(process)
    }

    func crash(_ process: Process<S>) {
        kill(process)
        let site = process.site
        plan(after: dice.number(50 * .millisecond...8 * .second)) { self.startProcess(of: site) }
    }

    /// A process ended, because it was asked to, or by itself. It should if it is fenced or faces a
    /// rewound log; ending with any other error is a violation.
    private func ended(_ process: Process<S>, _ error: (any Error)?) {
        guard process.isAlive else { return }
        remove(process)
        process.letGo()
        let site = process.site
        switch error {
        case let error as LogError
        where error.code == .fenced
            && (hasStandbys || site.disk.isRewound):
            count(\.fenced)
            plan(after: dice.number(100 * .millisecond...2 * .second)) {
                self.startProcess(of: site)
            }
        case let error as LogError where error.code == .rewound && site.disk.isRewound:
            count(\.rewindsFound)
            for other in site.processes { kill(other) }
            if !site.isRestoring { restore(site) }
        case nil where process.isShuttingDown:
            plan(after: dice.number(0...3 * .second)) { self.startProcess(of: site) }
        default:
            fail(
                Violation(
                    "Survival",
                    "\(site.name) ended by itself: \(error.map { "\($0)" } ?? "untold")"))
        }
    }

    /// The operator does as the message says, until it is done.
    private func restore(_ site: Site<S>) {
        let process = makeProcess(of: site, HistoryFile(inMemory: []))
        site.restorer = process
        let restoration = Restoration(
            node: site.name, log: SimulatedLog(process, self), bus: BusConnection(process, self),
            keys: site.keys.ring)
        process.start { [weak self, weak process] in
            let report = try? await restoration.run()
            if let process, site.restorer === process { self?.restored(site, report) }
        }
    }

    private func restored(_ site: Site<S>, _ report: Restoration.Report?) {
        guard report != nil else {
            return plan(after: 2 * .second) { self.restore(site) }
        }
        site.restorer = nil
        site.disk.isRewound = false
        startProcess(of: site)
        if hasStandbys { startProcess(of: site) }
    }
}
