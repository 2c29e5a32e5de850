import Chain
import Links
import Saga
import Testing
import Wire

/// A change of `ExcerptSample`'s excerpt, and how it is refused.
struct ExcerptTampering: Sendable, CustomTestStringConvertible {
    enum Refusal: Hashable {
        case unreadable(String)
        case unproved(ExcerptFault)
        case untaken(LinkOutcome.Reason)
    }

    typealias Change = @Sendable (inout ExcerptParts, ExcerptSample) throws -> Void

    let testDescription: String
    let refusal: Refusal
    let change: Change

    init(_ name: String, _ refusal: Refusal, _ change: @escaping Change) {
        testDescription = name
        self.refusal = refusal
        self.change = change
    }

    static let all = ofEntries + ofOrder + ofProofs + ofCommits + ofNewest + ofPrevious

    private static let other = Hash.sha256(of: [0xff])
    private static let in4 = Refusal.unproved(.otherEntries(at: Position(4)))
    private static let in7 = Refusal.unproved(.otherEntries(at: Position(7)))

    static let ofEntries: [ExcerptTampering] = [
        .init("a position", in7) { parts, _ in
            parts.commits[1].entries[1].position = Position(10)
        },
        .init("a saga", in4) { parts, _ in parts.commits[0].entries[0].saga = Cast.saga(99) },
        .init("no saga", in4) { parts, _ in parts.commits[0].entries[0].saga = nil },
        .init("a saga where there is none", in7) { parts, _ in
            parts.commits[1].entries[0].saga = Cast.saga(1)
        },
        .init("what is kept", in4) { parts, _ in parts.commits[0].entries[0].keptHash = other },
        .init("what is shown", in4) { parts, _ in
            let hash = Hash.sha256(of: parts.commits[0].entries[0].content)
            parts.commits[0].entries[0].shown = Shown(
                to: Cast.bankB, number: 2, .step([1]), contentHash: hash
            ).encoded()
        },
        .init("a read", in7) { parts, _ in
            let read = Read(
                number: 2, header: HeaderName(commit: 2, hash: .sha256(of: [2])), acknowledged: 0)
            parts.commits[1].entries[0].shown = Shown(to: Cast.bankB, read).encoded()
        },
        .init("a field that no version knows yet", in4) { parts, _ in
            parts.commits[0].entries[0].shown += [0x7a, 0]
        },
        .init("a content", .unproved(.otherContent(at: Position(6)))) { parts, _ in
            parts.commits[0].entries[1].content[0] ^= 1
        },
        .init("no content", .unproved(.otherContent(at: Position(14)))) { parts, _ in
            parts.commits[3].entries[0].content = []
        },
        .init("a content beside a read", .unproved(.otherContent(at: Position(8)))) { parts, _ in
            parts.commits[1].entries[0].content = [1]
        },
        .init("contents of two entries", .unproved(.otherContent(at: Position(4)))) { parts, _ in
            let content = parts.commits[0].entries[0].content
            parts.commits[0].entries[0].content = parts.commits[0].entries[1].content
            parts.commits[0].entries[1].content = content
        },
        .init("another addressee", .unreadable("an excerpt has two addressees")) { parts, sample in
            parts.commits[0].entries.insert(.init(sample.log.entries[2]), at: 1)
        },
        .init("no addressee", .unreadable("a shown entry's addressee is no node name")) {
            parts, _ in parts.commits[0].entries[0].shown = []
        },
        .init("an entry of another link, alone", .untaken(.otherLink)) { parts, sample in
            let entry = sample.log.entries[2]
            let leaves = sample.log.commits[1].leaves
            parts.commits = [parts.commits[0]]
            parts.commits[0].entries = [.init(entry)]
            parts.commits[0].proof = MerkleMultiproof.make(for: [1], of: leaves)
        },
    ]

