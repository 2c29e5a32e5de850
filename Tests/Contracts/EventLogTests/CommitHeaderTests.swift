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
            headerBytes: commit.headerBytes, signature: commit.signature,
            entries: commit.entries)
        #expect(stored == commit)
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

    @Test("A commit whose entries are not those its header counts is refused")
    func entriesMissing() throws {
        let commit = try Writer().commit(3)
        for entries in [[], Array(commit.entries.dropFirst()), commit.entries.reversed()] {
            let error = #expect(throws: LogError.self) {
                try Commit(
                    stored: commit.headerBytes, signature: commit.signature,
                    entries: entries)
            }
            #expect(error?.code == .corrupt)
        }
    }

    @Test("A commit whose signature has another length is refused")
    func signatureLength() throws {
        let commit = try Writer().commit()
        let error = #expect(throws: LogError.self) {
            try Commit(
                stored: commit.headerBytes, signature: commit.signature + [0],
                entries: commit.entries)
        }
        #expect(error?.code == .corrupt)
    }
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
        row("a newer format") { $0.format = 2 },
        row("no format") { $0.format = 0 },
        row("a bad node name") { $0.node = "Bank A" },
        row("a short key id") { $0.keyID = Data([1, 2, 3]) },
        row("a short previous hash") { $0.previousHash = Data(repeating: 0, count: 31) },
        row("no Merkle root") { $0.merkleRoot = Data() },
        row("a long record hash") { $0.inbox.recordHash = Data(repeating: 0, count: 33) },
        row("an offset below -1") { $0.inbox.offset = -2 },
        row("no inbox") { $0.clearInbox() },
        row("a wrong count") { $0.count += 1 },
        row("a last position before the first") { ($0.firstPosition, $0.lastPosition) = (3, 1) },
        row("a position zero") { ($0.firstPosition, $0.lastPosition) = (0, 2) },
        row("too many entries") { ($0.lastPosition, $0.count) = (10_001, 10_001) },
        row("a position past all stores") {
            ($0.firstPosition, $0.lastPosition) = (UInt64.max - 2, UInt64.max)
        },
        row("an epoch past all stores") { $0.epoch = UInt64.max },
        row("a timeline past all stores") { $0.timeline = UInt64.max },
        row("an incarnation past all stores") { $0.inbox.incarnation = UInt64.max },
        row("a state digest, which this format never has") { $0.stateDigest = Data([1]) },
        row("an unknown field") {
            let bytes: [UInt8] = try $0.serializedBytes()
            $0 = try Giro_Journal_V1_CommitHeader(serializedBytes: bytes + [0xF8, 0x01, 0x01])
        },
        row("an unknown field in the inbox") {
            let bytes: [UInt8] = try $0.inbox.serializedBytes()
            $0.inbox = try Giro_Journal_V1_InboxCursor(
                serializedBytes: bytes + [0xF8, 0x01, 0x01])
        },
    ]
}
