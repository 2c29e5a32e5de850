import Saga
import TestKit
import Testing
import Wire

@testable import Chain
@testable import EventLog

@Suite struct ChainTests {
    @Test("An untouched log is verified to its end")
    func untouched() throws {
        var writer = try Writer()
        var chain = Chain(node: writer.node, key: writer.key.publicKey)
        for count in [1, 2, 3, 64, 7] {
            try chain.extend(with: writer.next(count))
        }
        #expect(chain.end.position == writer.head.position)
        #expect(chain.end.commitHash == writer.head.commitHash)
    }

    @Test("Verifying can start after a commit that a snapshot names")
    func startingLater() throws {
        var writer = try Writer()
        let first = writer.next(3)
        let link = Chain.Link(
            position: first.header.last, commitHash: first.hash, history: writer.end.history)
        var chain = Chain(node: writer.node, key: writer.key.publicKey, after: link)
        try chain.extend(with: writer.next())
        #expect(chain.end.position == Position(4))
    }

    @Test("Timeline, epoch and time may rise")
    func rising() throws {
        var writer = try Writer()
        var chain = Chain(node: writer.node, key: writer.key.publicKey)
        try chain.extend(with: writer.next())
        writer.head = try writer.head.takenOver(from: writer.head.epoch)
        writer.timeline += 1
        try chain.extend(with: writer.next())
        #expect(chain.end.epoch == Epoch(1))
        #expect(chain.end.timeline == 2)
    }

    @Test("A content that is left out is missed by no hash: the log is verified as with it")
    func contentLeftOut() throws {
        let history = try Tampering.History()
        let bare = history.secondChanging(0) { $0.parts.content = [] }
        #expect(!history.second.entries[0].parts.content.isEmpty)
        #expect(MerkleTree.root(of: bare.entries) == history.second.header.merkleRoot)
        let start = Chain(node: history.writer.node, key: history.writer.key.publicKey)
        var chain = start
        for commit in [history.first, bare, history.third] { try chain.extend(with: commit) }
        #expect(chain.end.commitHash == history.third.hash)
        var atOnce = start
        try atOnce.extend(with: [history.first, bare, history.third])
        #expect(atOnce.end == chain.end)
        var whole = start
        try whole.extend(with: [history.first, history.second, history.third])
        #expect(whole.end == chain.end)
    }

    @Test("Every tampering is found, and the chain stays where it was", arguments: Tampering.all)
    func tampering(_ tampering: Tampering) throws {
        var history = try Tampering.History()
        var chain = Chain(node: history.writer.node, key: history.writer.key.publicKey)
        try chain.extend(with: history.first)
        let end = chain.end
        let forged = try tampering.forge(&history)
        let fault = tampering.fault(forged.header.first)
        #expect(throws: fault) { try chain.extend(with: forged) }
        #expect(chain.end == end)
        #expect("\(fault)".hasPrefix("The commit at \(forged.header.first) "))
        try chain.extend(with: history.second)
    }

    @Test(
        "Many at once hide no tampering, and the chain stays where it was",
        arguments: Tampering.all)
    func page(_ tampering: Tampering) throws {
        var history = try Tampering.History()
        let start = Chain(node: history.writer.node, key: history.writer.key.publicKey)
        let forged = try tampering.forge(&history)
        for page in [[history.first, forged], [history.first, forged, history.third]] {
            var chain = start
            // All that is signed is in the header: who has the right one, and what comes next is
            // right as well, has lost nothing but the signature.
            let isHarmless =
                page.count == 3 && forged.hash == history.second.hash
                && forged.entries == history.second.entries
                && forged.body == history.second.body
            if isHarmless {
                try chain.extend(with: page)
                #expect(chain.end.commitHash == history.third.hash)
            } else {
                #expect(throws: ChainFault.self) { try chain.extend(with: page) }
                #expect(chain.end == .start)
            }
        }
        var chain = start
        try chain.extend(with: [history.first, history.second, history.third])
        #expect(chain.end.commitHash == history.third.hash)
    }
}

