public import Chain
public import Saga

extension LinkInbox {
    /// Takes the entries of an excerpt that are next, or says why it takes none.
    ///
    /// What is cheap is compared first: both nodes, numbers, the header's name; then the signature,
    /// then the proofs. Exactly the next numbers are taken, up to the first that is missing, and
    /// the header with them. Of a record that was taken in part the rest can be taken later: its
    /// header is then the newest one taken, so it needs neither a name nor a signature again.
    ///
    /// - Parameters:
    ///   - excerpt: Anything that has the shape of one.
    ///   - entriesMax: How many entries are taken at most: 1 or more.
    ///   - given: The newest number that the own log has for the peer, durably.
    ///   - holds: Whether the own log has that commit, durably. Asked once at most.
    /// - Returns: The outcome. Its records are applied to this value already, and have to be in the
    ///   log's next commit; a crash before that takes both back.
    public mutating func take(
        _ excerpt: Excerpt, entriesMax: Int = .max, given: UInt64,
        holds: (HeaderName) -> Bool
    ) -> LinkOutcome {
        precondition(entriesMax >= 1, "a header is taken only together with an entry")
        let outcome = look(at: excerpt, entriesMax: entriesMax, given: given, holds: holds)
        switch outcome {
        case .taken(let taking): for record in taking.records { apply(record) }
        case .forked(let fork): apply(.suspended(.forked(fork)))
        case .denied(let denial): apply(.suspended(.denied(denial)))
        case .answered(let fork): apply(.accepted(fork.timeline.name))
        case .nothing(let reason): announce(excerpt, refusedFor: reason)
        case .heard: break
        }
        return outcome
    }

    private func look(
        at excerpt: Excerpt, entriesMax: Int, given: UInt64, holds: (HeaderName) -> Bool
    ) -> LinkOutcome {
        guard excerpt.newest.header.node == peer, excerpt.receiver == node else {
            return .nothing(.otherLink)
        }
        guard !excerpt.numbers.isEmpty else { return hear(excerpt) }
        if let outcome = lookAtFork(in: excerpt) { return outcome }
        guard suspension == nil else { return .nothing(.suspended) }
        let reason = awaited.map { notAccepted(excerpt, $0) } ?? notNext(excerpt)
        if let reason { return reason }
        if let reason = unproved(excerpt) { return .nothing(reason) }
        return takeOrDeny(excerpt, entriesMax: entriesMax, given: given, holds: holds)
    }

    // MARK: - What counts

    /// A `read` alone counts as an entry does, but it is no evidence of anything: a stranger can
    /// show an old one again. It is heard also before the peer has accepted the own new timeline:
    /// only so the relay learns where a peer stands that takes the timeline in its order.
    private func hear(_ excerpt: Excerpt) -> LinkOutcome {
        guard let read = excerpt.read?.read else { return .nothing(.empty) }
        guard suspension == nil else { return .nothing(.suspended) }
        guard awaited?.keyIsCompared ?? true else { return .nothing(.keyNotCompared) }
        guard !isOlderTimeline(excerpt) else { return .nothing(.olderTimeline) }
        if let reason = unproved(excerpt, by: [key] + announced) { return .nothing(reason) }
        return .heard(read)
    }

    /// Remembers a key that an entry names which cannot be taken yet: of several in one commit the
    /// last, which signs the next one.
    ///
    /// - Complexity: One signature and the proofs at most, however many keys the excerpt names;
    ///   nothing while the peer is suspended, or where they were checked before.
    private mutating func announce(
        _ excerpt: Excerpt, refusedFor reason: LinkOutcome.Reason
    ) {
        switch reason {
        case .otherLink, .badSignature, .badProof: return
        default: break
        }
        guard suspension == nil, awaited?.keyIsCompared ?? true,
            announced.count < Self.announcedMax, let new = excerpt.nextKey, new != key,
            !announced.contains(new), unproved(excerpt, by: [announced.last ?? key]) == nil
        else { return }
        announced.append(new)
    }

