import Chain
import Engine
import EventLog
import Links
import MessageBus
import Saga
import Wire

/// How many records attackers remember.
private let overheardMax = 1_000

// The records that an attacker puts between peers: everything that can be made of what was ever
// shown, by anybody to anybody, and what keys sign that no longer count, or never did.
extension World {
    /// Attackers read every topic.
    func overhear(_ record: Record, on topic: String) {
        guard faults.stranger > 0 else { return }
        if overheard.count < overheardMax {
            overheard.append((record, topic))
        } else {
            overheard[dice.index(below: overheardMax)] = (record, topic)
        }
    }

    /// Some records, at any moment of the next second.
    func writeBetweenPeers() {
        for _ in 0..<dice.number(1...5) {
            plan(after: dice.number(0...(.second))) { self.writeRecord() }
        }
    }

    /// Before a record that a bank is showing: almost the same one.
    func mayIntrude(before record: Record, on topic: String) {
        guard dice.chance(faults.stranger / 10), let altered = altered(record) else { return }
        intrude(altered, on: topic)
    }

    private func intrude(_ record: Record, on topic: String) {
        guard phase <= .working else { return }
        count(\.strangers)
        arrive(record, at: topic)
    }

    private func writeRecord() {
        let victim = dice.pick(sites)
        let peer = dice.chance(200) ? hostile.name : dice.pick(network.peers(of: victim.name))
        let topic = Topic.transfers(from: peer, to: victim.name).name
        if dice.chance(100) {
            return intrude(Record(key: [], headers: [], value: dice.hash().bytes), on: topic)
        }
        if dice.chance(250) {
            guard let forged = forged(to: victim) else { return }
            return intrude(forged.record, on: forged.topic)
        }
        guard !overheard.isEmpty else { return }
        let (record, place) = dice.pick(overheard)
        // Mostly where it was: elsewhere it says nothing at once.
        let target = dice.chance(200) ? topic : place
        guard !dice.chance(500) else { return intrude(record, on: target) }
        guard let altered = altered(record) else { return }
        intrude(altered, on: target)
    }

    // MARK: - Almost true

    /// A byte is another; something is cut out, or stands under another header, beside another
    /// content or under another number.
    private func altered(_ record: Record) -> Record? {
        guard let excerpt = try? Excerpt(decoding: record.value) else { return nil }
        if excerpt.commits.count > 1, dice.chance(500) { return Record(of: cut(excerpt)) }
        switch dice.index(below: 6) {
        case 0: return flipped(record)
        case 1: return Record(of: cut(excerpt))
        case 2: return Record(of: underOtherHeader(excerpt))
        case 3: return Record(of: otherwiseSigned(excerpt))
        case 4: return Record(of: withOtherContent(excerpt))
        default: return Record(of: renumbered(excerpt))
        }
    }

    private func flipped(_ record: Record) -> Record {
        var value = record.value
        value[dice.index(below: value.count)] ^= UInt8(dice.number(1...255))
        return Record(key: [], headers: [], value: value)
    }

    /// Without a commit, most often without the first one, which leaves the rest whole; or without
    /// an entry of the commit that has most.
    private func cut(_ excerpt: Excerpt) -> Excerpt? {
        var commits = excerpt.commits
        let counts = commits.map(\.entries.count)
        guard let most = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return nil }
        if commits.count > 1, dice.chance(900) {
            commits.remove(at: dice.chance(700) ? 0 : dice.index(below: commits.count))
        } else {
            var entries = commits[most].entries
            entries.remove(at: dice.index(below: entries.count))
            commits[most] = commits[most].with(entries)
        }
        return try? Excerpt(newest: excerpt.newest, previous: excerpt.previous, commits: commits)
    }

    /// The same entries, as if a header of another record vouched for them.
    private func underOtherHeader(_ excerpt: Excerpt) -> Excerpt? {
        guard let other = otherExcerpt(than: excerpt),
            let own = try? ListedHeader(excerpt.newest.signed.bytes)
        else { return nil }
        let commits = excerpt.commits.map { commit in
            CommitExcerpt(
                listed: commit.listed ?? own, path: commit.path, entries: commit.entries,
                proof: commit.proof)
        }
        return try? Excerpt(newest: other.newest, previous: other.previous, commits: commits)
    }

    /// The header under the signature of another one.
    private func otherwiseSigned(_ excerpt: Excerpt) -> Excerpt? {
        guard let other = otherExcerpt(than: excerpt),
            let newest = try? WitnessedHeader(
                SignedHeader(
                    bytes: excerpt.newest.signed.bytes,
                    signature: other.newest.signed.signature))
        else { return nil }
        return try? Excerpt(
            newest: newest, previous: excerpt.previous, commits: excerpt.commits)
    }

    private func withOtherContent(_ excerpt: Excerpt) -> Excerpt? {
        guard let other = otherExcerpt(than: excerpt),
            let content = other.entries.first(where: { !$0.content.isEmpty })?.content
        else { return nil }
        return changed(excerpt) { entry in
            guard !entry.content.isEmpty else { return nil }
            return try? ShownEntry(
                position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
                shown: entry.shown, content: content)
        }
    }

    /// The last entry says that it is the one after.
    private func renumbered(_ excerpt: Excerpt) -> Excerpt? {
        changed(excerpt) { entry in
            guard let number = entry.says.number, number == excerpt.numbers.last,
                case .step(let bytes) = entry.says.what
            else { return nil }
            let says = Shown(
                to: entry.says.peer, number: number + 1, .step(bytes),
                contentHash: entry.says.contentHash)
            return try? ShownEntry(
                position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
                shown: says.encoded(), content: entry.content)
        }
    }

    /// - Parameter change: `nil` leaves an entry as it is.
    private func changed(
        _ excerpt: Excerpt, _ change: (ShownEntry) -> ShownEntry?
    ) -> Excerpt? {
        try? Excerpt(
            newest: excerpt.newest, previous: excerpt.previous,
            commits: excerpt.commits.map { commit in
                commit.with(commit.entries.map { change($0) ?? $0 })
            })
    }

    /// A record of the same node's, any that is remembered.
    private func otherExcerpt(than excerpt: Excerpt) -> Excerpt? {
        for _ in 0..<4 where !overheard.isEmpty {
            guard let other = try? Excerpt(decoding: dice.pick(overheard).record.value),
                other.newest.header.node == excerpt.newest.header.node,
                other.newest != excerpt.newest
            else { continue }
            return other
        }
        return nil
    }
}

