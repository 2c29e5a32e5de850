import Saga
import Testing
import Wire

@testable import Chain

/// 16 bytes in front of what an entry keeps. Without them a peer that is shown the hash of what is
/// kept could try which facts have it.
@Suite("The salt of an entry")
struct SaltTests {
    private static func key(_ seed: UInt8) throws -> SigningKey {
        try #require(SigningKey(rawBytes: [UInt8](repeating: seed, count: 32)))
    }

    private static func commit(
        _ parts: [EntryParts], after end: LogEnd = .empty(of: Epoch(3)), by key: SigningKey
    ) throws -> Commit {
        Commit.signed(
            parts.map { (CommandID(high: 7, low: 1), $0) }, after: end,
            node: try #require(NodeName("bank-a")), timeline: 1,
            time: Timestamp(milliseconds: 1_000), inboxes: [:], key: key)
    }

    private static let same = [EntryParts](
        repeating: EntryParts(shown: [1], kept: Array("a debit of 5 EUR".utf8)), count: 3)

    /// Computed by Python's `hmac` and `hashlib`: HKDF (RFC 5869) with SHA-256, without salt, and
    /// with the info `giro entry salt`; then HMAC-SHA-256 over the position.
    @Test(
        "stays as it is: a log that is restored has the same hashes",
        arguments: [
            (7, 1, "16b233611bf3335b20c81979388408ac"),
            (7, 2, "545467b02c5a96ca531956d1f6ab45f3"),
            (7, 256, "d41ad49c5987fbbb653831237c87b4b2"),
            (7, UInt64(Int64.max), "8a87e08baa373b6702f2caf5df6ebcc3"),
            (8, 1, "812682abe3930ceb5efbc23626ec97a1"),
        ] as [(seed: UInt8, position: UInt64, golden: String)])
    func golden(_ row: (seed: UInt8, position: UInt64, golden: String)) throws {
        let salt = try Self.key(row.seed).salt(at: Position(row.position))
        #expect(Hexadecimal.text(of: salt) == row.golden)
    }

    @Test("is that of its key and its position, and no other's")
    func differs() throws {
        var salts: Set<[UInt8]> = []
        let positions = (1...500 as ClosedRange<UInt64>).map { $0 } + [1 << 32, 1 << 40, 1 << 62]
        for seed in 7...9 as ClosedRange<UInt8> {
            let (key, again) = (try Self.key(seed), try Self.key(seed))
            for position in positions {
                let salt = key.salt(at: Position(position))
                #expect(salt.count == 16 && Entry.saltByteCount == 16)
                #expect(again.salt(at: Position(position)) == salt)
                salts.insert(salt)
            }
        }
        #expect(salts.count == 3 * positions.count)
    }

    @Test("is put in where a commit is made, by the entry's place in the log")
    func inCommit() throws {
        let key = try Self.key(7)
        var end = LogEnd.empty(of: Epoch(3))
        let first = try Self.commit(Self.same, after: end, by: key)
        end.advance(over: first)
        let second = try Self.commit(Self.same, after: end, by: key)
        let entries = first.entries + second.entries
        #expect(entries.map(\.position.number) == Array(1...6))
        #expect(entries.map(\.salt) == entries.map { key.salt(at: $0.position) })
        // A commit that is made again is the same one.
        let again = try Self.commit(Self.same, after: .empty(of: Epoch(3)), by: Self.key(7))
        #expect(again.entries == first.entries)
        #expect(again.hash == first.hash)
        #expect(again.body == first.body)
    }

    @Test("comes back with its commit, and is no part of what the entry says")
    func read() throws {
        let commit = try Self.commit(Self.same, by: Self.key(7))
        let read = try Commit(encoded: commit.encoded())
        #expect(read == commit)
        #expect(read.entries.map(\.salt) == commit.entries.map(\.salt))
        #expect(read.entries.map(\.parts) == Self.same)
    }

