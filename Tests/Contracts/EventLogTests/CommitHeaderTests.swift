import Chain
import EventLog
import Foundation
import GeneratedWire
import Saga
import SwiftProtobuf
import Testing
import Wire

@Suite struct CommitHeaderTests {
    @Test("A header comes back as it was written")
    func roundTrip() throws {
        let commit = try Writer().commit(3)
        #expect(try CommitHeader(decoding: commit.headerBytes) == commit.header)
        #expect(commit.header.encoded() == commit.headerBytes)
        let oracle = try Giro_Journal_V1_CommitHeader(wire: commit.headerBytes)
        #expect(try oracle.wireBytes() == commit.headerBytes)
    }

    @Test("A commit comes back from its stored parts")
    func storedParts() throws {
        let commit = try Writer().commit(3)
        let stored = try Commit(
            headerBytes: commit.headerBytes, signature: commit.signature, body: commit.body)
        #expect(stored == commit)
        #expect(try Commit(encoded: commit.encoded()) == commit)
        let oracle = try Giro_Journal_V1_Commit(wire: commit.encoded())
        #expect(try oracle.wireBytes() == commit.encoded())
    }

    @Test("A header that this code cannot have written is refused", arguments: Damage.all)
    func damage(_ damage: Damage) throws {
        var message = try Giro_Journal_V1_CommitHeader(
            serializedBytes: try Writer().commit(3).headerBytes)
        try damage.change(&message)
        let bytes: [UInt8] = try message.serializedBytes()
        let error = #expect(throws: WireError.self) { try CommitHeader(decoding: bytes) }
        #expect(error?.description.hasPrefix("A commit header") == true)
    }

    @Test("Bytes that are no message are refused")
    func noMessage() {
        #expect(throws: WireError.self) { try CommitHeader(decoding: [0xFF, 0xFF]) }
    }

