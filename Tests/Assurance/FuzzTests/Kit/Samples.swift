import Chain
import Engine
import EventLog
import Links
import Saga
import TestKit
import Wire

/// Inputs that are made: of what is signed, files would have to be made again with each change of
/// a format, and people could not read them.
///
/// They are named as the files of the corpus are: `refused…` is to be refused.
enum Samples {
    typealias Made = [(name: String, bytes: [UInt8])]

    static func made(for target: String) throws -> Made {
        switch target {
        case "excerpt": try excerpts.get()
        case "journal": journals
        case "entry": try entries()
        case "header": headers
        case "snapshot": try snapshots()
        default: []
        }
    }

    // MARK: - Excerpts

    /// What peers have signed in the samples: hashes of headers, and leaves of entries.
    struct Genuine: Sendable {
        var headers: Set<Hash> = []
        var leaves: Set<Hash> = []

        mutating func add(_ log: PeerLog) {
            for commit in log.commits {
                headers.insert(commit.hash)
                leaves.formUnion(commit.entries.map(MerkleTree.leaf(of:)))
            }
        }
    }

    static let excerpts = Result(catching: { try makeExcerpts().made })
    static let genuine = Result(catching: { try makeExcerpts().genuine })

    private static func makeExcerpts() throws -> (made: Made, genuine: Genuine) {
        var made: Made = []
        var genuine = Genuine()
        for log in Bench.standing.logs.values { genuine.add(log) }
        for (name, peer, append) in said {
            var bench = Bench.standing
            let excerpt = try bench.say(from: peer, append)
            genuine.add(known(bench.logs[peer]))
            made.append((name, excerpt.encoded()))
        }
        let whole = made[0].bytes
        made += [
            ("refused-no-excerpt", [0xFF]),
            ("refused-no-entry", whole.with { $0.removeAll { $0.number == 3 } }),
            ("refused-cut", Array(whole.dropLast())),
            ("refused-long", whole + [UInt8](repeating: 0, count: Excerpt.bytesMaxOfOneEntry)),
            ("refused-another-receiver", try forHub().encoded()),
        ]
        return (made, genuine)
    }

    /// What bank-b says to another than the bench's bank.
    private static func forHub() throws -> Excerpt {
        var log = known(Bench.standing.logs[Bench.bankB])
        log.append([Bench.reserved(6, Bench.passing, next: Bench.hub)], for: Party.self)
        return try log.excerpt(for: Bench.hub)
    }

    private typealias Append = (inout PeerLog) -> Void

    private static func saying(_ events: Event<Party.Fact>...) -> Append {
        { $0.append(events, for: Party.self) }
    }

    private static var said: [(name: String, peer: NodeName, append: Append)] {
        let (b, hub, shop) = (Bench.bankB, Bench.hub, Bench.shop)
        let (outgoing, incoming, passing) = (Bench.outgoing, Bench.incoming, Bench.passing)
        return [
            ("confirm", b, saying(Bench.closed(1, 1, outgoing))),
            ("cancel", b, saying(Bench.closed(1, 1, outgoing, .declined))),
            (
                "cancel-unknown-reason", b,
                saying(Bench.closed(1, 1, outgoing, Refusal(defining: "moon.eclipse")))
            ),
            ("confirm-forward", hub, saying(Bench.closed(2, 2, passing))),
            ("confirm-purchase", shop, saying(Bench.closed(3, 2, Bench.purchase))),
            ("confirm-unknown", b, saying(Bench.closed(9, 1, outgoing))),
            ("abandon", b, saying(Bench.abandoned(2, passing))),
            ("abandon-deciding", b, saying(Bench.abandoned(4, Bench.consent))),
            ("abandon-unknown", b, saying(Bench.abandoned(9, incoming))),
            ("reserve-credit", b, saying(Bench.reserved(6, incoming))),
            ("reserve-forward", b, saying(Bench.reserved(6, passing))),
            ("reserve-purchase", hub, saying(Bench.reserved(6, Bench.purchase))),
            ("reserve-consent", b, saying(Bench.reserved(6, Bench.consent))),
            ("reserve-again", b, saying(Bench.reserved(2, passing))),
            ("reserve-own-uuid", b, saying(Bench.reserved(1, incoming))),
            ("reserve-shared-uuid", b, saying(Bench.reserved(5, passing))),
            ("repeated", b, saying(repeated(5, incoming))),
            ("key", b, saying(.keyShown(publicKey: Bench.key.publicKey.bytes, to: Bench.node))),
            ("read", b, saying(read(by: b))),
            (
                "several", b,
                { log in
                    log.append([Bench.reserved(6, incoming)], for: Party.self)
                    log.append(
                        [Bench.closed(1, 1, outgoing), read(by: b), Bench.reserved(7, passing)],
                        for: Party.self)
                }
            ),
            ("not-understood", b, { $0.append([(nil, notUnderstood)]) }),
        ]
    }

