public import Ledger
public import Saga
public import Wire

extension Ledger: WireParticipant {
    /// Knows `debit`, `credit` and `forward`; a body that names an unknown currency, or has fields
    /// that this version does not know, is not understood.
    public static func read(
        actionOf kind: String, body: [UInt8]
    ) -> ActionReading<LedgerAction> {
        guard let kind = LedgerAction.Kind(word: kind) else { return .foreign }
        do throws(WireError) {
            var reader = MessageReader(body, kind.messageName)
            let action = try LedgerAction(kind, from: &reader)
            try reader.end()
            return .known(action)
        } catch {
            return .notUnderstood
        }
    }

    /// `debit`, `credit` or `forward`.
    public static func kind(of action: LedgerAction) -> String { action.kind.word }

    /// The protobuf message of `topics/ledger.proto` for the action's body.
    public static func encode(_ action: LedgerAction) -> [UInt8] {
        var writer = MessageWriter()
        action.writeBody(to: &writer)
        return writer.bytes
    }

    /// The protobuf message that a log keeps the fact as.
    public static func encode(_ fact: LedgerFact) -> [UInt8] {
        var writer = MessageWriter()
        fact.write(to: &writer)
        return writer.bytes
    }

    /// Reads what `encode` makes of a fact.
    /// - Throws: It is no fact, or one with fields or a kind that this version does not know.
    /// Whether it adds up is checked by the fold.
    public static func decodeFact(
        _ bytes: [UInt8], of step: StepID?
    ) throws(WireError) -> LedgerFact {
        var reader = MessageReader(bytes, "giro.ledger.v1.Fact")
        let fact = try LedgerFact(from: &reader, of: step)
        try reader.end()
        return fact
    }
}
