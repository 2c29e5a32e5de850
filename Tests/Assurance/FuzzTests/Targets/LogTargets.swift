import Chain
import Engine
import EventLog
import JournalReader
import MessageBus
import Saga
import TestKit
import Wire

extension Target {
    /// A journal, one record after the other: whatever stands there, only what was signed verifies.
    static let journal = Target("journal", .wire, rounds: 2_500) { bytes in
        let records = records(in: bytes)
        var isEveryOneRead = !records.isEmpty
        for delivered in records {
            do {
                let commit = try Commit(encoded: delivered.record.value)
                try hold(
                    "\(commit.header) came back as other bytes",
                    commit.encoded() == delivered.record.value)
            } catch is WireError {
                isEveryOneRead = false
            }
        }
        try checkEnd(of: records)
        try checkCommits(of: records)
        return isEveryOneRead
    }

    private static func checkEnd(of records: [DeliveredRecord]) throws {
        var comparison = Journal.Comparison(after: .start)
        comparison.expect(genuine)
        for record in records { comparison.take(record) }
        let published = comparison.published
        try hold(
            "\(published) is no commit's end",
            published == .start || genuine.contains { $0.header.last == published })
        for commit in genuine where commit.header.last <= published {
            try hold(
                "a commit counts that the journal does not hold",
                records.contains { $0.record.value == commit.encoded() })
        }
    }

    private static func checkCommits(of records: [DeliveredRecord]) throws {
        let middle = genuine.prefix(3).reduce(.start) { Chain.Link(after: $1, in: $0.history) }
        for start in [.start, middle] {
            let commits = commits(in: records, after: start)
            try hold(
                "commits come that nobody signed, or not in a log's order",
                [genuine, lost].contains { log in
                    log.filter { $0.header.last > start.position }.starts(with: commits)
                })
        }
        // Nor does a stranger hide what is whole.
        let strange =
            records
            + genuine.map {
                DeliveredRecord(offset: 0, record: Journal.record(of: $0))
            }
        try hold("records of others hide the log", commits(in: strange, after: .start) == genuine)
    }

    private static func commits(
        in records: [DeliveredRecord], after start: Chain.Link
    ) -> [Commit] {
        var survey = JournalSurvey(of: Bench.node, keys: KeyRing(Bench.key.publicKey))
        for record in records { survey.note(record) }
        var reader = JournalReader(after: start, survey)
        return records.compactMap { reader.take($0) }
    }

    private static var genuine: [Commit] { Samples.genuineLog }

    /// The timeline before, whose end was lost.
    private static var lost: [Commit] { Samples.lost }

    /// An input is a message with a record in each field.
    private static func records(in bytes: [UInt8]) -> [DeliveredRecord] {
        (WireField.fields(of: bytes) ?? []).enumerated().compactMap { index, field in
            guard case .bytes(let value) = field.value else { return nil }
            return DeliveredRecord(
                offset: Int64(index), record: Record(key: [], headers: [], value: value))
        }
    }

    /// An entry's parts: what can be read is read as one event, and a log that holds it, signed
    /// by the node's own key, is refused or has sound books.
    static let entry = Target("entry", .wire, rounds: 4_000) { bytes in
        guard let parts = parts(in: bytes) else { return false }
        var isRead = false
        for saga in [nil] + (1...6).map({ Optional(CommandID($0)) }) {
            guard let event = try? Event.decode(parts, saga: saga, for: Party.self) else {
                continue
            }
            isRead = true
            let frame = try ShownFrame(parts.shown)
            try hold(
                "\(event) is for another than its receiver",
                frame.addressee?.peer == event.receiver
                    && (frame.addressee?.number != nil) == event.isNumbered)
            let encoded = Event.encode(event, to: frame.addressee, for: Party.self)
            let again = try Event.decode(encoded, saga: saga, for: Party.self)
            try hold("\(event) came back as \(again)", again == event)
            // Where a content was left out, its hash stands elsewhere the next time.
            let isWhole = frame.contentHash == nil || !parts.content.isEmpty
            try hold(
                "\(event) is shown in another way",
                !isWhole || encoded.shown == parts.shown)
            try checkFolding(parts, saga)
        }
        return isRead
    }