    private static func repeated(
        _ saga: UInt64, _ content: Content<Party.Action>
    ) -> Event<Party.Fact> {
        .stepRepeated(
            StepRepeated(
                step: Bench.step(saga, 0, content), state: .reserved, neighbour: Bench.node,
                content: content.bytes, deadline: Bench.deadline))
    }

    /// Of what the bench's bank has shown.
    private static func read(by peer: NodeName) -> Event<Party.Fact> {
        let newest = known(Bench.standing.storage.newestCommit)
        let read = Read(
            number: Bench.standing.engine.state.given[peer] ?? 0,
            header: HeaderName(commit: newest.header.number, hash: newest.hash), acknowledged: 0)
        return .read(
            read, of: Bench.node,
            header: SignedHeader(bytes: newest.headerBytes, signature: newest.signature))
    }

    /// The next number for the bench's bank, and what only a later version can read.
    private static var notUnderstood: EntryParts {
        let next = known(Bench.standing.logs[Bench.bankB]).given(to: Bench.node) + 1
        return EntryParts(
            shown: WireField.bytes(of: [
                WireField(number: 1, value: .bytes(Array(Bench.node.text.utf8))),
                WireField(number: 2, value: .varint(next)),
                WireField(number: 15, value: .bytes([1])),
            ]), kept: [0])
    }

    // MARK: - Journals and headers

    /// What the bench's bank had signed before its log lost its end.
    static let lost = Bench.standing.storage.commits(after: .start, entriesMax: .max)

    /// What it has signed since, behind what survives.
    static let genuineLog: [Commit] = {
        var commits = Array(lost.dropLast(3))
        var end = LogEnd.empty(of: Epoch(0))
        for commit in commits { end.advance(over: commit) }
        let time = known(lost.last).header.time
        let parts = Event<Party.Fact>.encode(.inboxAdvanced, to: nil, for: Party.self)
        for _ in 0..<2 {
            let commit = Commit.signed(
                [(nil, parts)], after: end, node: Bench.node, timeline: 1, time: time,
                inboxes: [:], key: Bench.key)
            commits.append(commit)
            end.advance(over: commit)
        }
        return commits
    }()

    /// A message with a record in each field.
    private static func journal(_ records: [[UInt8]]) -> [UInt8] {
        WireField.bytes(of: records.map { WireField(number: 1, value: .bytes($0)) })
    }

    private static var journals: Made {
        let (log, lost) = (genuineLog.map { $0.encoded() }, lost.map { $0.encoded() })
        return [
            ("log", journal(log)), ("lost-timeline", journal(lost)),
            ("repeated", journal(log + log)),
            ("two-timelines", journal(lost + log)),
            ("refused-no-salt", journal([log[1].with(in: 3) { $0.cutKept() }])),
            (
                "refused-position-no-log-reaches",
                journal([log[0].with(in: 1) { $0.set(8, .varint(.max)) }])
            ),
        ]
    }

    private static var headers: Made {
        let peer = known(Bench.standing.logs[Bench.bankB]?.commits.last)
        return [
            ("first", known(lost.first).headerBytes), ("last", known(lost.last).headerBytes),
            ("timeline", known(genuineLog.last).headerBytes), ("peer", peer.headerBytes),
            ("refused-empty", []),
        ]
    }
}

// MARK: - Fields

extension [UInt8] {
    /// A message after a change of its fields.
    func with(_ change: (inout [WireField]) -> Void) -> [UInt8] {
        var fields = known(WireField.fields(of: self))
        change(&fields)
        return WireField.bytes(of: fields)
    }

    /// A message after a change of the fields of the message in the first field of that number.
    func with(in number: UInt64, _ change: (inout [WireField]) -> Void) -> [UInt8] {
        with { fields in fields.change(number, change) }
    }
}

extension [WireField] {
    /// What stands in the first field of that number.
    func bytes(_ number: UInt64) -> [UInt8] {
        for field in self where field.number == number {
            if case .bytes(let bytes) = field.value { return bytes }
        }
        return []
    }

    mutating func set(_ number: UInt64, _ value: WireField.Value) {
        for index in indices where self[index].number == number {
            self[index].value = value
            return
        }
    }

    mutating func remove(_ number: UInt64) { removeAll { $0.number == number } }

    /// Changes the message in the first field of that number.
    mutating func change(_ number: UInt64, _ change: (inout [WireField]) -> Void) {
        set(number, .bytes(bytes(number).with(change)))
    }

    /// Repeats the first field of that number, behind itself.
    mutating func double(_ number: UInt64) {
        guard let index = firstIndex(where: { $0.number == number }) else { return }
        insert(self[index], at: index)
    }

    /// The first entry of a commit's body keeps less than a salt.
    fileprivate mutating func cutKept() {
        change(2) { entry in entry.set(3, .bytes([UInt8](entry.bytes(3).prefix(15)))) }
    }
}
