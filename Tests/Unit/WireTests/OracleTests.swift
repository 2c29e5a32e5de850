import Approval
import ApprovalWire
import Chain
import Foundation
import GeneratedWire
import Ledger
import LedgerWire
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
        for event in Samples.stepEvents + Samples.linkEvents {
            let parts = Samples.parts(of: event, number: 300)
            #expect(try agrees(parts.shown, Giro_Links_V1_Shown.self), "\(event)")
            let shown = try Giro_Links_V1_Shown(wire: parts.shown)
            #expect(shown.peer == event.receiver?.text ?? "")
            #expect(shown.number == (event.isNumbered ? 300 : 0))
            if case .step(let step)? = shown.what {
                #expect(try agrees([UInt8](step), Giro_Links_V1_StepShown.self), "\(event)")
            }
        }
    }

    @Test("about what entries show of decisions, field by field")
    func shownOfSteps() throws {
        for event in Samples.decidedSteps {
            guard case .stepDecided(let decided) = event else { continue }
            let shown = try Giro_Links_V1_Shown(wire: Samples.parts(of: event).shown)
            #expect(shown.what == .step(shown.step))
            let step = try Giro_Links_V1_StepShown(wire: [UInt8](shown.step))
            #expect(Int(step.number) == decided.step.number)
            #expect(step.state.rawValue == Int(decided.state.rawValue))
            #expect(step.refusal == decided.refusal?.code ?? "")
            #expect(step.hasDeadline == (decided.deadline != nil))
            #expect(step.deadline == decided.deadline?.milliseconds ?? 0)
            #expect(!step.repeated)
            // The content's hash stands in one of two places.
            let hashes = [[UInt8](shown.contentHash), [UInt8](step.contentHash)]
            let hash = decided.step.saga.contentHash.bytes
            #expect(hashes == (decided.content.isEmpty ? [[], hash] : [hash, []]))
        }
    }

    @Test("about what entries show of what is said again, asked for or forgotten")
    func shownOfOthers() throws {
        for event in Samples.repeatedSteps + Samples.abandonRequests + Samples.forgottenSteps {
            let shown = try Giro_Links_V1_Shown(wire: Samples.parts(of: event).shown)
            let step = try Giro_Links_V1_StepShown(wire: [UInt8](shown.step))
            switch event {
            case .stepRepeated(let repeated):
                #expect(step.repeated && step.state.rawValue == Int(repeated.state.rawValue))
                #expect(step.refusal == repeated.refusal?.code ?? "")
                #expect(step.deadline == repeated.deadline?.milliseconds ?? 0)
            case .abandonRequested:
                #expect(step.state == .abandonRequested && !step.repeated && !step.hasDeadline)
            default:
                #expect(step.state == .unspecified && shown.peer.isEmpty && shown.number == 0)
            }
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
            #expect(inboxes.map(\.offset) == byPeer.map(\.value))
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
}