    /// More rotations than that before a peer takes the first are not helped.
    private static let announcedMax = 16

    private func isOlderTimeline(_ excerpt: Excerpt) -> Bool {
        excerpt.newest.header.timeline < timeline
    }

    /// The number of the peer's newest timeline that was taken or accepted.
    private var timeline: UInt64 { max(newest?.header.timeline ?? 0, accepted?.number ?? 0) }

    /// Why an excerpt does not continue what was taken; `nil` where it does.
    private func notNext(_ excerpt: Excerpt) -> LinkOutcome? {
        let numbers = excerpt.numbers
        guard numbers.last ?? 0 >= next else { return .nothing(.old) }
        guard numbers.contains(next) else { return .nothing(.gap) }
        guard !isOlderTimeline(excerpt) else { return .nothing(.olderTimeline) }
        guard let newest else { return excerpt.previous == nil ? nil : .nothing(.otherHeader) }
        guard !excerpt.continues(newest.name) else { return nil }
        guard contradicts(excerpt, newest), unproved(excerpt) == nil else {
            return .nothing(.otherHeader)
        }
        return .denied(.contradiction)
    }

    /// Whether the excerpt has another commit at the place of one that was taken, of one timeline.
    private func contradicts(_ excerpt: Excerpt, _ known: WitnessedHeader) -> Bool {
        let header = excerpt.newest
        guard header.header.timeline == known.header.timeline else { return false }
        if header.header.number == known.header.number { return header.hash != known.hash }
        guard let previous = excerpt.previous, previous.hash != known.hash else { return false }
        return header.hasInHistory(
            HeaderName(commit: known.header.number, hash: previous.hash), path: previous.path)
    }

    /// After a loss of the own log, the peer's `accepted` is the first that is taken, whatever its
    /// number and header.
    private func notAccepted(_ excerpt: Excerpt, _ awaited: Awaited) -> LinkOutcome? {
        guard awaited.keyIsCompared else { return .nothing(.keyNotCompared) }
        guard acceptance(in: excerpt) != nil else { return .nothing(.notAccepted) }
        return isOlderTimeline(excerpt) ? .nothing(.olderTimeline) : nil
    }

    /// The peer's `accepted` of the own newest timeline, where that is awaited.
    private func acceptance(in excerpt: Excerpt) -> (entry: ShownEntry, accepted: Accepted)? {
        guard let awaited else { return nil }
        for commit in excerpt.commits {
            let header = excerpt.header(of: commit)
            for entry in commit.entries {
                guard case .accepted(let accepted) = entry.says.what,
                    accepted.timeline.fork == awaited.fork, entry.isFounded(on: header)
                else { continue }
                return (entry, accepted)
            }
        }
        return nil
    }

    /// Why the excerpt is no statement of the peer's; `nil` where it is one.
    private func unproved(_ excerpt: Excerpt) -> LinkOutcome.Reason? {
        unproved(excerpt, by: [key])
    }

    private func unproved(_ excerpt: Excerpt, by keys: [PublicKey]) -> LinkOutcome.Reason? {
        let header = excerpt.newest
        if header.hash != newest?.hash {
            guard let key = keys.first(where: { $0.keyID == header.header.keyID }) else {
                return .otherKey
            }
            guard key.isValid(header.signed.signature, for: header.signed.bytes) else {
                return .badSignature
            }
        }
        do throws(ExcerptFault) {
            try excerpt.verify()
            return nil
        } catch {
            return .badProof(error)
        }
    }

    // MARK: - New timelines