    static let ofOrder: [ExcerptTampering] = [
        .init("entries the other way round", .unreadable("an excerpt's entry 4 is out of place")) {
            parts, _ in parts.commits[0].entries.swapAt(0, 1)
        },
        .init("positions exchanged", .unreadable("an excerpt's number 2 is out of order")) {
            parts, _ in
            parts.commits[0].entries.swapAt(0, 1)
            parts.commits[0].entries[0].position = Position(4)
            parts.commits[0].entries[1].position = Position(6)
        },
        .init("an entry twice", .unreadable("an excerpt's entry 4 is out of place")) { parts, _ in
            parts.commits[0].entries.insert(parts.commits[0].entries[0], at: 0)
        },
        .init("an entry in another commit", .unreadable("an excerpt's entry 12 is out of place")) {
            parts, _ in
            parts.commits[1].entries += parts.commits[2].entries
            parts.commits.remove(at: 2)
        },
        .init("an entry in another commit, at a place there", in7) { parts, _ in
            parts.commits[1].entries += parts.commits[2].entries
            parts.commits[1].entries[2].position = Position(10)
            parts.commits.remove(at: 2)
        },
        .init("an entry before its commit", .unreadable("an excerpt's entry 3 is out of place")) {
            parts, _ in parts.commits[0].entries[0].position = Position(3)
        },
        .init("an entry at no position", .unreadable("an excerpt's entry 0 is out of place")) {
            parts, _ in parts.commits[0].entries[0].position = .start
        },
        .init("two reads", .unreadable("an excerpt has two reads")) { parts, _ in
            var second = parts.commits[1].entries[0]
            second.position = Position(10)
            parts.commits[1].entries.append(second)
        },
        .init("an entry cut out", in4) { parts, _ in parts.commits[0].entries.remove(at: 0) },
        .init("an entry cut out, with a proof for the rest", .untaken(.gap)) { parts, sample in
            parts.commits[0].entries.remove(at: 0)
            parts.commits[0].proof = MerkleMultiproof.make(
                for: [2], of: sample.log.commits[1].leaves)
        },
        .init("the first commit cut out", .untaken(.gap)) { parts, _ in
            parts.commits.remove(at: 0)
        },
        .init("no commit", .unreadable("an excerpt shows no entry")) { parts, _ in
            parts.commits = []
        },
        .init("an empty commit", .unreadable("an excerpt has an empty commit")) { parts, _ in
            parts.commits[1].entries = []
        },
    ]

    static let ofProofs: [ExcerptTampering] = [
        .init("a hash of a proof", in4) { parts, _ in parts.commits[0].proof[0] = other },
        .init("a hash of a proof less", in7) { parts, _ in parts.commits[1].proof.removeLast() },
        .init("no proof", in4) { parts, _ in parts.commits[0].proof = [] },
        .init("a hash of a proof more", in4) { parts, _ in parts.commits[0].proof.append(other) },
        .init("a proof where none is needed", .unproved(.otherEntries(at: Position(12)))) {
            parts, _ in parts.commits[2].proof = [other]
        },
        .init("two hashes of a proof exchanged", in7) { parts, _ in
            parts.commits[1].proof.swapAt(0, 1)
        },
        .init("two proofs exchanged", in4) { parts, _ in
            let proof = parts.commits[0].proof
            parts.commits[0].proof = parts.commits[1].proof
            parts.commits[1].proof = proof
        },
    ]

    private static func history(_ first: UInt64) -> Refusal {
        .unproved(.otherHistory(at: Position(first)))
    }