// MARK: - Forgeries

extension World {
    /// What would do most harm, if only the key counted: the answer that a step waits for, or a
    /// request out of nothing, in the peer's own log behind its end.
    private func forged(to victim: Site<S>) -> (record: Record, topic: String)? {
        let name = victim.name
        guard let liar = network.index(of: dice.pick(network.peers(of: name))),
            let link = truth.states[victim.index].links[network.names[liar]],
            let time = sites[liar].disk.log.newestCommit?.header.time,
            !sites[liar].disk.isRewound,
            let stranger = SigningKey(rawBytes: Array(repeating: 255, count: 32))
        else { return nil }
        let (peer, addressee) = (link.peer, Addressee(name, number: link.next))
        let keys = sites[liar].keys.retired(before: link.key) + [stranger]
        var log = PlainLog(of: peer, after: sites[liar].disk.log.end, histories[liar])
        let (saga, parts) = harm(to: victim, by: peer, addressee)
        let commit = log.append([(saga, parts)], at: time, dice.pick(keys))
        // Half of them name the key that counts.
        var header = commit.header
        if dice.chance(500) { header.keyID = link.key.keyID }
        let signed = SignedHeader(bytes: header.encoded(), signature: commit.signature)
        let made = log.excerpt(
            for: name, from: link.next, naming: link.newest?.name, under: signed)
        guard let excerpt = made else { return nil }
        return (Record(of: excerpt), Topic.transfers(from: peer, to: name).name)
    }

    private func harm(
        to victim: Site<S>, by peer: NodeName, _ addressee: Addressee
    ) -> (CommandID, EntryParts) {
        let open = step(of: victim.index) { $0.state == .reserved && $0.next == peer }
        guard let (saga, _, step) = open else {
            let event = Event<P.Fact>.abandonRequested(
                AbandonRequested(
                    step: StepID(saga: dice.sagaID(), number: 0), next: victim.name,
                    principal: nil))
            return (event.saga ?? dice.commandID(), Event.encode(event, to: addressee, for: P.self))
        }
        let event = Event<P.Fact>.stepDecided(
            .answer(
                StepID(saga: saga, number: step.number + 1), to: victim.name,
                dice.chance(500) ? .confirmed : .cancelled))
        return (saga.command, Event.encode(event, to: addressee, for: P.self))
    }
}

extension Record {
    /// As only what is in it counts.
    init(of excerpt: Excerpt) {
        self.init(key: [], headers: [], value: excerpt.encoded())
    }

    fileprivate init?(of excerpt: Excerpt?) {
        guard let excerpt else { return nil }
        self.init(of: excerpt)
    }
}

extension CommitExcerpt {
    /// The same with other entries.
    fileprivate func with(_ entries: [ShownEntry]) -> CommitExcerpt {
        CommitExcerpt(listed: listed, path: path, entries: entries, proof: proof)
    }
}

extension StepDecided {
    /// How a step ended, for the owner of the step before.
    static func answer(
        _ step: StepID, to receiver: NodeName, _ state: StepState, _ refusal: Refusal = .unspecified
    ) -> StepDecided {
        StepDecided(
            step: step, state: state, refusal: state == .cancelled ? refusal : nil,
            previous: receiver, next: nil)
    }
}
