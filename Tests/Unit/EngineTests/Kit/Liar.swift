import Chain
import Links
import Saga
import Wire

/// A log of bank-a for bank-b that no engine writes.
struct Liar {
    typealias Draft = (saga: CommandID?, parts: EntryParts)

    /// The first is the one that bank-b knows.
    static let keys = [NodeName.bankA, .moon, .bankC].map { BenchNode.key(of: $0) }

    private(set) var commits: [Commit] = []
    private(set) var end = LogEnd.empty(of: Epoch(1))
    /// The newest number.
    private(set) var given: UInt64 = 0
    private var nodes = HistoryNodes()

    var timeline: UInt64 { commits.last?.header.timeline ?? 0 }

    /// The same log without its end.
    func first(_ count: Int) -> Liar {
        var liar = Liar()
        for commit in commits.prefix(count) { liar.advance(over: commit) }
        return liar
    }

    static func draft(_ shown: [UInt8], under saga: CommandID? = nil) -> Draft {
        (saga: saga, parts: EntryParts(shown: shown, kept: [1]))
    }

    /// One commit of a timeline.
    mutating func write(_ drafts: [Draft], of timeline: UInt64, by key: SigningKey) {
        let commit = Commit.signed(
            drafts, after: end, node: .bankA, timeline: timeline, time: Bench.start, inboxes: [:],
            key: key)
        advance(over: commit)
    }

    /// One commit of the first timeline, with the next numbers.
    mutating func write(_ says: [Shown.What]) {
        var drafts: [Draft] = []
        for what in says {
            let number = given + 1 + UInt64(drafts.count)
            drafts.append(Self.draft(Shown(to: .bankB, number: number, what).encoded()))
        }
        write(drafts, of: 0, by: Self.keys[0])
    }

    /// One commit, in which the timeline begins, naming such earlier ones.
    mutating func writeTimeline(_ timeline: UInt64, naming earlier: [[UInt64]]) {
        let head = end.head
        let shown = Self.shown(given + 1) { writer in
            writer.write(6) { writer in
                writer.write(timeline, 1)
                writer.write(ForkID.of(5).bytes, 2)
                writer.write(head.position.number, 3)
                writer.write(head.commitHash.bytes, 4)
                for beginning in earlier {
                    writer.write(5) { writer in
                        for (index, value) in beginning.enumerated() {
                            writer.write(value, index + 1)
                        }
                    }
                }
            }
        }
        write([Self.draft(shown)], of: timeline, by: Self.keys[0])
    }

    /// An entry for bank-b with that number, and anything behind it.
    static func shown(_ number: UInt64, _ rest: (inout MessageWriter) -> Void) -> [UInt8] {
        var writer = MessageWriter()
        writer.write(NodeName.bankB.text, 1)
        writer.write(number, 2)
        rest(&writer)
        return writer.bytes
    }

    private mutating func advance(over commit: Commit) {
        end.advance(over: commit)
        nodes.append(commit.hash)
        commits.append(commit)
        for entry in commit.entries {
            given = (try? Shown(decoding: entry.parts.shown))?.number ?? given
        }
    }

    /// The entries with these numbers, and the newest `read`, under the header of commit `count`;
    /// `nil` where that makes no excerpt.
    func excerpt(
        of numbers: ClosedRange<UInt64>, under count: Int? = nil, naming: HeaderName? = nil
    ) -> Excerpt? {
        var shown: [ShownCommit] = []
        var hasRead = false
        let rest = commits.prefix(count ?? commits.count)
        for commit in rest.reversed() {
            var entries: [ShownEntry] = []
            for entry in commit.entries.reversed().compactMap({ try? ShownEntry($0) }) {
                if let number = entry.says.number {
                    guard numbers.contains(number) else { continue }
                } else {
                    guard !hasRead else { continue }
                    hasRead = true
                }
                entries.append(entry)
            }
            guard !entries.isEmpty else { continue }
            shown.append(
                ShownCommit(
                    signed: Self.signed(commit), leaves: commit.entries.map(MerkleTree.leaf(of:)),
                    entries: entries.reversed()))
        }
        guard let newest = rest.last.flatMap({ try? WitnessedHeader(Self.signed($0)) }) else {
            return nil
        }
        let hashes = nodes.hashes
        let made = try? Excerpt.make(
            under: newest, naming: naming, of: shown.reversed(), bytesMax: .max
        ) { $0 < UInt64(hashes.count) ? hashes[Int($0)] : nil }
        return made?.excerpt
    }

    private static func signed(_ commit: Commit) -> SignedHeader {
        SignedHeader(bytes: commit.headerBytes, signature: commit.signature)
    }
}
