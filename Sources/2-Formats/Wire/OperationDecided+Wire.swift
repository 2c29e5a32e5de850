import Saga

extension OperationDecided {
    /// The fields of an `OperationDecided` (journal.proto).
    func write<P: WireParticipant>(
        to writer: inout MessageWriter, for: P.Type
    ) where P.Fact == Fact {
        writer.write(fingerprint.bytes, 1)
        switch outcome {
        case .applied(let fact): writer.write(P.encode(fact), 3)
        case .refused(let refusal): writer.write(refusal.code, 2)
        }
        writer.write(principal.text, 4)
    }

    /// Reads an `OperationDecided`, all but its end.
    init<P: WireParticipant>(
        from reader: inout MessageReader, id: CommandID, for: P.Type
    ) throws(WireError) where P.Fact == Fact {
        let fingerprint = try Hash(wire: reader.bytes(1), "an operation's fingerprint")
        let refusal = try Refusal.ifAny(wire: reader.string(2), "an operation's refusal")
        let fact = try reader.bytes(3)
        let principal = try Principal(wire: reader.string(4), "an operation's principal")
        let outcome: Outcome
        if let refusal {
            guard fact.isEmpty else { throw WireError("a refused operation did something") }
            outcome = .refused(refusal)
        } else {
            outcome = .applied(try P.decodeFact(fact, of: nil))
        }
        self.init(id: id, fingerprint: fingerprint, principal: principal, outcome: outcome)
    }
}
