import Chain
import Links
import Saga
import Testing
import Wire

/// A log writes the part of an entry that is shown, in `Wire`, and a link reads it, in `Links`. The
/// two have to agree byte for byte.
@Suite("An entry of a log, as a peer is shown it") struct LoggedEntryTests {
    private static let content = Array("what the saga is about".utf8)
    private static let secret = Array("what the node keeps to itself".utf8)
    private static let bankC = Cast.name("bank-c")

    /// An entry, and the peer that is shown it with its number.
    struct Row {
        let event: Event<[UInt8]>
        let addressee: Addressee?

        init(_ event: Event<[UInt8]>, _ addressee: Addressee? = nil) {
            self.event = event
            self.addressee = addressee
        }

        /// Bank B is shown it.
        init(_ event: Event<[UInt8]>, number: UInt64) {
            self.init(event, Addressee(Cast.bankB, number: number))
        }

        var isForBankB: Bool { addressee?.peer == Cast.bankB }
        var parts: EntryParts { Event.encode(event, to: addressee, for: Notes.self) }
    }

    private static func step(
        _ state: StepState, _ low: UInt64, before: NodeName?, after: NodeName?,
        content: [UInt8] = [], refusal: Refusal? = nil
    ) -> Event<[UInt8]> {
        .stepDecided(
            StepDecided(
                step: stepID(low), state: state, refusal: refusal, previous: before, next: after,
                content: content, deadline: content.isEmpty ? nil : deadline,
                fingerprint: .sha256(of: [9]), principal: principal,
                reserving: [secret], closing: [secret]))
    }

    private static func stepID(_ low: UInt64) -> StepID {
        let saga = SagaID(Cast.saga(low), contentHash: .sha256(of: content))
        return StepID(saga: saga, number: Int(low))
    }

    private static let deadline = Timestamp(milliseconds: 1_700_000_000_000)

    /// Entries for bank B, for bank C, and for no peer.
    static let rows: [Row] = [
        Row(step(.reserved, 0, before: bankC, after: Cast.bankB, content: content), number: 1),
        Row(.inboxAdvanced),
        Row(step(.deciding, 1, before: Cast.bankB, after: bankC, content: content)),
        Row(step(.confirmed, 2, before: Cast.bankB, after: bankC), number: 2),
        Row(
            step(.confirmed, 4, before: bankC, after: Cast.bankB),
            Addressee(bankC, number: 1)),
        Row(
            step(
                .cancelled, 15, before: Cast.bankB, after: bankC, content: content,
                refusal: .declined), number: 3),
        Row(
            step(.cancelled, 3, before: Cast.bankB, after: nil, refusal: .declined), number: 4),
        Row(
            .abandonRequested(
                AbandonRequested(step: stepID(0), next: Cast.bankB, principal: principal)),
            number: 5),
        Row(
            .stepRepeated(
                StepRepeated(
                    step: stepID(6), state: .reserved, neighbour: Cast.bankB, content: content,
                    deadline: deadline)), number: 6),
        Row(.stepForgotten(stepID(7), facts: [secret])),
    ]

    static let rowsForBankB = rows.filter(\.isForBankB)

    /// What bank B is shown of the two logs, as links have it.
    static let linkRows: [(row: Row, shown: Shown)] = {
        let header = SignedHeader(bytes: [1], signature: [UInt8](repeating: 2, count: 64))
        let read = Read(
            number: 3, header: HeaderName(commit: 5, hash: .sha256(of: [1])), acknowledged: 2)
        let accepted = Accepted(
            TimelineName(number: 2, fork: Cast.fork(1)),
            own: TimelineName(number: 1, fork: Cast.fork(2)))
        let begun = NewTimeline(
            TimelineName(number: 4, fork: Cast.fork(3)), position: Position(9),
            commitHash: .sha256(of: [3]),
            earlier: [.init(timeline: 1, number: 2, position: Position(5))])
        let key = Cast.key(9).publicKey
        return [
            (
                Row(
                    .read(read, of: Cast.bankB, header: header),
                    Addressee(Cast.bankB, number: nil)), Shown(to: Cast.bankB, read)
            ),
            (
                Row(.peerAccepted(Cast.bankB, accepted, by: principal), number: 7),
                Shown(to: Cast.bankB, number: 7, .accepted(accepted))
            ),
            (
                Row(.timelineShown(begun, to: Cast.bankB), number: 8),
                Shown(to: Cast.bankB, number: 8, .timeline(begun))
            ),
            (
                Row(.keyShown(publicKey: key.bytes, to: Cast.bankB), number: 9),
                Shown(to: Cast.bankB, number: 9, .key(key))
            ),
        ]
    }()

