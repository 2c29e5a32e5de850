import Chain
import Links
import Saga
import Wire

// Entries about logs: the peers', and this one's own. A `LinkInbox` remembers what they say; here
// stands what it could not have made. Signatures of headers that a `read` keeps were checked before
// they were taken, and audits check them again; a fold compares key ids only.

extension State {
    /// Entries about a peer's log.
    mutating func applyLink(
        _ event: Event<P.Fact>, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        switch event {
        case .read(let read, let peer, let signed): try apply(read, of: peer, signed, &marks)
        case .peerKeyTaken(let peer, let bytes):
            var link = try link(to: peer, marks)
            guard link.suspension == nil, link.awaited == nil else {
                throw FoldFault("a key of \(peer) was taken while nothing of it counts")
            }
            marks[peer].formerKeys.append(link.key.keyID)
            marks[peer].isReadDue = true
            try link.apply(.key(key(bytes, of: peer)))
            links[peer] = link
        case .peerSuspended(let peer, let suspicion): try suspend(peer, suspicion)
        case .peerAccepted(let peer, let accepted, let principal):
            try accept(accepted, of: peer, by: principal, &marks)
        case .peerKeyCompared(let peer, let bytes, _):
            try compare(key(bytes, of: peer), of: peer, &marks)
        case .peerAnswered(let peer):
            var link = try link(to: peer, marks)
            guard link.awaited?.keyIsCompared == true, link.suspension == nil else {
                throw FoldFault("\(peer) has answered what it was not asked")
            }
            marks[peer].isMoved = true
            marks[peer].isReadDue = true
            link.apply(.answered)
            links[peer] = link
            repeatReserved(to: peer)
        case .quarantined(let letter): try keep(letter, &marks)
        default: preconditionFailure("other entries are folded elsewhere")
        }
    }

    /// What is known of the peer's log, to take something of it.
    private func link(
        to peer: NodeName, _ marks: CommitMarks
    ) throws(FoldFault) -> LinkInbox {
        guard let link = links[peer] else { throw FoldFault("\(peer) is no peer yet") }
        guard !marks[peer].hasRead else {
            throw FoldFault("something of \(peer) was taken behind the commit's read")
        }
        return link
    }

    private func key(_ bytes: [UInt8], of peer: NodeName) throws(FoldFault) -> PublicKey {
        guard let key = PublicKey(bytes: bytes) else {
            throw FoldFault("the key of \(peer) is none")
        }
        return key
    }

    private mutating func keep(
        _ letter: Quarantined, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        let link = try link(to: letter.peer, marks)
        let mark = marks[letter.peer]
        guard link.suspension == nil, link.awaited == nil,
            mark.isMoved || letter.number >= link.next, letter.number > mark.refused
        else { throw FoldFault("entry \(letter.number) of \(letter.peer) was not taken now") }
        marks[letter.peer].refused = letter.number
        marks[letter.peer].isReadDue = true
        quarantined += 1
        deadLetters[DeadLetterSource(of: letter), default: 0] += 1
    }

    // MARK: - Read

    private mutating func apply(
        _ read: Read, of peer: NodeName, _ signed: SignedHeader, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        var link = try link(to: peer, marks)
        let mark = marks[peer]
        let header = try WitnessedHeader(folding: signed, of: peer)
        guard read.header == header.name else {
            throw FoldFault("a read names another header of \(peer) than it keeps")
        }
        guard link.suspension == nil, link.awaited == nil else {
            throw FoldFault("something of \(peer) was taken while nothing of it counts")
        }
        guard mark.isMoved || read.number >= link.next, read.number >= mark.refused else {
            throw FoldFault("a read goes back to number \(read.number) of \(peer)")
        }
        guard read.acknowledged >= link.acknowledged,
            read.acknowledged <= given[peer, default: 0]
        else {
            throw FoldFault("\(peer) has acknowledged \(read.acknowledged), which cannot be")
        }
        let isNewest = header.hash == link.newest?.hash
        guard isNewest || mark.isMoved || header.follows(link.newest) else {
            throw FoldFault("the header of \(peer) does not continue its log")
        }
        guard
            isNewest || header.header.keyID == link.key.keyID
                || mark.formerKeys.contains(header.header.keyID)
        else { throw FoldFault("the header of \(peer) is not under its key") }
        guard header.header.timeline >= mark.accepted?.number ?? 0 else {
            throw FoldFault("the header of \(peer) is of an older timeline than was accepted")
        }
        waiting[peer]?.removeFirst(Int(read.acknowledged - link.acknowledged))
        link.apply(.read(read, header))
        links[peer] = link
        reads[peer] = position + 1
        marks[peer].isReadDue = false
        marks[peer].hasRead = true
    }

    // MARK: - What people or a loss say

    private mutating func compare(
        _ key: PublicKey, of peer: NodeName, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        guard peer != node else { throw FoldFault("\(node) is no peer of itself") }
        guard links[peer] != nil else {
            links[peer] = LinkInbox(at: node, of: peer, key: key)
            return
        }
        var link = try link(to: peer, marks)
        if key == link.key, link.isDenied {
            // People say that both logs are whole again: it takes no timeline to go with that.
            link.apply(.keyCompared(key))
            links[peer] = link
            return
        }
        guard key != link.key || link.awaited?.keyIsCompared == false else {
            throw FoldFault("the key of \(peer) was compared without reason")
        }
        marks[peer].isCompared = true
        marks[peer].isAcceptanceDue = link.awaited == nil && !link.isUntouched
        link.apply(.keyCompared(key))
        links[peer] = link
    }

