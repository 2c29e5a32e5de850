import Foundation
import Saga
import SwiftProtobuf
public import Wire

extension CommitHeader {
    /// The header as `giro.journal.v1.CommitHeader`: what is signed, hashed and kept.
    public func encoded() -> [UInt8] {
        var message = Giro_Journal_V1_CommitHeader()
        message.format = format
        message.node = node.text
        message.keyID = Data(keyID.bytes)
        message.timeline = timeline
        message.epoch = epoch.number
        message.firstPosition = first.number
        message.lastPosition = last.number
        message.count = UInt32(last.number - first.number + 1)
        message.time = time.milliseconds
        message.inbox.incarnation = inbox.incarnation
        message.inbox.offset = inbox.offset
        message.inbox.recordHash = Data(inbox.recordHash.bytes)
        message.previousHash = Data(previousHash.bytes)
        message.merkleRoot = Data(merkleRoot.bytes)
        do {
            return try message.serializedBytes()
        } catch {
            preconditionFailure("a proto3 message of a few hundred bytes has an encoding: \(error)")
        }
    }

    /// Reads a header strictly: what this code does not know or cannot have written is refused.
    ///
    /// - Throws: The bytes are no such header; the error says what is wrong.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let message = try Self.message(decoding: bytes)
        self.init(
            node: try Self.node(named: message.node),
            keyID: try Self.keyID(message.keyID),
            timeline: try Self.number(message.timeline, "timeline"),
            epoch: Epoch(try Self.number(message.epoch, "epoch")),
            first: Position(message.firstPosition),
            last: try Self.lastPosition(of: message),
            time: Timestamp(milliseconds: message.time),
            inbox: try Self.inbox(of: message),
            previousHash: try Self.hash(message.previousHash, "previous hash"),
            merkleRoot: try Self.hash(message.merkleRoot, "Merkle root"))
    }

    private static func message(
        decoding bytes: [UInt8]
    ) throws(WireError) -> Giro_Journal_V1_CommitHeader {
        let message: Giro_Journal_V1_CommitHeader
        do {
            message = try Giro_Journal_V1_CommitHeader(serializedBytes: bytes)
        } catch {
            throw WireError("A commit header cannot be decoded: \(error)")
        }
        // First the format: a newer one may well have fields and rules unknown here.
        guard message.format == currentFormat else {
            throw WireError(
                """
                A commit header has format \(message.format), this program reads \
                \(currentFormat): use the version that wrote it, or a newer one.
                """)
        }
        guard message.unknownFields.data.isEmpty, message.inbox.unknownFields.data.isEmpty,
            message.stateDigest.isEmpty
        else {
            throw WireError("A commit header has fields that its format does not know.")
        }
        return message
    }

    private static func node(named text: String) throws(WireError) -> NodeName {
        guard let node = NodeName(text) else {
            throw WireError("A commit header has no valid node name.")
        }
        return node
    }

    private static func keyID(_ field: Data) throws(WireError) -> KeyID {
        guard field.count == KeyID.byteCount else {
            throw WireError("A commit header's key id has \(field.count) bytes.")
        }
        return KeyID(bytes: [UInt8](field))
    }

    private static func hash(_ field: Data, _ name: String) throws(WireError) -> Hash {
        guard let hash = Hash(bytes: field) else {
            throw WireError("A commit header's \(name) has \(field.count) bytes.")
        }
        return hash
    }

    /// Stores keep positions and epochs in signed 64-bit columns.
    private static func number(_ field: UInt64, _ name: String) throws(WireError) -> UInt64 {
        guard field <= UInt64(Int64.max) else {
            throw WireError("A commit header's \(name) is \(field), which no log reaches.")
        }
        return field
    }

    private static func lastPosition(
        of message: Giro_Journal_V1_CommitHeader
    ) throws(WireError) -> Position {
        let (first, last) = (message.firstPosition, try number(message.lastPosition, "position"))
        guard first >= 1, last >= first, last - first < UInt64(EntryLimits.commitEntriesMax),
            last - first + 1 == UInt64(message.count)
        else {
            throw WireError(
                "A commit header counts \(message.count) entries at positions \(first) to \(last).")
        }
        return Position(last)
    }

    private static func inbox(
        of message: Giro_Journal_V1_CommitHeader
    ) throws(WireError) -> InboxCursor {
        guard message.hasInbox, message.inbox.offset >= -1 else {
            throw WireError("A commit header has no valid inbox cursor.")
        }
        return InboxCursor(
            incarnation: try number(message.inbox.incarnation, "incarnation"),
            offset: message.inbox.offset,
            recordHash: try hash(message.inbox.recordHash, "record hash"))
    }
}