    private static let principal: Principal = {
        guard let ada = Principal("unix:ada") else { preconditionFailure("ada is no principal") }
        return ada
    }()

    private static func commit() -> Commit {
        Commit.signed(
            rows.map { ($0.event.saga, $0.parts) }, after: .empty(of: Epoch(1)), node: Cast.bankA,
            timeline: 0, time: Timestamp(milliseconds: 1_700_000_000_000), inboxes: [:],
            key: ExcerptSample.key)
    }

    /// The entry without what it keeps, put together by hand.
    private static func asShown(_ entry: Entry) throws(WireError) -> ShownEntry {
        try ShownEntry(
            position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
            shown: entry.parts.shown, content: entry.parts.content)
    }

    /// What bank B is shown of the commit, put together by hand.
    private static func shownCommit(_ commit: Commit) throws -> ShownCommit {
        let leaves = commit.entries.map { entry in
            MerkleTree.leaf(
                at: entry.position, under: entry.saga, keptHash: entry.keptHash,
                shown: entry.parts.shown)
        }
        var entries: [ShownEntry] = []
        for (row, entry) in zip(rows, commit.entries) where row.isForBankB {
            entries.append(try asShown(entry))
        }
        return ShownCommit(
            signed: SignedHeader(bytes: commit.headerBytes, signature: commit.signature),
            leaves: leaves, entries: entries)
    }

    private static func excerpt(of shown: ShownCommit) throws -> Excerpt {
        try Excerpt.make(under: WitnessedHeader(shown.signed), naming: nil, of: [shown]) { _ in
            nil
        }.excerpt
    }

    @Test("says the same to both modules", arguments: rowsForBankB.indices)
    func agree(index: Int) throws {
        let row = Self.rowsForBankB[index]
        let parts = row.parts
        let says = try Shown(decoding: parts.shown)
        let frame = try ShownFrame(parts.shown)
        let step = try #require(frame.step)
        #expect(frame.addressee == row.addressee)
        #expect(says.peer == row.addressee?.peer)
        #expect(says.number == row.addressee?.number)
        #expect(says.what == .step(step))
        #expect(says.contentHash == frame.contentHash)
        let hash = parts.content.isEmpty ? nil : Hash.sha256(of: Self.content)
        #expect(says.contentHash == hash)
        let number = try #require(says.number)
        let again = Shown(
            to: Cast.bankB, number: number, .step(step), contentHash: says.contentHash)
        #expect(again == says)
        #expect(again.encoded() == parts.shown)
        #expect(try Event.decode(parts, saga: row.event.saga, for: Notes.self) == row.event)
    }

    @Test("says the same of logs to both modules", arguments: linkRows.indices)
    func agreeAboutLogs(index: Int) throws {
        let (row, shown) = Self.linkRows[index]
        let parts = row.parts
        #expect(try Shown(decoding: parts.shown) == shown)
        #expect(shown.encoded() == parts.shown)
        #expect(try ShownFrame(parts.shown).addressee == row.addressee)
        #expect(try Event.decode(parts, saga: nil, for: Notes.self) == row.event)
    }

    @Test(
        "has any number that a store keeps, in both modules", arguments: [1, 128, .max] as [Int64])
    func numbers(number: Int64) throws {
        let row = Row(Self.rowsForBankB[0].event, number: UInt64(number))
        let says = try Shown(decoding: row.parts.shown)
        #expect(says.number == UInt64(number))
        #expect(try ShownFrame(row.parts.shown).addressee == row.addressee)
    }

    @Test("is refused by both modules with a number that no store keeps")
    func numberBeyondStores() throws {
        var writer = MessageWriter()
        writer.write("bank-b", 1)
        writer.write(UInt64(Int64.max) + 1, 2)
        writer.write(element: [1], 3)
        #expect(throws: WireError.self) { try Shown(decoding: writer.bytes) }
        #expect(throws: WireError.self) { try ShownFrame(writer.bytes) }
    }

