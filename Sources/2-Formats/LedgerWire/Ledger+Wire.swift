public import Ledger
import Saga
public import Wire

extension Ledger: WireParticipant {
    private enum ActionKind: String {
        case debit, credit, forward
    }

    /// Knows `debit`, `credit` and `forward`; a body that names an unknown currency, or has fields
    /// that this version does not know, is not understood.
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

    /// `debit`, `credit` or `forward`.
    public static func kind(of action: LedgerAction) -> String {
        let kind: ActionKind =
            switch action {
            case .debit: .debit
            case .credit: .credit
            case .forward: .forward
            }
        return kind.rawValue
    }

    /// The protobuf message of `topics/ledger.proto` for the action's body.
    public static func encode(_ action: LedgerAction) -> [UInt8] {
        switch action {
        case .debit(let account, let amount): Giro_Ledger_V1_Debit(account, amount).wireBytes()
        case .credit(let account, let amount): Giro_Ledger_V1_Credit(account, amount).wireBytes()
        case .forward(let amount): Giro_Ledger_V1_Forward(amount).wireBytes()
        }
    }

    /// The protobuf message that a log keeps the fact as.
    public static func encode(_ fact: LedgerFact) -> [UInt8] { fact.wire.wireBytes() }

    /// Reads what `encode` makes of a fact.
    /// - Throws: It is no fact, or one with fields or a kind that this version does not know.
    /// Whether it adds up is checked by the fold.
    public static func decodeFact(_ bytes: [UInt8]) throws(WireError) -> LedgerFact {
        try LedgerFact(wire: Giro_Ledger_V1_Fact(wire: bytes))
    }
}
