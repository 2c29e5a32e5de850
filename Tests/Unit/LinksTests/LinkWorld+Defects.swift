import Chain
import Links
import Saga

extension LinkWorld {
    /// What a receiver without one of the rules makes of a record. The inbox is moved from outside,
    /// to where the rule would not have let it go.
    mutating func distort(
        _ me: Int, _ excerpt: Excerpt, _ outcome: LinkOutcome, by defect: Defect
    ) throws -> LinkOutcome {
        let inbox = parties[me].inbox
        let numbers = excerpt.numbers
        switch (defect, outcome) {
        case (.gapTaken, .nothing(.gap)):
            guard let first = numbers.first, first > inbox.next else { return outcome }
            return take(me, excerpt, from: first) ?? outcome
        case (.repeatedTaken, .nothing(.old)):
            guard let last = numbers.last else { return outcome }
            return take(me, excerpt, from: last) ?? outcome
        case (.cutCounts, .taken(let taking)):
            // What was cut out of the record counts as taken.
            let taken = UInt64(taking.entries.count)
            guard let last = numbers.last, let first = taking.entries.first?.says.number,
                UInt64(numbers.count { $0 >= first }) <= last - first, taken <= last - first
            else { return outcome }
            let read = Read(
                number: last, header: excerpt.newest.name, acknowledged: inbox.acknowledged)
            parties[me].inbox.apply(.read(read, excerpt.newest))
            return outcome
        case (.headerNotContinued, .nothing(.otherHeader)),
            (.headerNotContinued, .nothing(.olderTimeline)):
            return take(me, excerpt, from: inbox.next) ?? outcome
        case (.retiredKeyCounts, .nothing(.otherKey)):
            return takeByRetiredKey(me, excerpt) ?? outcome
        case (.forkIsOldToo, .answered), (.notHeardWhileAwaiting, .heard):
            guard inbox.awaited != nil else { return outcome }
            parties[me].inbox = parties[me].foldedInbox(of: parties[me].log)
            return .nothing(.notAccepted)
        case (.loneReadIsEvidence, .heard(let read)):
            let isBack = read.number < parties[me].outbox.acknowledged
            return isBack ? .denied(.goesBack) : outcome
        case (.oldReadIsEvidence, .taken(let taking)):
            guard taking.heard == nil, let read = excerpt.read?.read else { return outcome }
            return read.number < inbox.acknowledged ? .denied(.goesBack) : outcome
        default: return outcome
        }
    }

    /// Takes from a number on, under any header.
    private mutating func take(
        _ me: Int, _ excerpt: Excerpt, from number: UInt64
    ) -> LinkOutcome? {
        var inbox = parties[me].inbox
        guard excerpt.newest.header.keyID == inbox.key.keyID, inbox.awaited == nil,
            inbox.suspension == nil
        else { return nil }
        let read = Read(
            number: number - 1, header: excerpt.newest.name, acknowledged: inbox.acknowledged)
        inbox.apply(.read(read, excerpt.newest))
        return taken(me, excerpt, by: inbox)
    }

    private mutating func takeByRetiredKey(_ me: Int, _ excerpt: Excerpt) -> LinkOutcome? {
        var inbox = parties[me].inbox
        let keys = parties[1 - me].keys.map(\.publicKey)
        guard let key = keys.first(where: { $0.keyID == excerpt.newest.header.keyID }),
            let age = keys.firstIndex(of: inbox.key), keys[..<age].contains(key)
        else { return nil }
        inbox.apply(.key(key))
        return taken(me, excerpt, by: inbox)
    }

    private mutating func taken(
        _ me: Int, _ excerpt: Excerpt, by distorted: LinkInbox
    ) -> LinkOutcome? {
        var inbox = distorted
        let outcome = inbox.take(excerpt, given: .max) { _ in true }
        guard case .taken = outcome else { return nil }
        parties[me].inbox = inbox
        return outcome
    }
}