    @Test("has the leaf that it has in the tree of its commit")
    func leaves() throws {
        let commit = Self.commit()
        var count = 0
        for (row, entry) in zip(Self.rows, commit.entries) where row.addressee != nil {
            let shown = try Self.asShown(entry)
            #expect(shown.leaf == MerkleTree.root(of: [entry]))
            #expect(shown.leaf == MerkleTree.leaf(of: entry))
            #expect(shown.hasItsContent)
            #expect(try ShownEntry(entry) == shown)
            count += 1
        }
        #expect(count == Self.rowsForBankB.count + 1)
        let leaves = try Self.shownCommit(commit).leaves
        #expect(MerkleTree.root(ofLeaves: leaves) == commit.header.merkleRoot)
    }

    @Test("is shown with the others for its peer, and with none for another")
    func ofCommit() throws {
        let commit = Self.commit()
        #expect(try ShownCommit(commit, for: Cast.bankB) == Self.shownCommit(commit))
        let forBankC = try ShownCommit(commit, for: Self.bankC)
        #expect(forBankC.entries.map(\.position.number) == [5])
        #expect(forBankC.entries.map(\.says.number) == [1])
        #expect(forBankC.leaves == commit.entries.map(MerkleTree.leaf(of:)))
        for stranger in [Cast.bankA, Cast.name("bank-d")] {
            #expect(try ShownCommit(commit, for: stranger).entries.isEmpty)
        }
        let excerpt = try Self.excerpt(of: forBankC)
        #expect(excerpt.receiver == Self.bankC && excerpt.numbers == [1])
    }

    @Test("has another leaf where its place, its UUID, or the hash of what is kept is another")
    func otherLeaves() throws {
        let entry = Self.commit().entries[0]
        let leaf = try Self.asShown(entry).leaf
        let others = [
            Entry(
                position: Position(2), saga: entry.saga, parts: entry.parts, salt: entry.salt),
            Entry(
                position: entry.position, saga: Cast.saga(9), parts: entry.parts, salt: entry.salt),
            Entry(
                position: entry.position, saga: entry.saga, parts: entry.parts,
                salt: entry.salt.reversed()),
        ]
        for other in others {
            let shown = try Self.asShown(other)
            #expect(shown.leaf != leaf)
            #expect(shown.leaf == MerkleTree.root(of: [other]))
        }
    }

    @Test("is proved and taken by the peer, which sees nothing of what the node keeps")
    func taken() throws {
        let commit = Self.commit()
        let excerpt = try Self.excerpt(of: Self.shownCommit(commit))
        try excerpt.verify()
        let bytes = excerpt.encoded()
        let read = try Excerpt(decoding: bytes)
        var inbox = LinkInbox(at: Cast.bankB, of: Cast.bankA, key: ExcerptSample.key.publicKey)
        guard case .taken(let taking) = inbox.take(read, given: 0, holds: { _ in true }) else {
            Issue.record("nothing was taken")
            return
        }
        #expect(taking.entries.map(\.says.number) == [1, 2, 3, 4, 5, 6])
        #expect(taking.entries.map(\.shown) == Self.rowsForBankB.map(\.parts.shown))
        #expect(taking.entries.map(\.content) == Self.rowsForBankB.map(\.parts.content))
        let kept = [
            Self.secret, Array("bank-c".utf8), Array("unix:ada".utf8), Hash.sha256(of: [9]).bytes,
        ]
        for secret in kept + commit.entries.map(\.salt) {
            #expect(commit.body.contains(secret), "it is there to be found")
            #expect(!bytes.contains(secret))
        }
    }

    @Test("is refused with another content, with none, and with one where there is none")
    func contents() throws {
        let whole = try Self.shownCommit(Self.commit())
        let excerpt = try Self.excerpt(of: whole)
        for (index, content) in [(0, [1]), (0, []), (2, []), (1, [1])] as [(Int, [UInt8])] {
            var parts = ExcerptParts(excerpt)
            parts.commits[0].entries[index].content = content
            let changed = try parts.excerpt()
            let place = whole.entries[index].position
            #expect(throws: ExcerptFault.otherContent(at: place)) { try changed.verify() }
        }
    }

    @Test("is none where it has no addressee: no link shows it")
    func withoutAddressee() throws {
        for (row, entry) in zip(Self.rows, Self.commit().entries) where row.addressee == nil {
            #expect(throws: WireError.self) { try ShownEntry(entry) }
            #expect(try ShownFrame(entry.parts.shown).addressee == nil)
        }
    }
}