    @Test("hides whether two entries keep the same")
    func hides() throws {
        let commit = try Self.commit(Self.same, by: Self.key(7))
        let hashes = commit.entries.map(\.keptHash)
        #expect(Set(hashes).count == Self.same.count)
        // Nor is it the hash that who guesses what is kept would compute.
        let guess = Hash.sha256(of: Self.same[0].kept)
        #expect(!hashes.contains(guess))
        for entry in commit.entries {
            #expect(entry.keptHash == .sha256(of: entry.salt + entry.parts.kept))
        }
        let other = try Self.commit(Self.same, by: Self.key(8))
        #expect(Set(hashes).isDisjoint(with: other.entries.map(\.keptHash)))
    }

    @Test("is in the leaf: with another the root is another, and the chain refuses it")
    func inLeaf() throws {
        let key = try Self.key(7)
        let commit = try Self.commit(Self.same, by: key)
        var chain = Chain(node: commit.header.node, key: key.publicKey)
        var honest = chain
        try honest.extend(with: commit)
        #expect(honest.end.commitHash == commit.hash)
        for (index, entry) in commit.entries.enumerated() {
            var salt = entry.salt
            salt[index] ^= 1
            var entries = commit.entries
            entries[index] = Entry(
                position: entry.position, saga: entry.saga, parts: entry.parts, salt: salt)
            #expect(MerkleTree.root(of: entries) != commit.header.merkleRoot)
            let forged = Commit(
                header: commit.header, headerBytes: commit.headerBytes,
                signature: commit.signature, body: commit.body, hash: commit.hash,
                inboxes: commit.inboxes, entries: entries)
            #expect(throws: ChainFault.alteredEntries(at: Position(1))) {
                try chain.extend(with: forged)
            }
        }
        #expect(chain.end == .start)
    }
}

/// The format as logs have it. When this fails, it has changed: logs that exist can no longer be
/// read, or have other hashes.
@Suite("The format of a commit's entries stays as it is")
struct EntryGoldenTests {
    /// Computed by Python's `hmac` and `hashlib`, from journal.proto and links.proto alone.
    @Test("in its body, its leaves and its root")
    func golden() throws {
        let content = Array("content".utf8)
        let bankB = try #require(NodeName("bank-b"))
        var shown = MessageWriter()
        shown.write("bank-b", 1)
        shown.write(1 as UInt64, 2)
        shown.write(element: [7], 3)
        shown.write(Hash.sha256(of: content).bytes, 8)
        let commit = Commit.signed(
            [
                (
                    CommandID(high: 0x0190_a0b0_c0d0_7e0f, low: 0x8123_4567_89ab_cdef),
                    EntryParts(shown: shown.bytes, kept: [1, 2, 3], content: content)
                ),
                (nil, EntryParts(kept: [])),
            ],
            after: .empty(of: Epoch(3)), node: try #require(NodeName("bank-a")), timeline: 1,
            time: Timestamp(milliseconds: 1_000),
            inboxes: [bankB: 41],
            key: try #require(SigningKey(rawBytes: [UInt8](repeating: 7, count: 32))))
        #expect(
            Hexadecimal.text(of: commit.body) == """
                0a0c0a0a0a0662616e6b2d62102912610a100190a0b0c0d07e0f8123456789abcdef\
                122f0a0662616e6b2d6210011a0107\
                4220ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f731a1316\
                b233611bf3335b20c81979388408ac0102032207636f6e74656e7412121a10545467b02c5a96ca53\
                1956d1f6ab45f3
                """)
        #expect(
            commit.entries.map { $0.keptHash.description } == [
                "9496be7ee07438abf9a794f93476fd7c846b147bd2cdd8a02fa9ae969f324900",
                "468e0da3869f7b7a2fd6c1a80b950a30b6690221b0dd0cc1d302437558682e7f",
            ])
        #expect(
            commit.entries.map { MerkleTree.root(of: [$0]).description } == [
                "a6b053e900a2fab57629ee1ec57b4393d4292820973b6e03ffeddaddf2659a22",
                "5dbe772667f7b7c7f5bc562f60e7a00f0b126db62f8642bf6d037eadce03990c",
            ])
        #expect(
            commit.header.merkleRoot.description
                == "7debbbe69bf25d4bbee61a8e2aa65251578cbf63b56af114633277be354528bc")
    }
}
