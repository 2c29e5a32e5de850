import Chain
import Engine
import EventLog
import MessageBus
import Node
import Saga
import Wire

// What befalls the network from outside, second by second.
extension World {
    func strike() {
        if dice.chance(faults.wipe) { wipe() }
        if dice.chance(faults.brokerDown) { stopBroker() }
        if dice.chance(faults.pause) { pauseSomebody() }
        if dice.chance(faults.leaseLost) { loseLease() }
        if dice.chance(faults.shutdown) { shutSomebodyDown() }
        if dice.chance(faults.keyRotated) { rotateKey() }
        if dice.chance(faults.clockSet) { setClock() }
        if dice.chance(faults.clockJump) { letClockJump() }
        if dice.chance(faults.rewind) { rewind() }
        if dice.chance(faults.lie) { lie() }
        if dice.chance(faults.expired) { letExpire() }
        if dice.chance(faults.stranger) { writeToJournal() }
        if dice.chance(faults.stranger) { writeBetweenPeers() }
        if dice.chance(faults.intakeStopped) { stopIntake() }
    }

    /// Empties all topics, unless a rewound log can only be found out by what they hold.
    private func wipe() {
        guard !sites.contains(where: { $0.disk.isRewound || $0.isRestoring }) else { return }
        count(\.wipes)
        for site in sites { site.journaledUpTo = .start }
        broker.wipe(silently: dice.chance(300))
        observe(.wiped)
        // Faults often coincide: a process that starts again finds an emptied journal before a long
        // log, and an inbox that has grown beyond the place where it was read.
        for site in sites where faults.crash > 0 && dice.chance(400) {
            guard let writer = site.writer else { continue }
            count(\.crashes)
            crash(writer)
        }
    }

    private func stopBroker() {
        guard !broker.isDown else { return }
        count(\.brokerStops)
        broker.stop()
        plan(after: dice.number(.second...(10 * .second))) { self.broker.start() }
    }

    /// SIGSTOP, and SIGCONT later: for a writer with a standby often too late.
    private func pauseSomebody() {
        let processes = sites.flatMap(\.processes).filter { !$0.processor.isPaused }
        let writers = processes.filter { $0.site.writer === $0 }
        if hasStandbys, !writers.isEmpty, dice.chance(500) {
            let tooLong = settings.heartbeatTimeout.microseconds + .second
            pause(dice.pick(writers), for: tooLong...(tooLong + 10 * .second))
        } else if !processes.isEmpty {
            pause(dice.pick(processes), for: 100 * .millisecond...(15 * .second))
        }
    }

    /// - Parameter isAsked: Whether it still gets requests when it wakes up, whichever process has
    ///   the log by then.
    func pause(_ process: Process<S>, for time: ClosedRange<Int64>, isAsked: Bool = true) {
        count(\.pauses)
        process.pause()
        watchStandby(of: process)
        plan(after: dice.number(time)) {
            process.wake(at: self.timeline.now)
            guard isAsked else { return }
            // Some at once, before the process has had the time to find out.
            for _ in 0..<6 {
                let latest = self.dice.chance(500) ? 2 * .second : 50 * .millisecond
                self.plan(after: self.dice.number(0...latest)) { self.look(process) }
            }
        }
    }

    /// The database ends the session that holds it, and no other: the writer takes the lease again,
    /// or a standby is faster, and then both write until one of them is fenced.
    private func loseLease() {
        let taken = sites.filter { $0.lease.holder != nil }
        guard !taken.isEmpty else { return }
        count(\.leasesLost)
        dice.pick(taken).lease.holder = nil
    }

    private func shutSomebodyDown() {
        let processes = sites.flatMap(\.processes).filter {
            !$0.processor.isPaused && !$0.isShuttingDown && $0.shutDown != nil
        }
        if !processes.isEmpty { shutDown(dice.pick(processes)) }
    }

    /// As the operator does it: the next process hands the log over to the new key, and then the
    /// former one is deleted. Peers learn of it from the log.
    private func rotateKey() {
        let site = dice.pick(sites)
        guard !site.keys.areChanging, site.keys.count < 3 else { return }
        count(\.keysRotated)
        site.rotate(to: Self.key(of: site.index, number: site.keys.count))
        restart(site)
        retireFormerKey(of: site)
    }

    private func retireFormerKey(of site: Site<S>) {
        plan(after: dice.number(.second...10 * .second)) {
            guard !site.retireFormerKey() else { return }
            self.retireFormerKey(of: site)
        }
    }

    private func setClock() {
        count(\.clocksSet)
        let site = dice.pick(sites)
        guard !site.hasJumped else { return }
        let change = dice.chance(300) ? -dice.number(0...5_000) : dice.number(0...20_000)
        // Within what peers tolerate of each other.
        let offset = min(max(site.clockOffset + change, -10_000), 90_000)
        site.moveClock(by: offset - site.clockOffset, at: timeline.now)
    }

    /// More than a node lets pass: it waits until the clock is right again. A process that was
    /// started under the wrong one takes the right one for wrong, so the operator does as the alarm
    /// says.
    private func letClockJump() {
        let site = dice.pick(sites)
        guard !site.hasJumped, site.jumpWhenReopened == nil else { return }
        count(\.clockJumps)
        let change = dice.number(70_000...400_000) * (dice.chance(500) ? 1 : -1)
        // Maybe the log is just being opened again, or a process started.
        guard dice.chance(700), let log = site.writer?.log else { return jump(site, by: change) }
        site.jumpWhenReopened = change
        log.disconnect()
        plan(after: dice.number(0...4 * .second)) { self.jumpIfDue(site) }
    }

    /// The log of `site` was just taken over, or was not for too long.
    func jumpIfDue(_ site: Site<S>) {
        guard let change = site.jumpWhenReopened else { return }
        site.jumpWhenReopened = nil
        jump(site, by: change)
    }

    private func jump(_ site: Site<S>, by change: Int64) {
        site.moveClock(by: change, at: timeline.now)
        // Who starts now takes the clock for right, and leaves a log that ends in the future.
        if dice.chance(300) { plan(after: 0) { self.restart(site) } }
        setRight(site, by: -change)
    }

    private func setRight(_ site: Site<S>, by change: Int64) {
        plan(after: dice.number(2 * .second...(30 * .second))) {
            site.moveClock(by: change, at: self.timeline.now)
            self.plan(after: 2 * .second) { self.resume(site) }
        }
    }

    func restart(_ site: Site<S>) {
        for process in site.processes { kill(process) }
        startProcess(of: site)
        if hasStandbys { startProcess(of: site) }
    }

    /// A disk is lost, or comes back as an old backup. Its journal must be complete, since what it
    /// lacks would be lost with the disk.
    private func rewind() {
        let site = dice.pick(sites)
        let disk = site.disk
        let isUnderway = dice.chance(500)
        let backup = isUnderway ? disk.recentBackup : disk.backup
        guard !site.isRestoring, !disk.isRewound,
            backup.head.position < disk.log.head.position, isJournalWhole(of: site)
        else { return }
        count(\.rewinds)
        // A process that continues has to find it out from its own memory, once its connection is
        // back.
        for process in site.processes {
            if isUnderway { process.log?.disconnect() } else { kill(process) }
        }
        site.disk.log = !isUnderway && dice.chance(300) ? LogStorage() : backup
        site.disk.isRewound = true
        guard !isUnderway else { return }
        plan(after: dice.number(.second...(3 * .second))) {
            self.restart(site)
        }
    }
}
