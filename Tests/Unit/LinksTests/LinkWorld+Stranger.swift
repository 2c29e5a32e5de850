import Chain
import Links
import Randomness
import Saga

extension LinkWorld {
    /// A stranger shows anything that can be built of what was ever durable: any entries, under any
    /// header that has them, of any timeline, naming any header, whole or cut.
    mutating func stranger(to me: Int) throws {
        let sender = parties[1 - me]
        let inbox = parties[me].inbox
        guard let log = sender.histories.randomElement(using: &random), log.count > 0 else {
            return
        }
        // The newest, or one that names a key, more often than others: they say something.
        var under = Int.random(in: 1...log.count, using: &random)
        if Bool.random(using: &random) { under = log.count }
        let entries = log.prefix(under).entries
        let next = inbox.next
        let first = [next, next, next + 1, next > 1 ? next - 1 : next].randomElement(using: &random)
        var shown = entries.filter { entry in
            guard let number = entry.says.number, let first else { return false }
            return number >= first && number < first + 3
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            shown = entries.filter { entry in
                switch entry.says.what {
                case .accepted, .timeline, .key: true
                default: false
                }
            }
        }
        if Bool.random(using: &random) {
            shown = Array(shown.prefix(Int.random(in: 0...2, using: &random)))
        }
        // An excerpt without one in between is proved as well as the whole.
        if shown.count > 2, Bool.random(using: &random) { shown.remove(at: 1) }
        if Bool.random(using: &random) || shown.isEmpty {
            let reads = entries.filter { $0.says.number == nil }
            if let read = reads.randomElement(using: &random) { shown.append(read) }
        }
        guard !shown.isEmpty else { return }
        shown.sort { $0.position < $1.position }
        var named = inbox.newest?.name
        if Int.random(in: 0..<4, using: &random) == 0 {
            named = log.commits.prefix(under).randomElement(using: &random)?.header.name
        }
        if let name = named, !log.prefix(under).holds(name) { named = nil }
        let made = try log.excerpt(of: shown, under: under, naming: named)
        try receive(me, try cut(made.excerpt))
    }

    /// Sometimes an entry or a content is missing.
    private mutating func cut(_ excerpt: Excerpt) throws -> Excerpt {
        guard Int.random(in: 0..<6, using: &random) == 0 else { return excerpt }
        var commits = excerpt.commits
        let place = Int.random(in: commits.indices, using: &random)
        let commit = commits[place]
        var entries = commit.entries
        let entry = entries.removeFirst()
        if entries.isEmpty || Bool.random(using: &random) {
            entries.insert(
                try ShownEntry(
                    position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
                    shown: entry.shown, content: []), at: 0)
        }
        commits[place] = CommitExcerpt(
            listed: commit.listed, path: commit.path, entries: entries, proof: commit.proof)
        return try Excerpt(newest: excerpt.newest, previous: excerpt.previous, commits: commits)
    }

    /// A stranger has every key that the receiver's disk, or people since, have retired, and signs
    /// with it what the receiver waits for.
    mutating func forger(to me: Int) throws {
        let (sender, reader) = (parties[1 - me], parties[me])
        let onDisk = reader.foldedInbox(of: reader.durableLog).key
        let known = [onDisk] + reader.ended.map { reader.foldedInbox(of: $0).key }
        let retired = sender.keys.firstIndex { key in
            known.contains { $0 == key.publicKey } && key.publicKey == newest(of: known, sender)
        }
        guard let retired, retired > 0,
            let key = sender.keys.prefix(retired).randomElement(using: &random)
        else { return }
        let logs = sender.histories.filter { log in
            reader.inbox.newest.map { log.holds($0.name) } ?? true
        }
        guard var log = logs.randomElement(using: &random) else { return }
        if let newest = reader.inbox.newest { log = log.prefix(Int(newest.header.number)) }
        var draft = Cast.step(reader.inbox.next, to: reader.name, size: 99)
        if let awaited = reader.inbox.awaited, let own = reader.timeline {
            let accepted = Accepted(
                TimelineName(number: own.number, fork: awaited.fork), own: nil)
            draft = Draft(shown: Shown(to: reader.name, number: 77, .accepted(accepted)))
        }
        try log.append([draft], by: key, timeline: log.newest?.header.timeline ?? 0)
        let forged = log.entries.suffix(1)
        let made = try log.excerpt(of: Array(forged), naming: reader.inbox.newest?.name)
        try receive(me, made.excerpt)
    }

    /// The newest of the sender's keys among those that are known.
    private func newest(of known: [PublicKey], _ sender: Party) -> PublicKey? {
        sender.keys.last { known.contains($0.publicKey) }?.publicKey
    }
}
