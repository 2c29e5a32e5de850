import Chain
import Links
import Saga
import Wire

extension Engine {
    /// Takes what counts of a record on a peer's topic.
    ///
    /// - Returns: Whether nothing of it is left for the next batch.
    mutating func look(at delivery: Delivery) -> Bool {
        let peer = delivery.peer
        guard let excerpt = delivery.excerpt else {
            batch.drop(.noExcerpt(peer))
            return true
        }
        guard var link = links[peer] else {
            batch.drop(.stranger(peer))
            return true
        }
        let given = state.given[peer, default: 0]
        let outcome = link.take(excerpt, given: given) { _ in delivery.holds }
        switch outcome {
        case .taken(let taking):
            return take(taking, link, of: excerpt, holds: delivery.holds)
        case .heard(let read): batch.outputs.append(.heard(peer, read))
        case .forked(let fork):
            suspend(
                peer, .forked(fork.timeline, number: fork.number, header: fork.header.signed))
        case .denied(let denial):
            // Of a header that was taken before the signature was not looked at again.
            let known = link.newest.flatMap { $0.hash == excerpt.newest.hash ? $0 : nil }
            suspend(peer, .denied(denial, header: (known ?? excerpt.newest).signed))
        case .answered(let fork): answer(fork.timeline.name, of: peer)
        case .nothing(let reason):
            if reason == .timelineUnderOtherKey { underOtherKey[peer] = excerpt }
            if outcome.isAnsweredAgain { batch.outputs.append(.sayAgain(peer)) }
            batch.drop(.notTaken(peer, reason))
        }
        links[peer] = link
        return true
    }

    /// Acts on the entries of an excerpt in their order, as far as what follows fits into the
    /// commit. Taking and acting are one. An entry that has to wait ends what is taken; the peer
    /// shows it again.
    ///
    /// - Parameters:
    ///   - whole: What is taken where all of it fits.
    ///   - ahead: What is known of the peer's log then.
    /// - Returns: Whether nothing of it is left for the next batch.
    private mutating func take(
        _ whole: LinkTaking, _ ahead: LinkInbox, of excerpt: Excerpt, holds: Bool
    ) -> Bool {
        let peer = ahead.peer
        if whole.records.first == .answered {
            record(.peerAnswered(peer))
            noteLink(to: peer)
            repeatReserved()
        }
        var count = 0
        var isHeldUp = false
        for entry in whole.entries {
            guard count == 0 || hasRoom() else { break }
            if let refusal = reasonToWait(for: entry, of: peer) {
                batch.drop(.waits(peer, refusal))
                isHeldUp = true
                break
            }
            act(on: entry, of: peer, in: whole)
            count += 1
        }
        guard count > 0 else {
            // As of an acknowledgment alone: nothing was taken that it could stand with.
            if let heard = whole.heard { batch.outputs.append(.heard(peer, heard)) }
            return true
        }
        let isWhole = count == whole.entries.count
        let (link, taking) = isWhole ? (ahead, whole) : part(count, of: excerpt, from: peer, holds)
        links[peer] = link
        for record in taking.records {
            switch record {
            case .accepted(let timeline): answer(timeline, of: peer)
            case .read(let read, let header): reads[peer] = LinkReading(read: read, header: header)
            // They were recorded above, in the order of the entries.
            case .answered, .key: continue
            case .suspended, .lost, .keyCompared:
                preconditionFailure("taking entries makes no such record")
            }
        }
        if let heard = taking.heard { batch.outputs.append(.heard(peer, heard)) }
        return isWhole || isHeldUp
    }

    /// Takes the first entries only. What was acted on before does not change what can be taken.
    private func part(
        _ count: Int, of excerpt: Excerpt, from peer: NodeName, _ holds: Bool
    ) -> (LinkInbox, LinkTaking) {
        guard var link = links[peer],
            case .taken(let part) = link.take(
                excerpt, entriesMax: count, given: state.given[peer, default: 0],
                holds: { _ in holds })
        else { preconditionFailure("what can be taken as a whole can be taken in part") }
        return (link, part)
    }

    /// Does what one entry asks for.
    ///
    /// - Parameter whole: What is taken where all of it fits. What it says of this entry is true of
    ///   any part that has the entry.
    private mutating func act(on entry: ShownEntry, of peer: NodeName, in whole: LinkTaking) {
        let cause: Quarantined.Cause?
        switch entry.says.what {
        case .step(let bytes): cause = receive(bytes, of: entry, from: peer)
        case .notUnderstood: cause = .unreadable
        case .key(let key):
            if whole.hasKey(of: entry) { record(.peerKeyTaken(peer, publicKey: key.bytes)) }
            cause = nil
        // The link knows what they mean: that stands among the records of what was taken. What the
        // entry's own commit denies is nothing that this version would have written.
        case .timeline, .accepted, .read: cause = whole.isUnfounded(entry) ? .unreadable : nil
        }
        if let cause { quarantine(entry, cause, of: peer) }
    }

    private mutating func quarantine(
        _ entry: ShownEntry, _ cause: Quarantined.Cause, of peer: NodeName
    ) {
        guard let number = entry.says.number else {
            preconditionFailure("what is taken has a number")
        }
        let letter = Quarantined(cause: cause, peer: peer, number: number, shown: entry.shown)
        let source = DeadLetterSource(of: letter)
        guard state.deadLetters[source, default: 0] < configuration.limits.quarantineMax else {
            return batch.drop(.overBudget(source))
        }
        record(.quarantined(letter))
    }

    // MARK: - What ends a peer's part of a batch

    /// Answers a peer's new timeline, of which nothing that was taken is lost.
    private mutating func answer(_ timeline: TimelineName, of peer: NodeName) {
        record(.peerAccepted(peer, Accepted(timeline, own: state.timeline), by: nil))
        finished.insert(peer)
        repeatReserved()
    }

    /// From here on nothing of the peer counts. What was taken of it in this batch was true.
    private mutating func suspend(_ peer: NodeName, _ suspicion: PeerSuspicion) {
        recordRead(of: peer)
        record(.peerSuspended(peer, suspicion))
        finished.insert(peer)
        noteLink(to: peer)
    }

    /// Hands on what the relay to the peer must know, as the log has it by now.
    mutating func noteLink(to peer: NodeName) {
        guard let link = state.links[peer] else { return }
        batch.outputs.append(
            .linkChanged(
                peer, isSuspended: link.suspension != nil, isAnswered: link.awaited == nil))
    }

    /// Says how far each peer was taken: one entry a peer, by name, behind all that was taken.
    mutating func recordReads() {
        for peer in reads.keys.sorted() { recordRead(of: peer) }
    }

    private mutating func recordRead(of peer: NodeName) {
        guard let reading = reads.removeValue(forKey: peer) else { return }
        record(.read(reading.read, of: peer, header: reading.header.signed))
        finished.insert(peer)
    }
}

extension LinkTaking {
    /// Whether the entry names a key that counts from the peer's next commit on.
    fileprivate func hasKey(of entry: ShownEntry) -> Bool {
        entry.says.number.map { keys.contains($0) } ?? false
    }

    /// Whether the header of the entry's commit denies what the entry says.
    fileprivate func isUnfounded(_ entry: ShownEntry) -> Bool {
        entry.says.number.map { unfounded.contains($0) } ?? false
    }
}