    /// A timeline that the peer began before what was taken, or while nothing else is read; `nil`
    /// where there is none, and where it is taken in its order as any entry.
    private func lookAtFork(in excerpt: Excerpt) -> LinkOutcome? {
        guard let fork = Fork(in: excerpt), isNew(fork) else { return nil }
        let isBehind = newest.map { fork.cutsOff($0.header) } ?? false
        guard excerpt.newest.header.keyID == key.keyID else {
            return .nothing(.timelineUnderOtherKey)
        }
        guard isBehind || suspension != nil || awaited != nil else { return nil }
        if case .forked(let known) = suspension,
            fork.timeline.name.number <= known.timeline.name.number
        {
            return .nothing(.suspended)
        }
        guard awaited?.keyIsCompared ?? true else { return .nothing(.keyNotCompared) }
        if let reason = unproved(excerpt) { return .nothing(reason) }
        return isBehind || suspension != nil ? .forked(fork) : .answered(fork)
    }

    /// Whether a timeline is none that was taken or answered before: the numbers of timelines only
    /// rise, and an older one that is shown again counts for nothing.
    public func isNew(_ fork: Fork) -> Bool {
        let name = fork.timeline.name
        return name.number > timeline && isUnanswered(name)
    }

    /// Whether the node still has to answer a timeline of the peer's.
    public func isUnanswered(_ name: TimelineName) -> Bool {
        guard let accepted else { return true }
        return name.number >= accepted.number && name.fork != accepted.fork
    }

    /// The peer's new timeline in an excerpt, as people look at it who have compared the key that
    /// signs it: perhaps one that this node cannot know, since the entry that named it was lost.
    ///
    /// - Returns: `nil` where the excerpt shows no timeline that is new, or proves none.
    public func fork(in excerpt: Excerpt, under key: PublicKey) -> Fork? {
        guard excerpt.newest.header.node == peer, excerpt.receiver == node,
            let fork = Fork(in: excerpt), isNew(fork)
        else { return nil }
        var inbox = self
        inbox.key = key
        return inbox.unproved(excerpt) == nil ? fork : nil
    }

    /// Accepts the peer's new timeline, by the word of people.
    ///
    /// The newest header becomes the one that the timeline was shown under, and the number the
    /// lower one of what was taken and what survives of that. A node that itself waits for the
    /// peer's `accepted` leaves both where they are, since it takes that entry before all others.
    ///
    /// - Parameters:
    ///   - fork: From ``Suspension/forked(_:)`` or ``fork(in:under:)``.
    ///   - key: The key that signed it, as people compared it: ``key``, or a newer one that the
    ///     lost entries named. What a retired key signed cannot be accepted.
    /// - Returns: What the node's log has to record, in this order, with an own `accepted` and,
    ///   where there is one, a `read`. It is applied to this value already.
    public mutating func accept(_ fork: Fork, under key: PublicKey) -> [LinkRecord] {
        precondition(isNew(fork), "a fork is one that this inbox found or looked at")
        var records: [LinkRecord] = []
        if key != self.key || awaited?.keyIsCompared == false { records.append(.keyCompared(key)) }
        records.append(.accepted(fork.timeline.name))
        if awaited == nil {
            let survives = fork.survives(from: newest?.header.timeline ?? 0)
            let read = Read(
                number: min(next - 1, survives), header: fork.header.name,
                acknowledged: acknowledged)
            records.append(.read(read, fork.header))
        }
        for record in records { apply(record) }
        return records
    }

    // MARK: - Taking

