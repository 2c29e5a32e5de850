import Chain
import Engine
import MessageBus
import Node
import Saga
import Wire

/// A network of banks in one thread: the timeline says what happens next, the dice say what goes
/// wrong, the checkers look at every observation.
///
/// Deterministic: nothing here reads a clock or iterates over a hash table. Confined to the thread
/// that made it, which is why it needs no lock: each ``Processor`` traps when it is not so.
final class World<S: Scenario>: @unchecked Sendable {
    typealias P = S.Participant

    let scenario: S
    let workload: Workload
    let network: Network
    let sites: [Site<S>]
    let truth: Truth<P>
    /// How big batches, snapshots and so on are.
    let settings: NodeSettings
    /// How many times slower than usual disks and broker are: the slower, the more comes meanwhile,
    /// and the bigger are batches.
    let slowness: Int64
    /// How much a process is given at most when it reads its log or a topic.
    let pageMax: Int
    /// Whether each bank has a standby.
    let hasStandbys: Bool
    var faults: Faults
    var dice: Dice
    var timeline = Timeline()
    var broker = Broker()
    var clients: Clients<P>
    var counts = Counts()
    var coverage = Coverage()
    var phase = Phase.preparing
    /// A peer of all sites that keeps no rule.
    var hostile = Hostile()
    /// By site, the history of its durable log: attackers have read it.
    var histories: [HistoryNodes]
    /// Some of the records that peers were ever shown: what can be shown again.
    var overheard: [(record: Record, topic: String)] = []
    /// Whether the hostile peer is still to contradict itself when all else is at rest.
    var hostileIsTried: Bool
    /// Whether links are still to be watched for as long as a relay may pause, when all else is at
    /// rest; and when it was for the first time.
    var silenceIsTried: Bool
    var restingSince: Int64?
    /// The newest record that a bank showed another, and when.
    var newestShown: (by: NodeName, at: Int64)?
    /// Records on their way.
    var inTransit = 0
    /// How long clients have worked, and how long all has been calm since.
    var workedSeconds: Int64 = 0
    var calmSeconds: Int64 = 0
    /// Whether all memories have been looked at when all had ended, and how many looks are awaited.
    var memoriesChecked = false
    var memoriesAwaited = 0
    /// When all began to be calm.
    var calmSince: Int64?
    /// Whether a writer is still to be stalled once when all else is at rest.
    var standbysAreTried: Bool
    /// Records that arrive when all else has ended.
    var belated: [(record: Record, topic: String)] = []
    /// The first claim that did not hold: the run ends with it.
    private(set) var violation: Violation?
    private(set) var isOver = false
    private(set) var processesMade = 0
    private var ready: [Processor] = []
    private var checkers: [any Checker<P>]

    init(_ simulation: Simulation<S>) {
        scenario = simulation.scenario
        workload = simulation.workload
        faults = simulation.faults
        var dice = Dice(seed: simulation.seed)
        let count = workload.nodes ?? 2 + dice.pick([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 5])
        network = .some(of: count, &dice)
        let limits = Self.limits(&dice)
        sites = Self.sites(network, hostile: hostile.name, limits)
        histories = network.names.map { _ in HistoryNodes() }
        settings = Self.settings(workload, &dice)
        slowness = dice.pick([1, 1, 1, 8, 30])
        // Many small pages of a slow disk would take longer than anybody waits.
        pageMax = dice.pick(slowness == 1 ? [3, 20, 5_000] : [50, 5_000])
        hasStandbys = dice.chance(400)
        silenceIsTried = dice.chance(300)
        truth = Truth(
            network.names.map { ($0, simulation.scenario.participant(of: $0)) },
            hostile: hostile.name)
        clients = Clients(network: network, seed: simulation.seed)
        checkers =
            protocolCheckers(nodes: count, limits) + scenario.checkers(in: network)
        hostileIsTried = faults.lie > 0
        standbysAreTried = faults.pause > 0 && hasStandbys
        self.dice = dice
    }

    /// Runs until all sagas have ended and all questions are answered, or a claim does not hold.
    func run() {
        broker.storage.create(
            sites.flatMap { site in
                [Topic.journal(of: site.name)]
                    + site.peers.map { Topic.transfers(from: $0, to: site.name) }
                    + [Topic.transfers(from: site.name, to: hostile.name)]
            })
        for site in sites {
            startProcess(of: site)
            if hasStandbys { startProcess(of: site) }
        }
        prepare()
        plan(after: .second) { self.secondPassed() }
        goOn()
        if violation == nil { auditLogs() }
        if violation == nil { auditJournals() }
        if violation == nil { observe(.ended) }
        endTasks()
    }

    /// What still runs is run to its end, so that nothing leaks.
    private func endTasks() {
        for site in sites {
            for process in site.processes { process.kill() }
            site.restorer?.kill()
            (site.processes, site.restorer) = ([], nil)
        }
        while true {
            while runOneJob() {}
            let awaited = timeline.clear()
            if awaited.isEmpty { break }
            for happen in awaited { happen() }
        }
    }

    /// Lets things happen until the run is over.
    private func goOn() {
        while !isOver {
            guard !runOneJob() else { continue }
            guard let happen = timeline.next() else { return }
            happen()
        }
    }

    /// - Returns: `false` if there was none.
    private func runOneJob() -> Bool {
        guard let processor = nextReady() else { return false }
        let count = processor.jobCount
        processor.run(job: count == 1 ? 0 : dice.index(below: count))
        return true
    }

    private func nextReady() -> Processor? {
        while !ready.isEmpty {
            let index = ready.count == 1 ? 0 : dice.index(below: ready.count)
            let processor = ready[index]
            if processor.jobCount > 0 { return processor }
            processor.isListed = false
            ready.swapAt(index, ready.count - 1)
            ready.removeLast()
        }
        return nil
    }

    func makeProcessor() -> Processor {
        processesMade += 1
        return Processor { [unowned self] processor in
            guard !processor.isListed else { return }
            processor.isListed = true
            ready.append(processor)
        }
    }

    func plan(
        after microseconds: Int64, isAwaited: Bool = false, _ happen: @escaping () -> Void
    ) {
        timeline.plan(after: microseconds, isAwaited: isAwaited, happen)
    }

    func observe(_ observation: @autoclosure () -> Observation<P>) {
        guard violation == nil else { return }
        let observation = observation()
        for index in checkers.indices {
            do throws(Violation) {
                try checkers[index].observe(observation, truth)
            } catch {
                return fail(error)
            }
        }
    }

    func fail(_ violation: Violation) {
        if self.violation == nil { self.violation = violation }
        isOver = true
    }

    func end() {
        isOver = true
    }

    func count(_ what: WritableKeyPath<Counts, Int>) {
        counts[keyPath: what] += 1
    }
}

/// How far a run has come.
enum Phase: Comparable {
    /// Operators prepare the banks; nothing goes wrong yet.
    case preparing
    /// Clients want things, and everything goes wrong.
    case working
    /// Faults and clients have stopped: all sagas have to end.
    case calm
    /// All has ended, a year has passed, and clients retry.
    case aYearLater
}
