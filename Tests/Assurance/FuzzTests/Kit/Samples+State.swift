import Chain
import Engine
import EventLog
import Ledger
import Links
import Saga
import TestKit
import Wire

// Entries of the bench's log, and snapshots of its state.
extension Samples {
    /// A message has the parts in the fields of a `LoggedEntry`, without the salt.
    private static func entry(_ parts: EntryParts) -> [UInt8] {
        let fields: [(number: UInt64, bytes: [UInt8])] = [
            (2, parts.shown), (3, parts.kept), (4, parts.content),
        ]
        return WireField.bytes(
            of: fields.filter { !$0.bytes.isEmpty }
                .map { WireField(number: $0.number, value: .bytes($0.bytes)) })
    }

    static func entries() throws -> Made {
        var bench = Bench.standing
        for event in [Bench.closed(1, 1, Bench.outgoing), Bench.abandoned(2, Bench.passing)] {
            let excerpt = try bench.say([event], from: Bench.bankB)
            try bench.deliver(excerpt.encoded(), on: Bench.bankB)
        }
        let refused = Bench.closed(2, 2, Bench.passing, .declined)
        let excerpt = try bench.say([refused], from: Bench.hub)
        try bench.deliver(excerpt.encoded(), on: Bench.hub)
        let logged = bench.storage.commits(after: .start, entriesMax: .max).flatMap(\.entries)
        let written: Made = logged.map { ("log-\($0.position)", entry($0.parts)) }
        return written + otherEvents + (try damagedEntries(logged))
    }

    /// Of kinds that the bench's log does not have.
    private static var otherEvents: Made {
        let bank = Bench.bankB
        let fork = known(ForkID(bytes: [UInt8](repeating: 7, count: ForkID.byteCount)))
        let name = TimelineName(number: 1, fork: fork)
        let signed = known(Bench.standing.engine.state.links[bank]?.newest?.signed)
        let others: [(String, Event<Party.Fact>)] = [
            ("inbox-advanced", .inboxAdvanced),
            ("intake-set", .intakeSet(from: bank, .stopped, by: Bench.clerk)),
            ("peer-key-taken", .peerKeyTaken(bank, publicKey: Bench.key.publicKey.bytes)),
            ("peer-suspended", .peerSuspended(bank, .denied(.goesBack, header: signed))),
            (
                "peer-accepted",
                .peerAccepted(bank, Accepted(name, own: nil), by: Bench.clerk)
            ),
            ("peer-answered", .peerAnswered(bank)),
            (
                "timeline-started",
                .timelineStarted(name, by: Bench.clerk, approvers: ["ada", "grace"])
            ),
            (
                "clock-accepted",
                .clockAccepted(Bench.start, by: Bench.clerk, approvers: ["ada", "grace"])
            ),
            ("step-forgotten", .stepForgotten(Bench.step(4, 1, Bench.consent), facts: [])),
            (
                "repeated",
                .stepRepeated(
                    StepRepeated(
                        step: Bench.step(2, 1, Bench.passing), state: .reserved,
                        neighbour: Bench.hub, content: Bench.passing.bytes,
                        deadline: Bench.deadline))
            ),
        ]
        return others.map { name, event in
            let addressee = event.receiver.map { Addressee($0, number: 2) }
            return (name, entry(Event.encode(event, to: addressee, for: Party.self)))
        }
    }

    /// The step that is reserved for hub, and an operation, with parts that do not fit.
    private static func damagedEntries(_ logged: [Entry]) throws -> Made {
        let saga = CommandID(2)
        let step = known(logged.first { $0.saga == saga }?.parts)
        let operation = known(logged.first { $0.saga == CommandID(1_000) }?.parts)
        let hash = step.shown.first(8)
        var made: Made = []
        func add(_ name: String, _ parts: EntryParts, _ change: (inout EntryParts) -> Void) {
            var parts = parts
            change(&parts)
            made.append((name, entry(parts)))
        }
        add("content-left-out", step) { $0.content = [] }
        add("another-number", step) { $0.shown = $0.shown.with { $0.set(2, .varint(7)) } }
        add("refused-another-addressee", step) {
            $0.shown = $0.shown.with { $0.set(1, .bytes(Array("shop".utf8))) }
        }
        add("refused-no-addressee", step) {
            $0.shown = $0.shown.with { $0.removeAll { $0.number <= 2 } }
        }
        add("refused-addressee-without-number", step) { $0.shown = $0.shown.with { $0.remove(2) } }
        add("refused-number-of-nobody", step) { $0.shown = $0.shown.with { $0.remove(1) } }
        add("refused-step-not-shown", step) { $0.shown = [] }
        add("refused-content-without-hash", step) { $0.shown = $0.shown.with { $0.remove(8) } }
        let named = WireField(number: 5, value: .bytes(hash))
        add("refused-two-content-hashes", step) {
            $0.shown = $0.shown.with(in: 3) { $0.append(named) }
        }
        add("refused-unnamed-content", step) {
            $0.shown = $0.shown.with(in: 3) { $0.append(named) }.with { $0.remove(8) }
        }
        add("refused-shown-beside-operation", operation) { $0.shown = step.shown }
        add("refused-content-beside-operation", operation) { $0.content = step.content }
        let fact = step.kept.first(1).first(5)
        add("refused-operation-holds", operation) {
            $0.kept = $0.kept.with(in: 2) { $0.set(3, .bytes(fact)) }
        }
        return made
    }

    static func snapshots() throws -> Made {
        let standing = Bench.standing.recovery.state.encoded()
        var bench = Bench.standing
        let shared = try bench.say([Bench.reserved(5, Bench.passing)], from: Bench.bankB)
        try bench.deliver(shared.encoded(), on: Bench.bankB)
        func saga(_ change: @escaping (inout [WireField]) -> Void) -> [UInt8] {
            standing.with { fields in
                // The one that is reserved for hub.
                let index = fields.firstIndex { field in
                    guard field.number == 10, case .bytes(let bytes) = field.value else {
                        return false
                    }
                    return bytes.first(1) == CommandID(2).bytes
                }
                guard let index, case .bytes(let command) = fields[index].value else { return }
                fields[index].value = .bytes(command.with(change))
            }
        }
        let far = WireField.Value.varint(1 << 63)
        return [
            ("standing", standing), ("shared-uuid", bench.recovery.state.encoded()),
            ("refused-saga-twice", saga { $0.double(5) }),
            ("refused-saga-without-step", saga { $0.change(5) { $0.remove(4) } }),
            (
                "refused-reserved-for-nobody",
                saga { $0.change(5) { $0.change(4) { $0.remove(5) } } }
            ),
            (
                "refused-begun-saga-not-there",
                saga { fields in
                    fields.insert(WireField(number: 2, value: .bytes(Hash.zero.bytes)), at: 1)
                    fields.insert(WireField(number: 3, value: .bytes(Hash.zero.bytes)), at: 2)
                }
            ),
            ("refused-numbered-peer-twice", standing.with { $0.double(17) }),
            ("refused-number-no-log-reaches", standing.with { $0.set(3, far) }),
            ("refused-peer-number-no-log-reaches", standing.with(in: 17) { $0.set(2, far) }),
            ("refused-link-twice", standing.with { $0.double(14) }),
            ("refused-waiting-without-number", standing.with(in: 17) { $0.remove(3) }),
        ]
    }
}

extension [UInt8] {
    /// What stands in the first field of that number of a message.
    fileprivate func first(_ number: UInt64) -> [UInt8] {
        known(WireField.fields(of: self)).bytes(number)
    }
}