    /// Takes what is next of an excerpt that is proved, unless its `read` denies one of the logs.
    private func takeOrDeny(
        _ excerpt: Excerpt, entriesMax: Int, given: UInt64, holds: (HeaderName) -> Bool
    ) -> LinkOutcome {
        let acceptance = acceptance(in: excerpt)
        let first = acceptance?.entry.says.number ?? next
        // An older `read` may be shown with a new entry, so it is evidence only behind all that was
        // taken before. So are those before an `accepted`, which still speak of what is lost.
        let end = acceptance?.entry.position ?? newest?.header.last ?? .start
        let heard = excerpt.read.flatMap { $0.position > end ? $0.read : nil }
        if let heard, let denial = denial(of: heard, before: first, given: given, holds: holds) {
            return .denied(denial)
        }
        let taken = entries(of: excerpt, from: first, entriesMax: entriesMax)
        var accepts = taken.timeline
        if accepts == nil, let own = acceptance?.accepted.own, isUnanswered(own) { accepts = own }
        var records: [LinkRecord] = acceptance == nil ? [] : [.answered]
        for key in taken.keys { records.append(.key(key)) }
        if let accepts { records.append(.accepted(accepts)) }
        // The signature of a header that was taken before is not looked at, so that one is kept.
        let header = excerpt.newest.hash == newest?.hash ? newest : excerpt.newest
        let read = Read(
            number: first + UInt64(taken.entries.count) - 1, header: excerpt.newest.name,
            acknowledged: heard?.number ?? acknowledged)
        records.append(.read(read, header ?? excerpt.newest))
        return .taken(
            LinkTaking(
                entries: taken.entries, keys: taken.keyNumbers, unfounded: taken.unfounded,
                heard: heard, accepts: accepts, records: records))
    }

    /// Entries that are taken, and what counts of them.
    private struct Taken {
        var entries: [ShownEntry] = []
        /// Those that count from the next commit on, in the order of their entries.
        var keys: [PublicKey] = []
        var keyNumbers: Set<UInt64> = []
        var unfounded: Set<UInt64> = []
        /// The last one that is to be answered.
        var timeline: TimelineName?
    }

    /// The entries from a number on, up to a gap. Each is judged alone, so that a part of them says
    /// the same as the whole does.
    private func entries(of excerpt: Excerpt, from first: UInt64, entriesMax: Int) -> Taken {
        var taken = Taken()
        for commit in excerpt.commits {
            let header = excerpt.header(of: commit)
            for entry in commit.entries {
                guard let number = entry.says.number, number >= first else { continue }
                guard number - first == UInt64(taken.entries.count),
                    taken.entries.count < entriesMax
                else { return taken }
                taken.entries.append(entry)
                guard entry.isFounded(on: header) else {
                    taken.unfounded.insert(number)
                    continue
                }
                switch entry.says.what {
                // Of a commit before the header's it names one that is known: that, or a later one,
                // signed the header.
                case .key(let key) where commit.listed == nil:
                    taken.keys.append(key)
                    taken.keyNumbers.insert(number)
                case .timeline(let new) where isUnanswered(new.name): taken.timeline = new.name
                default: break
                }
            }
        }
        return taken
    }

    private func denial(
        of read: Read, before first: UInt64, given: UInt64, holds: (HeaderName) -> Bool
    ) -> Denial? {
        guard read.number >= acknowledged else { return .goesBack }
        guard read.number <= given else { return .unknownNumber }
        guard read.acknowledged < first else { return .unknownAcknowledgment }
        return holds(read.header) ? nil : .unknownHeader
    }
}

extension Excerpt {
    /// The header of one of its commits.
    fileprivate func header(of commit: CommitExcerpt) -> CommitHeader {
        commit.listed?.header ?? newest.header
    }

    /// The key that signs the commit after the newest one; `nil` where no entry names one.
    fileprivate var nextKey: PublicKey? {
        guard let commit = commits.last, commit.listed == nil else { return nil }
        for entry in commit.entries.reversed() {
            if case .key(let key) = entry.says.what { return key }
        }
        return nil
    }
}

extension ShownEntry {
    /// Whether the header of its commit says the same of the timeline that the entry begins, or
    /// stands in. The peer signed both, and the header is the one that counts.
    ///
    /// So no timeline is answered that is newer than the newest header of the excerpt.
    fileprivate func isFounded(on header: CommitHeader) -> Bool {
        switch says.what {
        case .timeline(let new): new.begins(with: header)
        case .accepted(let accepted): (accepted.own?.number ?? 0) == header.timeline
        case .step, .read, .key, .notUnderstood: true
        }
    }
}
