public import Chain
public import MessageBus
import Saga
import Wire

/// Makes commits of a journal's records again, in the log's order: for restoring a log, and for
/// consumers that want whole commits.
///
/// Others can write to the topic, writers publish again what they published before, and a commit of
/// which a part was published may be lost and replaced. So an entry counts only as part of a commit
/// that the bank has signed, that continues the one before it, and whose Merkle root covers just
/// these entries. Until its header comes, all that was said of a position is kept. What fits
/// nothing is passed over.
///
/// Behind a gap, where the broker has lost records, the reader waits until they come again: their
/// node publishes them as soon as it notices. One that has reached the topic's end may read it once
/// more, for what stood before the records that were missing.
public struct JournalReader: Sendable {
    /// Hashes that a search among what was said of a commit's positions may take: a second's worth.
    private static let searchHashesMax = 1_000_000

    private let survey: JournalSurvey
    private var chain: Chain
    private var candidates = Candidates()
    /// Entries that are in no commit the bank has signed, as far as is known.
    private var misfits = 0
    /// A commit was found that is signed and comes next, but behind another commit than the last.
    public private(set) var isForked = false

    /// - Parameters:
    ///   - link: The end of what is known already.
    ///   - survey: Of the whole topic.
    public init(after link: Chain.Link = .start, _ survey: JournalSurvey) {
        self.survey = survey
        chain = Chain(node: survey.node, keys: survey.keys, after: link)
    }

    /// The last commit that is whole.
    public var end: Chain.Link { chain.end }

    /// Entries that are in no commit the bank has signed: alternatives to those that are, and, once
    /// all that is signed was found, what lies behind it.
    public var unfitting: Int {
        misfits + (survey.end <= chain.end.position ? candidates.count : 0)
    }

    /// - Returns: The commit that this record completes, verified; `nil`: none.
    public mutating func take(_ delivered: DeliveredRecord) -> Commit? {
        guard let record = try? JournalRecord(wire: delivered.record.value) else { return nil }
        let entry = Entry(
            position: Position(record.position), saga: record.saga, payload: record.entry)
        let ahead = Int64(record.position) - Int64(chain.end.position.number)
        guard ahead > 0 else { return nil }
        guard record.header.isEmpty else {
            return commit(endingWith: entry, record.header, record.signature)
        }
        if ahead <= EntryLimits.commitEntriesMax {
            misfits += candidates.add(entry)
        } else if entry.position > survey.end {
            misfits += 1
        }
        return nil
    }

    private mutating func commit(
        endingWith entry: Entry, _ headerBytes: [UInt8], _ signature: [UInt8]
    ) -> Commit? {
        let signed = SignedHeader(bytes: headerBytes, signature: signature)
        guard let witnessed = try? WitnessedHeader(signed),
            witnessed.header.last == entry.position,
            witnessed.header.first == chain.end.position + 1,
            !survey.isReplaced(witnessed.header),
            witnessed.isOf(survey.node, signedBy: survey.keys)
        else { return nil }
        guard witnessed.header.previousHash == chain.end.commitHash else {
            // What a key says after it was handed over may be anybody's.
            isForked = isForked || (end.signer ?? witnessed.header.keyID) == witnessed.header.keyID
            return nil
        }
        let before = candidates.entries(
            from: witnessed.header.first, to: entry.position, hashesMax: Self.searchHashesMax
        ) { MerkleTree.root(of: $0 + [entry]) == witnessed.header.merkleRoot }
        guard let before,
            let commit = try? Commit(
                headerBytes: headerBytes, signature: signature, entries: before + [entry]),
            (try? chain.extend(with: commit)) != nil
        else { return nil }
        misfits += candidates.forget(upTo: entry.position) - before.count
        isForked = false
        return commit
    }
}

/// What was said of the positions behind the last whole commit.
private struct Candidates {
    /// Of one position: the newest are kept.
    private static let alternativesMax = 8
    private static let bytesMax = 64 << 20

    /// By position, the newest last.
    private var entries: [UInt64: [Entry]] = [:]
    private var bytes = 0

    var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    /// - Returns: How many had to be given up for it.
    mutating func add(_ entry: Entry) -> Int {
        var alternatives = entries[entry.position.number] ?? []
        if let known = alternatives.firstIndex(of: entry) {
            alternatives.append(alternatives.remove(at: known))
            entries[entry.position.number] = alternatives
            return 0
        }
        alternatives.append(entry)
        bytes += entry.payload.count
        var dropped = 0
        if alternatives.count > Self.alternativesMax {
            bytes -= alternatives.removeFirst().payload.count
            dropped += 1
        }
        entries[entry.position.number] = alternatives
        // What is needed next is kept longest.
        while bytes > Self.bytesMax, let last = entries.keys.max() { dropped += remove(last) }
        return dropped
    }

    /// - Returns: How many there were.
    mutating func forget(upTo end: Position) -> Int {
        entries.keys.filter { $0 <= end.number }.reduce(0) { $0 + remove($1) }
    }

    private mutating func remove(_ position: UInt64) -> Int {
        guard let removed = entries.removeValue(forKey: position) else { return 0 }
        bytes -= removed.reduce(0) { $0 + $1.payload.count }
        return removed.count
    }

    /// One entry for each position from `first` to the one before `end`, such that all of them fit;
    /// the newest are tried first.
    ///
    /// - Returns: `nil`: a position has none, none fit, or the search would take too long.
    func entries(
        from first: Position, to end: Position, hashesMax: Int, fit: ([Entry]) -> Bool
    ) -> [Entry]? {
        let rows = (first.number..<end.number).compactMap { position in
            entries[position].map { Array($0.reversed()) }
        }
        guard rows.count == Int(end.number - first.number) else { return nil }
        var places = Array(repeating: 0, count: rows.count)
        var hashesLeft = hashesMax
        while true {
            let chosen = zip(rows, places).map { $0[$1] }
            if fit(chosen) { return chosen }
            hashesLeft -= 2 * rows.count + 2
            let next = rows.indices.first { places[$0] + 1 < rows[$0].count }
            guard let next, hashesLeft > 0 else { return nil }
            for index in 0..<next { places[index] = 0 }
            places[next] += 1
        }
    }
}
