import Approval
import ApprovalWire
import Chain
import Foundation
import GeneratedWire
import Ledger
import LedgerWire
import PeerProtocol
import Saga
import Stock
import StockWire
import SwiftProtobuf
import Testing
import Wire

/// What the codec writes, protobuf's generated code reads whole, and writes again byte for byte.
@Suite("Protobuf's own code agrees")
struct OracleTests {
    private func agrees<Oracle: SwiftProtobuf.Message>(
        _ bytes: [UInt8], _: Oracle.Type
    ) throws -> Bool {
        // Fields that it does not know are dropped, so they would be missing.
        try Oracle(wire: bytes).wireBytes() == bytes
    }

    @Test("about what entries keep")
    func kept() throws {
        for event in Samples.events {
            let parts = Samples.parts(of: event)
            #expect(try agrees(parts.kept, Giro_Journal_V1_Kept.self), "\(event)")
        }
    }

    @Test("about what entries show")
    func shown() throws {
        for event in Samples.events {
            guard case .stepDecided(let decided) = event else { continue }
            let parts = Samples.parts(of: event, number: 300)
            #expect(try agrees(parts.shown, Giro_Links_V1_Shown.self), "\(event)")
            let shown = try Giro_Links_V1_Shown(wire: parts.shown)
            #expect(shown.what == .step(shown.step))
            let bytes = [UInt8](shown.step)
            #expect(try agrees(bytes, Giro_Links_V1_StepShown.self), "\(event)")
            let step = try Giro_Links_V1_StepShown(wire: bytes)
            #expect(shown.peer == event.receiver?.text ?? "")
            #expect(shown.number == (event.receiver == nil ? 0 : 300))
            #expect(Int(step.number) == decided.step.number)
            #expect(step.state.rawValue == Int(decided.state.rawValue))
            #expect(step.refusal == decided.refusal?.code ?? "")
            #expect(step.hasDeadline == (decided.deadline != nil))
            #expect(step.deadline == decided.deadline?.milliseconds ?? 0)
            // The content's hash stands in one of two places.
            let hashes = [[UInt8](shown.contentHash), [UInt8](step.contentHash)]
            let hash = decided.step.saga.contentHash.bytes
            #expect(hashes == (decided.content.isEmpty ? [[], hash] : [hash, []]))
        }
    }

    @Test("about what entries of steps keep, field by field")
    func keptOfSteps() throws {
        for event in Samples.events {
            guard case .stepDecided(let decided) = event else { continue }
            let message = try Giro_Journal_V1_Kept(wire: Samples.parts(of: event).kept)
            let kept = message.stepDecided
            #expect(message.event == .stepDecided(kept))
            #expect(kept.previous == decided.previous?.text ?? "")
            #expect(kept.next == decided.next?.text ?? "")
            #expect([UInt8](kept.fingerprint) == decided.fingerprint?.bytes ?? [])
            #expect(kept.principal == decided.principal?.text ?? "")
            let reserving = decided.reserving.map { Everything.encode($0) }
            #expect(kept.reserving.map { [UInt8]($0) } == reserving)
            let closing = decided.closing.map { Everything.encode($0) }
            #expect(kept.closing.map { [UInt8]($0) } == closing)
        }
    }

    @Test("about facts")
    func facts() throws {
        for fact in Samples.ledgerFacts {
            #expect(try agrees(Ledger.encode(fact), Giro_Ledger_V1_Fact.self), "\(fact)")
        }
        for fact in Samples.stockFacts {
            #expect(try agrees(Stock.encode(fact), Giro_Stock_V1_Fact.self), "\(fact)")
        }
        for fact in Samples.approvalFacts {
            #expect(try agrees(Approval.encode(fact), Giro_Approval_V1_Fact.self), "\(fact)")
        }
    }

    @Test("about messages", arguments: Samples.messages)
    func messages(_ message: Saga.Message) throws {
        #expect(try agrees(message.encoded(), Giro_Transfers_V1_Message.self))
    }

    @Test("about contents")
    func contents() throws {
        for content in [Samples.transferContent.bytes, Samples.purchaseContent.bytes] {
            #expect(try agrees(content, Giro_Transfers_V1_Content.self))
        }
    }

    @Test("about snapshots of participants")
    func participants() throws {
        #expect(try agrees(Samples.ledger.encodedState(), Giro_Ledger_V1_Snapshot.self))
        #expect(try agrees(Samples.stock.encodedState(), Giro_Stock_V1_Snapshot.self))
        #expect(try agrees(Samples.approval.encodedState(), Giro_Approval_V1_Snapshot.self))
    }

    @Test("about commits, their headers and bodies")
    func commits() throws {
        for commit in Samples.commits {
            #expect(try agrees(commit.encoded(), Giro_Journal_V1_Commit.self))
            #expect(try agrees(commit.headerBytes, Giro_Journal_V1_CommitHeader.self))
            #expect(try agrees(commit.body, Giro_Journal_V1_CommitBody.self))
            let inboxes = try Giro_Journal_V1_CommitBody(wire: commit.body).cursors.inboxes
            let byPeer = commit.inboxes.sorted { $0.key < $1.key }
            #expect(inboxes.map(\.peer) == byPeer.map(\.key.text))
            #expect(inboxes.map(\.incarnation) == byPeer.map(\.value.incarnation))
            #expect(inboxes.map(\.offset) == byPeer.map(\.value.offset))
            #expect(inboxes.map { [UInt8]($0.recordHash) } == byPeer.map(\.value.recordHash.bytes))
            let logged = try Giro_Journal_V1_CommitBody(wire: commit.body).entries
            let entries = commit.entries
            #expect(logged.map { [UInt8]($0.saga) } == entries.map { $0.saga?.bytes ?? [] })
            #expect(logged.map { [UInt8]($0.shown) } == entries.map(\.parts.shown))
            #expect(logged.map { [UInt8]($0.kept) } == entries.map { $0.salt + $0.parts.kept })
            #expect(logged.map { [UInt8]($0.content) } == entries.map(\.parts.content))
        }
    }

    @Test("about a snapshot's history")
    func history() throws {
        var tree = HistoryTree()
        for number in 0..<7 as Range<UInt8> {
            #expect(try agrees(tree.encoded(), Giro_Snapshot_V1_History.self))
            #expect(try HistoryTree(encoded: tree.encoded()) == tree)
            tree.append(.sha256(of: [number]))
        }
    }

    @Test("about witnesses")
    func witnesses() throws {
        let header = Samples.signedHeader
        for echo in [nil, header] {
            let witness = Witness(
                from: Samples.bankA, to: Samples.bankB, newest: header, echo: echo)
            #expect(try agrees(witness.encoded(), Giro_Transfers_V1_Message.self))
        }
    }
}