    @Test("A commit whose body is not one of its header is refused", arguments: BodyDamage.all)
    func body(_ damage: BodyDamage) throws {
        let commit = try Writer().commit(3)
        var message = try Giro_Journal_V1_CommitBody(wire: commit.body)
        try damage.change(&message)
        let body: [UInt8] = try message.wireBytes() + damage.rest
        var header = commit.header
        if damage.isCounted { header.bodyByteCount = body.count }
        let error = #expect(throws: LogError.self) {
            try Commit(
                stored: header.encoded(), signature: commit.signature, body: body, at: (1, 3))
        }
        #expect(error?.code == .corrupt)
    }

    @Test("A body has the parts of its entries, the salt in front of what is kept")
    func parts() throws {
        let commit = try Writer().commit(3)
        let entries = commit.entries
        #expect(entries.map { !$0.parts.content.isEmpty } == [true, false, false])
        let logged = try Giro_Journal_V1_CommitBody(wire: commit.body).entries
        #expect(logged.map { [UInt8]($0.saga) } == entries.map { $0.saga?.bytes ?? [] })
        #expect(logged.map { [UInt8]($0.shown) } == entries.map(\.parts.shown))
        #expect(logged.map { [UInt8]($0.kept) } == entries.map { $0.salt + $0.parts.kept })
        #expect(logged.map { [UInt8]($0.content) } == entries.map(\.parts.content))
        #expect(entries.allSatisfy { $0.salt.count == 16 })
    }

    @Test("The parts of an entry have 96 KiB at most, the salt not counted", arguments: [0, 1])
    func longestParts(more: Int) throws {
        let commit = try Writer().commit([(nil, [])])
        var message = try Giro_Journal_V1_CommitBody(wire: commit.body)
        message.entries[0].shown = Data(repeating: 1, count: 30_000)
        message.entries[0].kept = Data(repeating: 2, count: 16 + 38_304)
        message.entries[0].content = Data(repeating: 3, count: 30_000 + more)
        let body = try message.wireBytes()
        var header = commit.header
        header.bodyByteCount = body.count
        let read = try? Commit(
            headerBytes: header.encoded(), signature: commit.signature, body: body)
        #expect((read == nil) == (more > 0))
        #expect(CommitLimits.partsBytesMax == 30_000 + 38_304 + 30_000)
        guard let read else { return }
        #expect(read.entries[0].salt == [UInt8](repeating: 2, count: 16))
        #expect(read.entries[0].parts.byteCount == CommitLimits.partsBytesMax)
    }

    @Test("An entry may keep a salt and nothing else")
    func saltAlone() throws {
        let commit = try Writer().commit([(nil, [])])
        #expect(commit.entries[0].parts == EntryParts(kept: []))
        #expect(commit.entries[0].salt.count == 16)
        #expect(try Commit(encoded: commit.encoded()) == commit)
    }

    @Test(
        "Besides its parts an entry takes no more of a body than the engine counts",
        arguments: [0, 1, 127, 128, 16_383, 16_384, 32_000])
    func entryFrame(count: Int) throws {
        let writer = try Writer()
        let bytes = [UInt8](repeating: 1, count: count)
        let parts = EntryParts(shown: bytes, kept: bytes, content: bytes)
        let one: [(saga: CommandID?, parts: EntryParts)] = [(Writer.saga(1), parts)]
        let alone = writer.commit(parts: one).body.count
        let two = writer.commit(parts: one + one).body.count
        #expect(two - alone - parts.byteCount <= CommitLimits.entryFrameBytesMax)
        #expect(two - alone - parts.byteCount >= 16 + 16)
    }

    @Test(
        "Inbox cursors stand in the order of their peers, each once",
        arguments: [
            ([], true), (["bank-c"], true), (["bank-b", "bank-c"], true),
            (["bank-c", "bank-b"], false), (["bank-b", "bank-b"], false),
            (["bank-b", "bank-c", "bank-b"], false),
        ] as [([String], Bool)])
    func cursors(of peers: [String], areRead: Bool) throws {
        let commit = try Writer().commit(3)
        var message = try Giro_Journal_V1_CommitBody(wire: commit.body)
        let cursor = try #require(message.cursors.inboxes.first)
        message.cursors.inboxes = peers.map { peer in
            var cursor = cursor
            cursor.peer = peer
            return cursor
        }
        let body = try message.wireBytes()
        var header = commit.header
        header.bodyByteCount = body.count
        func read() throws -> Commit {
            try Commit(headerBytes: header.encoded(), signature: commit.signature, body: body)
        }
        if areRead {
            #expect(try read().inboxes.keys.map(\.text).sorted() == peers)
            return
        }
        let error = #expect(throws: WireError.self) { try read() }
        #expect(error?.description.contains("inbox cursors are out of order") == true)
    }

    @Test("A commit has the cursors that it was made with, and none where none has moved")
    func movedCursors() throws {
        var writer = try Writer()
        for inboxes in [writer.inboxes, [:]] {
            writer.inboxes = inboxes
            let commit = writer.commit()
            #expect(commit.inboxes == inboxes)
            #expect(try Commit(encoded: commit.encoded()) == commit)
            let oracle = try Giro_Journal_V1_CommitBody(wire: commit.body)
            #expect(oracle.hasCursors)
            #expect(
                oracle.cursors.inboxes.map(\.peer) == inboxes.keys.sorted().map(\.text))
            #expect(try oracle.wireBytes() == commit.body)
        }
    }

    @Test("An inbox cursor takes no more of a body than the engine counts")
    func cursorBytes() throws {
        var writer = try Writer()
        writer.inboxes = [:]
        let without = writer.commit().body.count
        let longest = try #require(NodeName(String(repeating: "n", count: 63)))
        for offset in [0, Int64.max] {
            writer.inboxes = [longest: offset]
            #expect(writer.commit().body.count - without <= CommitLimits.cursorBytesMax)
        }
    }

    @Test("A commit whose signature has another length is refused")
    func signatureLength() throws {
        let commit = try Writer().commit()
        let error = #expect(throws: LogError.self) {
            try Commit(
                stored: commit.headerBytes, signature: commit.signature + [0],
                body: commit.body, at: (1, 1))
        }
        #expect(error?.code == .corrupt)
    }

    @Test("A commit in the row of another place is refused", arguments: [(1, 2), (2, 3), (4, 6)])
    func otherRow(_ range: (first: UInt64, last: UInt64)) throws {
        let commit = try Writer().commit(3)
        let error = #expect(throws: LogError.self) {
            try Commit(
                stored: commit.headerBytes, signature: commit.signature, body: commit.body,
                at: range)
        }
        #expect(error?.code == .corrupt)
    }

    @Test("A record that lacks a part of its commit, or has more, is refused")
    func recordParts() throws {
        let commit = try Writer().commit(2)
        let whole = try Giro_Journal_V1_Commit(wire: commit.encoded())
        var lacking = [whole, whole, whole]
        lacking[0].header = Data()
        lacking[1].signature = Data()
        lacking[2].body = Data()
        for message in lacking {
            let bytes: [UInt8] = try message.wireBytes()
            #expect(throws: WireError.self) { try CommitRecord(bytes) }
        }
        #expect(throws: WireError.self) {
            try CommitRecord(commit.encoded() + [0xF8, 0x01, 0x01])
        }
        #expect(throws: WireError.self) { try CommitRecord([]) }
        // A stranger's record must not be larger in the parts that a reader keeps.
        var large = [whole, whole, whole]
        large[0].header = Data(repeating: 1, count: 1_025)
        large[1].signature = Data(repeating: 1, count: 65)
        large[2].body = Data(repeating: 1, count: CommitLimits.bodyBytesMax + 1)
        for message in large {
            let bytes: [UInt8] = try message.wireBytes()
            #expect(throws: WireError.self) { try CommitRecord(bytes) }
        }
    }
}

