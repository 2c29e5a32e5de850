import Chain
import Engine
import MessageBus
import Node
import Saga
import Wire

// How a run goes from one phase to the next, second by second.
extension World {
    func secondPassed() {
        counts.seconds += 1
        resumeIntake()
        actHostile()
        switch phase {
        case .preparing: break
        case .working: work()
        case .calm: calmSecondPassed()
        case .aYearLater: if isAtRest { return end() } else { endIfTooLate() }
        }
        guard phase < .calm || calmSeconds <= workload.calmSecondsMax else { return }
        plan(after: .second) { self.secondPassed() }
    }

    private func work() {
        workedSeconds += 1
        if workedSeconds < workload.seconds { return strike() }
        guard clients.sagasLeft == 0 else { return }
        phase = .calm
        calmSince = timeline.now
        faults = .none
        if broker.isDown { broker.start() }
    }

    private func calmSecondPassed() {
        if isUnhindered { observe(.calmSecondPassed) }
        guard isAtRest else {
            restingSince = nil
            return endIfTooLate()
        }
        if standbysAreTried {
            tryStandby()
        } else if hostileIsTried {
            contradictAll()
        } else if !memoriesChecked {
            if hasRested() { checkMemories() }
        } else {
            wakeAfterAYear()
        }
    }

    /// Whether all nodes can work.
    private var isUnhindered: Bool {
        sites.allSatisfy { site in
            let end = truth.states[site.index].time
            let isClockRight = !site.hasJumped && !site.isBehind(end, at: timeline.now)
            return isClockRight && !site.disk.isRewound && site.writer?.isPaused == false
        }
    }

    private func endIfTooLate() {
        calmSeconds += 1
        deliverBelated()
        guard calmSeconds > workload.calmSecondsMax else { return }
        observe(.outOfTime(unrest))
        end()
    }

    /// Records that were in flight for hours arrive when everything else has ended.
    private func deliverBelated() {
        guard !belated.isEmpty, isQuiet else { return }
        for (record, topic) in belated { arrive(record, at: topic) }
        belated = []
    }

    /// All processes end; a year later they start again, and clients ask once more what became of
    /// their commands, or try another one under the same UUID.
    private func wakeAfterAYear() {
        phase = .aYearLater
        calmSeconds = 0
        for site in sites {
            for process in site.processes { kill(process) }
            site.moveClock(by: 365 * 24 * 3_600_000, at: timeline.now)
            startProcess(of: site)
        }
        let chance = min(300, 300_000 / max(clients.commands.count, 1))
        for index in clients.commands.indices where dice.chance(chance) { askAgain(index) }
    }

    /// With nothing in flight, memory is what the log says.
    private func checkMemories() {
        memoriesChecked = true
        let read: @Sendable (State<P>) -> any Sendable = { $0 }
        for site in sites {
            guard let node = site.writer?.node else { continue }
            memoriesAwaited += 1
            node.offer({ .read(read, $0) }) { [weak self] result in
                guard let self else { return }
                memoriesAwaited -= 1
                guard case .success(.value(let state as State<P>)) = result else { return }
                observe(.sawAll(node: site.index, state))
            }
        }
    }

    // MARK: Rest

    /// Nothing is in flight any more, and no caller waits.
    private var isAtRest: Bool { belated.isEmpty && isQuiet }

    private var isQuiet: Bool { unrest.isEmpty }

    /// What keeps the network from being at rest.
    private var unrest: String {
        if inTransit > 0 { return "\(inTransit) records are in transit" }
        if memoriesAwaited > 0 { return "\(memoriesAwaited) memories are not looked at" }
        if clients.waiting > 0 { return "\(clients.waiting) commands are not answered" }
        for site in sites {
            if let reason = unrest(of: site) { return "\(site.name) \(reason)" }
            for peer in site.peers where truth.untaken(of: peer, at: site.index) > 0 {
                return "\(site.name) has not taken all of \(peer)"
            }
        }
        return ""
    }

    private func unrest(of site: Site<S>) -> String? {
        let state = truth.states[site.index]
        guard state.openSagas == 0 else { return "has \(state.openSagas) open sagas" }
        guard state.stoppedPeers.isEmpty else { return "takes nothing new from a peer" }
        guard !site.disk.isRewound else { return "has a rewound disk" }
        guard let process = site.writer else { return "has no writer" }
        guard !site.processes.contains(where: \.isPaused) else { return "is paused" }
        guard process.log?.isIdle == true else { return "is appending" }
        guard process.node?.inputsWaiting == 0 else { return "has inputs that wait" }
        // Time has to pass until it hears its peers again.
        guard process.node?.conditions.contains(where: { $0.code == .clockNotTrusted }) == false
        else { return "does not trust its clock" }
        if let peer = site.peers.first(where: { !hasReadAll(from: $0, process) }) {
            return "has not read all of \(peer)"
        }
        // A process that was taken over from has to find out, even if it gets no requests.
        guard !site.processes.contains(where: { $0 !== process && $0.tookOverAt != nil }) else {
            return "has a process that does not know it was taken over from"
        }
        return site.journaledUpTo == state.position ? nil : "has entries that no journal holds"
    }

    private func hasReadAll(from peer: NodeName, _ process: Process<S>) -> Bool {
        let topic = Topic.transfers(from: peer, to: process.site.name).name
        guard let held = try? broker.storage.offsets(of: topic) else { return false }
        guard !held.isEmpty else { return true }
        // What a process before has taken is not handed to this one.
        let (newest, cursor) = (
            held.upperBound - 1, truth.states[process.site.index].inbox(of: peer)
        )
        guard cursor != newest else { return true }
        guard let handed = process.handed[peer] else { return cursor > newest }
        // A topic that was made again, and is just as long, looks to its reader as before: what it
        // did not read there, it is shown again.
        return handed.offset == newest
    }
}
