import Chain
import Engine
import EventLog
import Saga
import Wire

// What reaches a disk, shown to the checkers as it does.
extension World {
    /// Appends to the disk.
    ///
    /// A commit that the disk had before it was rewound comes from the journal: it must be the one
    /// that stood there.
    func append(
        _ commit: Commit, as writer: Epoch, to site: Site<S>
    ) -> Result<Void, LogError> {
        do throws(LogError) {
            try site.disk.log.append(commit, as: writer)
        } catch {
            return .failure(error)
        }
        if commit.header.last <= truth.states[site.index].position {
            observe(.restored(node: site.index, commit))
        } else {
            fold(commit, site)
        }
        if !site.disk.isRewound {
            if dice.chance(2) { site.disk.backup = site.disk.log }
            if dice.chance(150) { site.disk.recentBackup = site.disk.log }
        }
        return .success(())
    }

    private func fold(_ commit: Commit, _ site: Site<S>) {
        counts.commits += 1
        counts.entries += commit.entries.count
        let events: [Event<P.Fact>]
        do throws(WireError) {
            events = try commit.events(for: P.self)
        } catch {
            return fail(Violation("DenseLog", "\(site.name)'s log cannot be read: \(error)"))
        }
        for case .clockAccepted(let clock, _, _) in events {
            site.accepted(clock, after: truth.states[site.index].time)
        }
        observe(.appended(node: site.index, commit, events))
        countCells(events, site)
        do throws(FoldFault) {
            try truth.fold(commit, events, of: site.index)
        } catch {
            return fail(
                Violation(
                    "ReplayEqualsLive", "\(site.name) wrote what does not add up: \(error)",
                    saga: events.lazy.compactMap(\.saga).first))
        }
        histories[site.index].append(commit.hash)
        counts.count(events)
        coverage.count(events)
        observe(.folded(node: site.index, commit, events))
    }

    /// Each log as `giro verify` reads it: commit by commit, every signature.
    func auditLogs() {
        for site in sites {
            var chain = Chain(node: site.name, keys: site.keys.ring)
            do throws(ChainFault) {
                for commit in site.disk.log.commits(after: .start, entriesMax: .max) {
                    try chain.extend(with: commit)
                }
            } catch {
                return fail(Violation("DenseLog", "\(site.name)'s log: \(error)"))
            }
        }
    }

    func tookOver(_ process: Process<S>, _ head: Head) {
        process.tookOverAt = process.tookOverAt ?? timeline.now
        jumpIfDue(process.site)
        observe(.tookOver(node: process.site.index, process: process.number, head))
    }

    /// Starts from the snapshot, which has to result in the state that the whole log results in.
    func saved(_ snapshot: Snapshot, _ process: Process<S>) {
        let site = process.site
        counts.snapshots += 1
        // A rewound disk is behind the truth.
        guard !site.disk.isRewound else { return }
        do {
            var recovery = try Recovery<P>(
                node: site.name, snapshot: snapshot, keys: site.keys.ring)
            try recovery.fold(
                site.disk.log.commits(after: recovery.end.position, entriesMax: .max))
            observe(.recovered(node: site.index, recovery.state))
        } catch {
            fail(
                Violation("ReplayEqualsLive", "\(site.name)'s snapshot cannot be used: \(error)"))
        }
    }
}