/// One thing that is wrong with the body of a commit of three entries.
struct BodyDamage: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Whether the header names the damaged body's length: then only its contents are wrong.
    let isCounted: Bool
    /// Bytes behind the message.
    let rest: [UInt8]
    let change: @Sendable (inout Giro_Journal_V1_CommitBody) throws -> Void

    private static func row(
        _ description: String, isCounted: Bool = true, rest: [UInt8] = [],
        _ change: @escaping @Sendable (inout Giro_Journal_V1_CommitBody) throws -> Void = { _ in }
    ) -> BodyDamage {
        BodyDamage(
            testDescription: description, isCounted: isCounted, rest: rest, change: change)
    }

    static let all = [
        row("no entries") { $0.entries = [] },
        row("an entry left out") { $0.entries.removeLast() },
        row("an entry too many") { $0.entries.append($0.entries[0]) },
        row("another length than the header says", isCounted: false) {
            $0.entries[1].kept.append(0)
        },
        row("a short saga") { $0.entries[0].saga = Data([1, 2, 3]) },
        row("the UUID of zeros") { $0.entries[0].saga = Data(repeating: 0, count: 16) },
        row("an entry that keeps too much") {
            $0.entries[2].kept = Data(repeating: 1, count: 16 + CommitLimits.partsBytesMax + 1)
        },
        row("an entry that shows too much") {
            $0.entries[2].shown = Data(repeating: 1, count: CommitLimits.partsBytesMax + 1)
            $0.entries[2].kept = Data(repeating: 1, count: 16)
        },
        row("a content that is too long") {
            $0.entries[2].content = Data(repeating: 1, count: CommitLimits.partsBytesMax + 1)
            $0.entries[2].kept = Data(repeating: 1, count: 16)
        },
        row("parts that are too long together") {
            $0.entries[2].shown = Data(repeating: 1, count: CommitLimits.partsBytesMax / 2)
            $0.entries[2].kept = Data(repeating: 1, count: 16 + 1)
            $0.entries[2].content = Data(repeating: 1, count: CommitLimits.partsBytesMax / 2)
        },
        row("an entry that keeps nothing, not even a salt") { $0.entries[1].kept = Data() },
        row("a salt of one byte") { $0.entries[1].kept = Data([1]) },
        row("a salt of 15 bytes") { $0.entries[0].kept = Data(repeating: 1, count: 15) },
        row("an unknown field", rest: [0xF8, 0x01, 0x01]),
        row("cut", rest: [0x12, 0x05]),
        row("no cursors") { $0.clearCursors() },
        row("an inbox of no peer") { $0.cursors.inboxes[0].peer = "" },
        row("an inbox of a peer with no node's name") { $0.cursors.inboxes[0].peer = "Bank B" },
        row("inboxes out of order") { $0.cursors.inboxes.reverse() },
        row("an inbox twice") { $0.cursors.inboxes.append($0.cursors.inboxes[1]) },
        row("an inbox twice, with another cursor") { $0.cursors.inboxes[1].peer = "bank-b" },
        row("an inbox twice, another between") {
            $0.cursors.inboxes.append($0.cursors.inboxes[0])
        },
        row("an offset below 0") { $0.cursors.inboxes[1].offset = -1 },
    ]
}

/// One thing that is wrong with a header of three entries.
struct Damage: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let change: @Sendable (inout Giro_Journal_V1_CommitHeader) throws -> Void

    private static func row(
        _ description: String,
        _ change: @escaping @Sendable (inout Giro_Journal_V1_CommitHeader) throws -> Void
    ) -> Damage {
        Damage(testDescription: description, change: change)
    }

    static let all = [
        row("a newer format") { $0.format = 3 },
        row("an older format") { $0.format = 1 },
        row("no format") { $0.format = 0 },
        row("a bad node name") { $0.node = "Bank A" },
        row("a short key id") { $0.keyID = Data([1, 2, 3]) },
        row("a short previous hash") { $0.previousHash = Data(repeating: 0, count: 31) },
        row("no Merkle root") { $0.merkleRoot = Data() },
        row("no history root") { $0.historyRoot = Data() },
        row("a long cursors' hash") { $0.cursorsHash = Data(repeating: 0, count: 33) },
        row("no number") { $0.number = 0 },
        row("more commits than entries") { $0.number = 2 },
        row("no body") { $0.bodyLength = 0 },
        row("a body that is too long") {
            $0.bodyLength = UInt64(CommitLimits.bodyBytesMax) + 1
        },
        row("a last position before the first") { ($0.firstPosition, $0.lastPosition) = (3, 1) },
        row("a position zero") { ($0.firstPosition, $0.lastPosition) = (0, 2) },
        row("too many entries") { $0.lastPosition = 10_001 },
        row("a position past all stores") {
            ($0.firstPosition, $0.lastPosition) = (UInt64.max - 2, UInt64.max)
        },
        row("an epoch past all stores") { $0.epoch = UInt64.max },
        row("a timeline past all stores") { $0.timeline = UInt64.max },
        row("an unknown field") {
            let bytes: [UInt8] = try $0.serializedBytes()
            $0 = try Giro_Journal_V1_CommitHeader(serializedBytes: bytes + [0xF8, 0x01, 0x01])
        },
    ]
}