/// One way to tamper with the second commit of a log, and what must be said of it.
struct Tampering: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let fault: @Sendable (Position) -> ChainFault
    let forge: @Sendable (inout History) throws -> Commit

    /// Three commits: the first verified, the second to be forged, the third after it.
    struct History {
        /// Stands after the first commit.
        var writer: Writer
        let first: Commit
        let second: Commit
        let third: Commit

        init() throws {
            writer = try Writer(after: LogEnd.empty(of: Epoch(3)).head)
            first = writer.next(2)
            var later = writer
            second = later.next(3)
            third = later.next(1)
        }

        /// The second commit with other entries under the same signed header.
        func secondHolding(_ entries: [Entry]) -> Commit {
            Commit(
                header: second.header, headerBytes: second.headerBytes,
                signature: second.signature, body: second.body, hash: second.hash,
                inboxes: second.inboxes, entries: entries)
        }

        /// The second commit with other cursors under the same signed header.
        func secondReading(_ change: (inout [NodeName: Int64]) -> Void) -> Commit {
            var inboxes = second.inboxes
            change(&inboxes)
            return Commit(
                header: second.header, headerBytes: second.headerBytes,
                signature: second.signature,
                body: CommitBody(second.entries, inboxes: inboxes).bytes, hash: second.hash,
                inboxes: inboxes, entries: second.entries)
        }

        /// What can be changed of an entry at its place.
        struct Changing {
            var saga: CommandID?
            var parts: EntryParts
            var salt: [UInt8]
        }

        /// The second commit with its n-th entry (from 0) changed. The first has a content, the
        /// others do not.
        func secondChanging(_ index: Int, _ change: (inout Changing) -> Void) -> Commit {
            var entries = second.entries
            let entry = entries[index]
            var changing = Changing(saga: entry.saga, parts: entry.parts, salt: entry.salt)
            change(&changing)
            entries[index] = Entry(
                position: entry.position, saga: changing.saga, parts: changing.parts,
                salt: changing.salt)
            return secondHolding(entries)
        }
    }

    private static func row(
        _ description: String, _ fault: @escaping @Sendable (Position) -> ChainFault,
        _ forge: @escaping @Sendable (inout History) throws -> Commit
    ) -> Tampering {
        Tampering(testDescription: description, fault: fault, forge: forge)
    }

    static let all: [Tampering] =
        ofIdentity + ofSignature + ofPlace + ofBody + ofEntries + ofContents + ofOrder

    private static let ofIdentity = [
        row("another node's commit", ChainFault.foreignNode) { history in
            history.writer.node = try #require(NodeName("bank-b"))
            return history.writer.commit(3)
        },
        row("signed with another key", ChainFault.foreignKey) { history in
            history.writer.key = try Writer.key(8)
            return history.writer.commit(3)
        },
    ]

    private static let ofSignature = [
        row("signed with another key under the node's key id", ChainFault.invalidSignature) {
            try Commit(
                headerBytes: $0.second.headerBytes,
                signature: try Writer.key(8).signature(for: $0.second.headerBytes),
                body: $0.second.body)
        },
        row("a bit of the signature flipped", ChainFault.invalidSignature) {
            var signature = $0.second.signature
            signature[17] ^= 1
            return try Commit(
                headerBytes: $0.second.headerBytes, signature: signature,
                body: $0.second.body)
        },
        row("another time under the old signature", ChainFault.invalidSignature) {
            var header = $0.second.header
            header.time = header.time + .seconds(60)
            return try Commit(
                headerBytes: header.encoded(), signature: $0.second.signature,
                body: $0.second.body)
        },
        row("another cursors' hash under the old signature", ChainFault.invalidSignature) {
            var header = $0.second.header
            header.cursorsHash = .zero
            return try Commit(
                headerBytes: header.encoded(), signature: $0.second.signature,
                body: $0.second.body)
        },
    ]

    private static let ofPlace = [
        row("a commit left out", ChainFault.gap) { $0.third },
        row("a commit twice", ChainFault.gap) { $0.first },
        row("a predecessor that was rewritten", ChainFault.broken) { history in
            history.writer.head = Head(
                position: history.writer.head.position, commitHash: .sha256(of: [1]),
                epoch: history.writer.head.epoch)
            return history.writer.commit(3)
        },
        row("a history without the commit before", ChainFault.otherHistory) { history in
            history.writer.end = LogEnd(history.writer.head, HistoryTree())
            return history.writer.commit(3)
        },
        row("a history with one commit too many", ChainFault.otherHistory) { history in
            var tree = history.writer.end.history
            tree.append(history.first.hash)
            history.writer.end = LogEnd(history.writer.head, tree)
            return history.writer.commit(3)
        },
        row("a history of as many commits, of which one is another", ChainFault.otherHistory) {
            history in
            var tree = HistoryTree()
            tree.append(.sha256(of: [1]))
            history.writer.end = LogEnd(history.writer.head, tree)
            return history.writer.commit(3)
        },
    ]

    /// A node of which the commits have no cursor.
    private static let stranger = known(NodeName("bank-d"))

    private static let ofBody = [
        row("another inbox cursor", ChainFault.alteredBody) { history in
            let altered = history.secondReading { $0[Cast.bankB] = 40 }
            return try Commit(
                headerBytes: altered.headerBytes, signature: altered.signature,
                body: altered.body)
        },
        row("an inbox cursor of another peer", ChainFault.alteredBody) { history in
            let altered = history.secondReading { inboxes in
                let cursor = inboxes.removeValue(forKey: Cast.bankC)
                inboxes[stranger] = cursor
            }
            return try Commit(
                headerBytes: altered.headerBytes, signature: altered.signature,
                body: altered.body)
        },
        row("an inbox cursor left out", ChainFault.alteredBody) {
            $0.secondReading { $0[Cast.bankC] = nil }
        },
        row("an inbox cursor too many", ChainFault.alteredBody) {
            $0.secondReading { $0[stranger] = 0 }
        },
        row("no inbox cursors", ChainFault.alteredBody) { $0.secondReading { $0 = [:] } },
        row("a longer body", ChainFault.alteredBody) { history in
            let second = history.second
            return Commit(
                header: second.header, headerBytes: second.headerBytes,
                signature: second.signature, body: second.body + [0], hash: second.hash,
                inboxes: second.inboxes, entries: second.entries)
        },
    ]

    private static let ofEntries = [
        row("an entry left out", ChainFault.miscounted) {
            $0.secondHolding(Array($0.second.entries.dropLast()))
        },
        row("an entry twice", ChainFault.miscounted) {
            $0.secondHolding($0.second.entries + $0.second.entries.suffix(1))
        },
        row("entries in another order", ChainFault.miscounted) {
            $0.secondHolding($0.second.entries.reversed())
        },
        row("other bytes kept", ChainFault.alteredEntries) {
            $0.secondChanging(2) { $0.parts.kept.append(0) }
        },
        row("other bytes shown", ChainFault.alteredEntries) {
            $0.secondChanging(0) { $0.parts.shown[9] ^= 1 }
        },
        row("something shown where nothing was", ChainFault.alteredEntries) {
            $0.secondChanging(1) { $0.parts.shown = [1] }
        },
        row("nothing shown of what was, and no content", ChainFault.alteredEntries) {
            $0.secondChanging(0) { ($0.parts.shown, $0.parts.content) = ([], []) }
        },
        row("a byte moved from what is kept to what is shown", ChainFault.alteredEntries) {
            $0.secondChanging(2) { $0.parts.shown.append($0.parts.kept.removeLast()) }
        },
        row("another salt", ChainFault.alteredEntries) {
            $0.secondChanging(1) { $0.salt[15] ^= 1 }
        },
        row("another saga", ChainFault.alteredEntries) {
            $0.secondChanging(0) { $0.saga = Writer.saga(99) }
        },
        row("no saga", ChainFault.alteredEntries) {
            $0.secondChanging(1) { $0.saga = nil }
        },
    ]

    /// No root changes with a content: the chain compares it with the hash that the entry shows.
    private static let ofContents = [
        row("another content", ChainFault.alteredEntries) {
            $0.secondChanging(0) { $0.parts.content[3] ^= 1 }
        },
        row("a longer content", ChainFault.alteredEntries) {
            $0.secondChanging(0) { $0.parts.content.append(0) }
        },
        row("a shorter content", ChainFault.alteredEntries) {
            $0.secondChanging(0) { $0.parts.content.removeLast() }
        },
        row("a content beside an entry that shows nothing", ChainFault.alteredEntries) {
            $0.secondChanging(1) { $0.parts.content = [1] }
        },
        row("a content that its own writer names otherwise", ChainFault.alteredEntries) { history in
            var parts = EntryParts(keeping: [1], about: [2])
            parts.content = [3]
            return history.writer.commit(parts: [(Writer.saga(1), parts)])
        },
        row("a content beside an entry that names none", ChainFault.alteredEntries) { history in
            // Addressee and number, and no hash.
            let shown: [UInt8] = [0x0A, 0x01, 0x62, 0x10, 0x01]
            let parts = EntryParts(shown: shown, kept: [1], content: [2])
            return history.writer.commit(parts: [(nil, EntryParts(kept: [])), (nil, parts)])
        },
        row("a content beside what cannot be read", ChainFault.alteredEntries) { history in
            let parts = EntryParts(shown: [0xFF], kept: [1], content: [2])
            return history.writer.commit(parts: [(Writer.saga(1), parts)])
        },
    ]

    private static let ofOrder = [
        row("a lower timeline", ChainFault.timelineBack) { history in
            history.writer.timeline -= 1
            return history.writer.commit(3)
        },
        row("a lower epoch", ChainFault.epochBack) { history in
            let head = history.writer.head
            history.writer.head = Head(
                position: head.position, commitHash: head.commitHash, epoch: Epoch(2))
            return history.writer.commit(3)
        },
        row("an earlier time", ChainFault.timeBack) { history in
            history.writer.time = Timestamp(milliseconds: 999)
            return history.writer.commit(3)
        },
    ]
}
