import Approval
import ApprovalWire
import Chain
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

    @Test("about entries")
    func entries() throws {
        for event in Samples.events {
            let bytes = Event.encode(event, for: Everything.self)
            #expect(try agrees(bytes, Giro_Journal_V1_Entry.self), "\(event)")
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
