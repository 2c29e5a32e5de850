import Saga
import Testing
import Wire

@testable import Chain

/// By peer, how far the node had read its topic when it made the commit.
@Suite("The inbox cursors of a commit")
struct InboxCursorTests {
    private static func node(_ name: String) throws -> NodeName { try #require(NodeName(name)) }

    private static func commit(_ inboxes: [NodeName: Int64]) throws -> Commit {
        Commit.signed(
            [(nil, EntryParts(kept: [1]))], after: .empty(of: Epoch(3)), node: try node("bank-a"),
            timeline: 0, time: Timestamp(milliseconds: 1_000), inboxes: inboxes, key: try key())
    }

    private static func key() throws -> SigningKey {
        try #require(SigningKey(rawBytes: [UInt8](repeating: 7, count: 32)))
    }

    private static func inboxes() throws -> [NodeName: Int64] {
        let (hub, bankB) = (try node("hub"), try node("bank-b"))
        return [hub: 7, bankB: 41]
    }

    /// An `InboxCursor` (journal.proto), written by hand.
    private static func written(_ peer: String, offset: Int64 = 41) -> [UInt8] {
        var writer = MessageWriter()
        writer.write(peer, 1)
        writer.write(offset, 2)
        return writer.bytes
    }

    /// Reads a commit with these cursors, one after the other: its body has the length that its
    /// header names.
    private static func read(_ cursors: [[UInt8]]) throws -> Commit {
        var writer = MessageWriter()
        for cursor in cursors { writer.write(element: cursor, 1) }
        var body = MessageWriter()
        body.write(element: writer.bytes, 1)
        let honest = try commit([:])
        // The entries are behind cursors that are there and empty.
        let bytes = body.bytes + honest.body.dropFirst(2)
        var header = honest.header
        header.bodyByteCount = bytes.count
        return try Commit(
            headerBytes: header.encoded(), signature: honest.signature, body: bytes)
    }

    @Test("come back with it, be they of many peers or of none")
    func roundTrip() throws {
        for count in [0, 1, 2, 50] {
            var inboxes: [NodeName: Int64] = [:]
            for number in 0..<count {
                let peer = try Self.node("bank-\(number)")
                inboxes[peer] = Int64(number)
            }
            let commit = try Self.commit(inboxes)
            #expect(commit.inboxes == inboxes)
            #expect(try Commit(encoded: commit.encoded()) == commit)
        }
    }

    /// Computed by hand from journal.proto.
    @Test("stay as they are: by peer, each with all it has")
    func golden() throws {
        let cursors = CommitBody.cursors(try Self.inboxes())
        #expect(
            Hexadecimal.text(of: cursors) == """
                0a0a0a0662616e6b2d6210290a070a036875621007
                """)
        #expect(CommitBody.cursors([:]).isEmpty)
        #expect(try Self.commit([:]).body.starts(with: [0x0a, 0]))
    }

    @Test("written by hand are read")
    func byHand() throws {
        let cursors = [
            Self.written("bank-b"),
            Self.written("hub", offset: 7),
        ]
        #expect(try Self.read(cursors).inboxes == Self.inboxes())
        #expect(try Self.read([]).inboxes.isEmpty)
        let last = Self.written("hub", offset: .max)
        #expect(try Self.read([last]).inboxes.count == 1)
    }

    @Test(
        "are refused out of order, and of one peer twice",
        arguments: [
            ["hub", "bank-b"], ["bank-b", "bank-b"], ["bank-b", "bank-b", "hub"],
            ["bank-b", "hub", "bank-b"], ["bank-b", "shop", "hub"], ["bank-bb", "bank-b"],
        ])
    func outOfOrder(_ peers: [String]) throws {
        #expect(throws: WireError("A commit's inbox cursors are out of order.")) {
            try Self.read(peers.map { Self.written($0) })
        }
        let distinct = Set(peers).sorted()
        #expect(try Self.read(distinct.map { Self.written($0) }).inboxes.count == distinct.count)
    }

    @Test(
        "are refused where one is not well written",
        arguments: [
            [], written(""), written("Bank B"), written("hub", offset: -1),
            written("hub", offset: .min), written("hub") + [0x18, 1],
            written("hub") + written("shop"), [0xff],
        ] as [[UInt8]])
    func malformed(_ cursor: [UInt8]) throws {
        #expect(throws: WireError.self) { try Self.read([cursor]) }
        #expect(throws: WireError.self) { try Self.read([Self.written("bank-b"), cursor]) }
    }

    @Test("are signed: the chain refuses a commit that has others")
    func signed() throws {
        let commit = try Self.commit(Self.inboxes())
        let (hub, bankB) = (try Self.node("hub"), try Self.node("bank-b"))
        var chain = Chain(node: commit.header.node, key: try Self.key().publicKey)
        var honest = chain
        try honest.extend(with: commit)
        var leftOut = commit.inboxes
        leftOut[hub] = nil
        var moved = commit.inboxes
        moved[bankB] = 42
        let exchanged = [hub: commit.inboxes[bankB], bankB: commit.inboxes[hub]]
        for inboxes in [leftOut, moved, exchanged.compactMapValues { $0 }, [:]] {
            let forged = Commit(
                header: commit.header, headerBytes: commit.headerBytes,
                signature: commit.signature, body: commit.body, hash: commit.hash,
                inboxes: inboxes, entries: commit.entries)
            #expect(throws: ChainFault.alteredBody(at: Position(1))) {
                try chain.extend(with: forged)
            }
        }
        #expect(chain.end == .start)
    }

    @Test("have at most as many bytes as an engine reckons with")
    func bytesMax() throws {
        let longest = try Self.node(String(repeating: "n", count: 63))
        #expect(
            CommitBody.cursors([longest: .max]).count <= CommitLimits.cursorBytesMax)
    }
}