    /// An input has the parts in the fields of a `LoggedEntry`, without the salt.
    private static func parts(in bytes: [UInt8]) -> EntryParts? {
        guard let fields = WireField.fields(of: bytes) else { return nil }
        var parts = EntryParts(kept: [])
        for field in fields {
            guard case .bytes(let value) = field.value else { continue }
            switch field.number {
            case 2: parts.shown = value
            case 3: parts.kept = value
            case 4: parts.content = value
            default: continue
            }
        }
        return parts
    }

    private static func checkFolding(_ parts: EntryParts, _ saga: CommandID?) throws {
        guard parts.byteCount <= CommitLimits.partsBytesMax else { return }
        var bench = Bench.standing
        let newest = known(bench.storage.newestCommit)
        let commit = Commit.signed(
            [(saga, parts)], after: bench.storage.end, node: Bench.node,
            timeline: newest.header.timeline, time: newest.header.time, inboxes: newest.inboxes,
            key: Bench.key)
        do {
            try bench.fold(commit)
        } catch is FoldFault {
            return
        } catch is WireError {
            return
        } catch ChainFault.unknownKey {
            return
        } catch ChainFault.alteredEntries {
            return try hold(
                "an entry with its own content breaks the chain",
                try ShownFrame(parts.shown).contentHash != .sha256(of: parts.content))
        }
        try checkNumbers(of: bench, after: parts)
        try bench.recovery.state.participant.first.checkBooks()
        let state = bench.recovery.state
        let again = try State<Party>(encoded: state.encoded())
        try hold("a folded state came back as another", again == state)
    }

    /// What was folded behind the log of the bench has the number that was next for its addressee.
    private static func checkNumbers(of bench: Bench, after parts: EntryParts) throws {
        var given = Bench.standing.recovery.state.given
        if let addressee = try ShownFrame(parts.shown).addressee, let number = addressee.number {
            given[addressee.peer, default: 0] += 1
            try hold("\(addressee) was not next", given[addressee.peer] == number)
        }
        try hold("the numbers are \(given)", bench.recovery.state.given == given)
    }

    /// A commit's header.
    static let header = Target("header", .wire, rounds: 5_000) { bytes in
        let header: CommitHeader
        do {
            header = try CommitHeader(decoding: bytes)
        } catch is WireError { return false }
        let again = try CommitHeader(decoding: header.encoded())
        try hold("\(header) came back as \(again)", again == header)
        try hold("positions begin with 1", header.first > .start && header.first <= header.last)
        let commit = known(Bench.standing.storage.commits(after: .start, entriesMax: 1).first)
        try hold(
            "a signature fits another header",
            commit.headerBytes == bytes
                || !Bench.key.publicKey.isValid(commit.signature, for: bytes))
        return true
    }

    /// A snapshot's state.
    static let snapshot = Target("snapshot", .wire, rounds: 1_500) { bytes in
        let state: State<Party>
        do {
            state = try State<Party>(encoded: bytes)
        } catch is WireError { return false }
        let again = try State<Party>(encoded: state.encoded())
        try hold("a state came back as another", again == state)
        try hold("equal states have equal bytes", again.encoded() == state.encoded())
        // The node that wakes up with it asks what is open there, and does not stop over it.
        var engine = Engine(Configuration(node: state.node, peers: []), state: state)
        var inputs: ArraySlice<Input<Party>> = []
        _ = engine.step(&inputs, now: Bench.start)
        let honest = Bench.standing.recovery.state.encoded()
        guard bytes != honest else { return true }
        let signed = Snapshot.signed(
            position: state.position, commitHash: .zero, history: HistoryTree(), state: honest,
            key: Bench.key)
        let tampered = Snapshot(
            position: state.position, commitHash: .zero, history: signed.history, state: bytes,
            signature: signed.signature)
        try hold("another state's signature fits", !tampered.isValid(for: Bench.key.publicKey))
        return true
    }
}
