import Chain
import Engine
import EventLog
import Links
import MessageBus
import Saga
import Wire

// The hostile peer's log, how it is shown, and how it ends.
extension World {
    /// It keeps its clock right.
    var hostileClock: Timestamp {
        Timestamp(milliseconds: Site<S>.clockStart + timeline.now / .millisecond)
    }

    /// Shows what is not taken yet. Once all is calm, it answers each node that waits for it.
    func actHostile() {
        guard phase > .preparing else { return }
        if phase > .working {
            for site in sites where !hostile.denied.contains(site.index) { answerAll(of: site) }
        }
        showHostile()
    }

    func showHostile() {
        for site in sites where !hostile.denied.contains(site.index) { show(to: site) }
    }

    private func answerAll(of site: Site<S>) {
        guard truth.states[site.index].openSagas > 0 else { return }
        let answered = Set(
            truth.told(by: hostile.name, to: site.name)
                .suffix(truth.untaken(of: hostile.name, at: site.index))
                .compactMap(\.asks?.step))
        let waiting = steps(of: site.index) {
            $0.next == hostile.name && $0.state == .reserved
        }
        for (saga, _, step) in waiting {
            let id = StepID(saga: saga, number: step.number)
            guard !answered.contains(id) else { continue }
            let state: StepState = dice.chance(500) ? .confirmed : .cancelled
            tell(site, .stepDecided(.answer(id.next, to: site.name, state)), isLie: false)
        }
    }

    private func show(to site: Site<S>) {
        guard truth.untaken(of: hostile.name, at: site.index) > 0,
            let link = truth.states[site.index].links[hostile.name],
            let excerpt = hostile.log.excerpt(
                for: site.name, from: link.next, naming: link.newest?.name)
        else { return }
        show(excerpt, to: site)
    }

    private func show(_ excerpt: Excerpt, to site: Site<S>) {
        let topic = Topic.transfers(from: hostile.name, to: site.name).name
        let record = Record(of: excerpt)
        overhear(record, on: topic)
        arrive(record, at: topic)
    }

    // MARK: - The log

    /// Writes an entry for a node.
    ///
    /// - Parameter isLie: Whether it may have to be refused.
    func tell(_ site: Site<S>, _ event: Event<P.Fact>, isLie: Bool) {
        guard let (_, told) = event.told(at: .start) else {
            preconditionFailure("what a peer learns has a number")
        }
        write(event.saga, told, to: site, isLie: isLie) {
            Event.encode(event, to: $0, for: P.self)
        }
    }

    func write(
        _ saga: CommandID?, _ told: Told, to site: Site<S>, isLie: Bool,
        _ parts: (Addressee) -> EntryParts
    ) {
        let number = UInt64(truth.told(by: hostile.name, to: site.name).count + 1)
        var entries = [(saga: saga, parts: parts(Addressee(site.name, number: number)))]
        if let read = acknowledgment(to: site) { entries.append((nil, read)) }
        var told = told
        told.position = hostile.log.next
        if let reason = told.refusal { told.refusal = Refusal(code: reason.code) ?? .unspecified }
        truth.note(hostile.log.append(entries, at: hostileClock, hostile.key))
        truth.note(told, by: hostile.name, to: site.name)
        count(\.lies)
        if isLie { observe(.lied(to: site.index, number: number)) }
    }

    /// It has read all that is durable.
    private func acknowledgment(to site: Site<S>) -> EntryParts? {
        guard !site.disk.isRewound, let link = truth.states[site.index].links[hostile.name],
            dice.chance(700)
        else { return nil }
        let given = truth.states[site.index].given[hostile.name] ?? 0
        return read(of: site, number: given, acknowledged: link.next - 1)
    }

    private func read(
        of site: Site<S>, number: UInt64, acknowledged: UInt64
    ) -> EntryParts? {
        guard let newest = site.disk.log.newestCommit else { return nil }
        let read = Read(
            number: number,
            header: HeaderName(commit: newest.header.number, hash: newest.hash),
            acknowledged: acknowledged)
        return Event<P.Fact>.encode(
            .read(read, of: site.name, header: SignedHeader(newest)),
            to: Addressee(site.name, number: nil), for: P.self)
    }

    // MARK: - What cannot be true

    /// Denies all logs, or its own: each node has to suspend it. When all else has ended, since
    /// what waits for a suspended peer waits until people do something.
    func contradictAll() {
        hostileIsTried = false
        for site in sites {
            guard let link = truth.states[site.index].links[hostile.name],
                let excerpt = contradiction(to: site, link)
            else { continue }
            count(\.denials)
            hostile.denied.insert(site.index)
            observe(.denied(to: site.index))
            show(excerpt, to: site)
        }
    }

    private func contradiction(to site: Site<S>, _ link: LinkInbox) -> Excerpt? {
        let given = truth.states[site.index].given[hostile.name] ?? 0
        if let known = link.newest, dice.chance(300) {
            // Another commit in the place of one that was taken.
            return excerpt(
                in: hostile.log.first(known.header.number - 1), for: site, link, with: nil)
        }
        let lie: EntryParts?
        if link.acknowledged > 0, dice.chance(400) {
            lie = read(of: site, number: link.acknowledged - 1, acknowledged: 0)
        } else if dice.chance(500) {
            lie = read(of: site, number: given + 1, acknowledged: 0)
        } else {
            lie = read(of: site, number: given, acknowledged: link.next)
        }
        return excerpt(in: hostile.log, for: site, link, with: lie)
    }

    /// The next entry, in a branch that no other node is shown.
    private func excerpt(
        in log: PlainLog, for site: Site<S>, _ link: LinkInbox, with read: EntryParts?
    ) -> Excerpt? {
        var log = log
        let event = Event<P.Fact>.abandonRequested(
            AbandonRequested(
                step: StepID(saga: dice.sagaID(), number: 0), next: site.name, principal: nil))
        let addressee = Addressee(site.name, number: link.next)
        var entries = [
            (saga: event.saga, parts: Event.encode(event, to: addressee, for: P.self))
        ]
        if let read { entries.append((nil, read)) }
        log.append(entries, at: hostileClock, hostile.key)
        return log.excerpt(
            for: site.name, from: link.next, naming: read == nil ? nil : link.newest?.name)
    }
}
