import Chain
import Engine
import Node
import Saga
import Wire

// What must become of a writer's lease: a standby has it soon after the writer stalls, and never
// while the writer is well.
extension World {
    /// Seconds within which a standby that is well notices a writer that has stalled, beyond the
    /// timeout: it looks twice a second, and folds what the log got meanwhile.
    private static var noticedWithin: Int64 { 5 * .second }

    /// Stalls one writer when nothing else happens any more, and sends it no request when it wakes
    /// up: it has to find out by itself.
    func tryStandby() {
        standbysAreTried = false
        let writers = sites.filter { $0.processes.count > 1 }.compactMap(\.writer)
        guard !writers.isEmpty else { return }
        let tooLong = settings.heartbeatTimeout.microseconds + Self.noticedWithin
        pause(
            dice.pick(writers), for: (tooLong + .second)...(tooLong + 5 * .second), isAsked: false)
    }

    /// Objects if a writer that stalls now keeps its lease for much longer than the timeout,
    /// although a standby that is well waits all the time.
    func watchStandby(of writer: Process<S>) {
        let site = writer.site
        guard site.writer === writer, faults.logUnavailable == 0,
            let standby = site.processes.first(where: { $0 !== writer }), isWaiting(standby)
        else { return }
        let wokeAt = (writer.wokeAt, standby.wokeAt)
        plan(after: settings.heartbeatTimeout.microseconds + Self.noticedWithin) {
            guard writer.isAlive, writer.isPaused, site.writer === writer,
                self.isWaiting(standby), (writer.wokeAt, standby.wokeAt) == wokeAt
            else { return }
            self.fail(
                Violation(
                    "Survival", "\(site.name)'s writer has stalled, and its standby stands by"))
        }
    }

    /// Whether a process is a standby that is well, and has had the time to read the log.
    private func isWaiting(_ standby: Process<S>) -> Bool {
        standby.isAlive && !standby.isPaused && !standby.isShuttingDown
            && standby.tookOverAt == nil && timeline.now - standby.startedAt > 10 * .second
    }

    /// A standby has ended the lease holder's session. Once all is calm, only a stalled holder's:
    /// before, its heartbeat may have stopped because it could not reach the database.
    func cleared(_ holder: Process<S>) {
        guard let calmSince, timeline.now - calmSince > 15 * .second,
            holder.isAlive, !holder.isPaused,
            holder.wokeAt.map({ timeline.now - $0 > 10 * .second }) ?? true
        else { return }
        let name = holder.site.name
        fail(Violation("Survival", "\(name)'s writer is well, and its standby ended its session"))
    }
}
