public import Ledger
import Saga
public import Wire

extension Ledger: WireParticipant {
    private enum ActionKind: String {
        case debit, credit, forward
    }

    public static func read(
        actionOf kind: String, body: [UInt8]
    ) -> ActionReading<LedgerAction> {
        guard let kind = ActionKind(rawValue: kind) else { return .foreign }
        do throws(WireError) {
            return .known(try action(of: kind, body))
        } catch {
            return .notUnderstood
        }
    }

    private static func action(
        of kind: ActionKind, _ body: [UInt8]
    ) throws(WireError) -> LedgerAction {
        switch kind {
        case .debit: try LedgerAction(wire: Giro_Ledger_V1_Debit(wire: body))
        case .credit: try LedgerAction(wire: Giro_Ledger_V1_Credit(wire: body))
        case .forward: try LedgerAction(wire: Giro_Ledger_V1_Forward(wire: body))
        }
    }

    public static func kind(of action: LedgerAction) -> String {
        let kind: ActionKind =
            switch action {
            case .debit: .debit
            case .credit: .credit
            case .forward: .forward
            }
        return kind.rawValue
    }

    public static func encode(_ action: LedgerAction) -> [UInt8] {
        switch action {
        case .debit(let account, let amount): Giro_Ledger_V1_Debit(account, amount).wireBytes()
        case .credit(let account, let amount): Giro_Ledger_V1_Credit(account, amount).wireBytes()
        case .forward(let amount): Giro_Ledger_V1_Forward(amount).wireBytes()
        }
    }

    public static func encode(_ fact: LedgerFact) -> [UInt8] { fact.wire.wireBytes() }

    public static func decodeFact(_ bytes: [UInt8]) throws(WireError) -> LedgerFact {
        try LedgerFact(wire: Giro_Ledger_V1_Fact(wire: bytes))
    }
}