    static let ofCommits: [ExcerptTampering] = [
        .init("a hash of a path", history(4)) { parts, _ in parts.commits[0].path[0] = other },
        .init("a hash of a path less", history(7)) { parts, _ in
            parts.commits[1].path.removeLast()
        },
        .init("a hash of a path more", history(7)) { parts, _ in
            parts.commits[1].path.append(other)
        },
        .init("two hashes of a path exchanged", history(4)) { parts, _ in
            parts.commits[0].path.swapAt(0, 1)
        },
        .init("another commit's path", history(4)) { parts, _ in
            parts.commits[0].path = parts.commits[1].path
        },
        .init("a header's time", history(7)) { parts, _ in
            parts.commits[1].header = try ExcerptParts.changed(parts.commits[1].header) {
                $0.time = Timestamp(milliseconds: 1)
            }
        },
        .init("a header's last byte", history(7)) { parts, _ in
            let last = (parts.commits[1].header?.count ?? 0) - 1
            parts.commits[1].header?[last] ^= 1
        },
        .init("a header's count", history(7)) { parts, _ in
            parts.commits[1].header = try ExcerptParts.changed(parts.commits[1].header) {
                $0.last = Position(12)
            }
        },
        .init("a header's number", history(4)) { parts, _ in
            parts.commits[0].header = try ExcerptParts.changed(parts.commits[0].header) {
                $0.number = 1
            }
        },
        .init("a header's timeline", history(7)) { parts, _ in
            parts.commits[1].header = try ExcerptParts.changed(parts.commits[1].header) {
                $0.timeline = 1
            }
        },
        .init(
            "a header's node",
            .unreadable("an excerpt's commits are out of order or of two nodes")
        ) { parts, _ in
            parts.commits[1].header = try ExcerptParts.changed(parts.commits[1].header) {
                $0.node = ExcerptSample.bankC
            }
        },
        .init("another commit's header", .unreadable("an excerpt's entry 4 is out of place")) {
            parts, sample in
            parts.commits[0].header = sample.log.commits[0].header.signed.bytes
        },
        .init(
            "commits the other way round",
            .unreadable("an excerpt's commits are out of order or of two nodes")
        ) { parts, _ in parts.commits.swapAt(0, 1) },
        .init(
            "the newest header listed",
            .unreadable("an excerpt has a commit behind its newest one, or that one twice")
        ) { parts, _ in parts.commits[3].header = parts.header },
        .init(
            "a path of the newest header",
            .unreadable("an excerpt has a commit behind its newest one, or that one twice")
        ) { parts, _ in parts.commits[3].path = [other] },
    ]

    static let ofNewest: [ExcerptTampering] = [
        .init("the newest header's time", .untaken(.badSignature)) { parts, _ in
            parts.header = try ExcerptParts.changed(parts.header) {
                $0.time = Timestamp(milliseconds: 1)
            }
        },
        .init("the newest header's history", history(4)) { parts, _ in
            parts.header = try ExcerptParts.changed(parts.header) { $0.historyRoot = other }
        },
        .init("the newest header's root", .unproved(.otherEntries(at: Position(13)))) { parts, _ in
            parts.header = try ExcerptParts.changed(parts.header) { $0.merkleRoot = other }
        },
        .init("the newest header's number", history(4)) { parts, _ in
            parts.header = try ExcerptParts.changed(parts.header) { $0.number = 6 }
        },
        .init("the newest header's key", .untaken(.otherKey)) { parts, _ in
            parts.header = try ExcerptParts.changed(parts.header) {
                $0.keyID = Cast.key(2).keyID
            }
        },
        .init("the signature", .untaken(.badSignature)) { parts, _ in parts.signature[0] ^= 1 },
        .init("the signature of another commit", .untaken(.badSignature)) { parts, sample in
            parts.signature = sample.log.commits[0].header.signed.signature
        },
        .init(
            "an older header",
            .unreadable("an excerpt has a commit behind its newest one, or that one twice")
        ) { parts, sample in
            parts.header = sample.log.commits[2].header.signed.bytes
            parts.signature = sample.log.commits[2].header.signed.signature
            parts.commits.removeLast()
        },
    ]

    static let ofPrevious: [ExcerptTampering] = [
        .init("no header before", .untaken(.otherHeader)) { parts, _ in parts.previous = nil },
        .init("the header before", .untaken(.otherHeader)) { parts, _ in
            parts.previous = .init(hash: other, path: parts.previous?.path ?? [])
        },
        .init("a header before that was not taken", .untaken(.otherHeader)) { parts, sample in
            parts.previous = .init(
                hash: sample.log.commits[1].header.hash, path: parts.commits[0].path)
        },
        .init("no path of the header before", .untaken(.otherHeader)) { parts, _ in
            parts.previous = .init(hash: parts.previous?.hash ?? other, path: [])
        },
        .init("the path of the header before", .untaken(.otherHeader)) { parts, _ in
            parts.previous = .init(
                hash: parts.previous?.hash ?? other, path: parts.commits[0].path)
        },
    ]
}