    private mutating func suspend(
        _ peer: NodeName, _ suspicion: PeerSuspicion
    ) throws(FoldFault) {
        guard var link = links[peer] else { throw FoldFault("\(peer) is no peer yet") }
        let header: WitnessedHeader
        switch suspicion {
        case .forked(let timeline, let number, let signed):
            header = try WitnessedHeader(folding: signed, of: peer)
            let fork = Fork(timeline, number: number, header: header)
            guard link.isForked(by: fork) else {
                throw FoldFault("\(peer) was suspended for a timeline that cuts nothing off")
            }
            link.apply(.suspended(.forked(fork)))
        case .denied(let denial, let signed):
            header = try WitnessedHeader(folding: signed, of: peer)
            guard link.suspension == nil else { throw FoldFault("\(peer) was suspended twice") }
            link.apply(.suspended(.denied(denial)))
        }
        let isKnown = header.signed == link.newest?.signed
        guard isKnown || link.key.isValid(header.signed.signature, for: header.signed.bytes) else {
            throw FoldFault("\(peer) was suspended for what it has not signed")
        }
        links[peer] = link
    }

    private mutating func accept(
        _ accepted: Accepted, of peer: NodeName, by principal: Principal?,
        _ marks: inout CommitMarks
    ) throws(FoldFault) {
        var link = try link(to: peer, marks)
        let name = accepted.timeline
        guard accepted.own == timeline else {
            throw FoldFault("a timeline of \(peer) was accepted in another than the own")
        }
        guard link.isUnanswered(name) else {
            throw FoldFault("the timeline \(name.number) of \(peer) was accepted twice")
        }
        var isKnown = link.suspension == nil
        if principal != nil {
            isKnown = marks[peer].isCompared
            if case .forked(let fork) = link.suspension, fork.timeline.name == name {
                isKnown = true
            }
        }
        guard isKnown else {
            throw FoldFault("a timeline of \(peer) was accepted that it did not show")
        }
        marks[peer].accepted = name
        marks[peer].isAcceptanceDue = false
        marks[peer].isMoved = marks[peer].isMoved || principal != nil
        marks[peer].isReadDue = marks[peer].isReadDue || link.awaited == nil
        link.apply(.accepted(name))
        links[peer] = link
        repeatReserved(to: peer)
    }

    // MARK: - The own log

    /// Entries about this log's timeline and key, and what peers are shown of them.
    mutating func applyOwn(
        _ event: Event<P.Fact>, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        switch event {
        case .timelineStarted(let name, _, let approvers):
            guard name.number > timelineNumber, position > .start, position == marks.start,
                Set(approvers).count >= 2
            else { throw FoldFault("the timeline \(name.number) was started against the rules") }
            timeline = name
            timelineStart = position + 1
            timelineTime = marks.time
            marks.startsTimeline = true
            forgetting.formUnion(findOpenSteps { $0.state == .deciding })
        case .timelineShown(let new, let peer):
            try show(new, to: peer, &marks)
        case .keyRotated(let key, _):
            guard position > .start, position == marks.start, key != publicKey else {
                throw FoldFault("the key was rotated against the rules at \(position + 1)")
            }
            publicKey = key
            marks.rotatedKey = key
        case .keyShown(let key, let peer):
            guard key == marks.rotatedKey, links[peer] != nil, marks.told.insert(peer).inserted
            else { throw FoldFault("\(peer) was shown a key that does not sign the next commit") }
        default: preconditionFailure("other entries are folded elsewhere")
        }
    }

    /// What a peer is to be shown of the newest timeline, which begins with a commit.
    ///
    /// - Parameter commitHash: Of the commit before.
    func newTimeline(
        _ name: TimelineName, after position: Position, _ commitHash: Hash, for peer: NodeName
    ) -> NewTimeline {
        NewTimeline(
            name, position: position, commitHash: commitHash, earlier: beginnings[peer] ?? [])
    }

    private mutating func show(
        _ new: NewTimeline, to peer: NodeName, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        guard let timeline, marks.startsTimeline, let hash = marks.previousHash,
            new == newTimeline(timeline, after: marks.start, hash, for: peer),
            var link = links[peer], marks.told.insert(peer).inserted
        else { throw FoldFault("\(peer) was shown a timeline that does not begin here") }
        let beginning = NewTimeline.Beginning(
            timeline: new.name.number, number: given[peer, default: 0] + 1, position: new.position)
        beginnings[peer] = Array((new.earlier + [beginning]).suffix(NewTimeline.earlierMax))
        link.apply(.lost(new.name.fork))
        links[peer] = link
    }
}

extension LinkInbox {
    /// Whether nothing of the peer counts because it has denied one of the two logs.
    fileprivate var isDenied: Bool {
        if case .denied = suspension { true } else { false }
    }

    /// Whether a timeline that the peer began is a reason to suspend it.
    fileprivate func isForked(by fork: Fork) -> Bool {
        guard isNew(fork), fork.header.header.keyID == key.keyID,
            fork.timeline.name.number == fork.header.header.timeline,
            awaited?.keyIsCompared ?? true
        else { return false }
        if case .forked(let known) = suspension {
            return fork.timeline.name.number > known.timeline.name.number
        }
        return suspension != nil || newest.map { fork.cutsOff($0.header) } ?? false
    }
}

extension WitnessedHeader {
    fileprivate init(folding signed: SignedHeader, of peer: NodeName) throws(FoldFault) {
        do throws(WireError) {
            try self.init(signed)
        } catch {
            throw FoldFault("a header of \(peer) cannot be read: \(error)")
        }
        guard header.node == peer else { throw FoldFault("a header of \(peer) is another's") }
    }

    /// Whether it can stand behind one that was taken before.
    fileprivate func follows(_ known: WitnessedHeader?) -> Bool {
        guard let known = known?.header else { return true }
        return header.number > known.number && header.timeline >= known.timeline
    }
}
