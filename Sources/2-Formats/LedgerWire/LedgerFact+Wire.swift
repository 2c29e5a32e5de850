import Ledger
import Saga
import Wire

extension Posting {
    func write(to writer: inout MessageWriter) {
        writer.write(book.description, 1)
        writer.write(minorUnits, currency, 2)
    }

    init(from reader: inout MessageReader) throws(WireError) {
        guard let book = Book(try reader.string(1)) else {
            throw WireError("a posting names no book")
        }
        let (minorUnits, currency) = try reader.money(2)
        self.init(book, minorUnits, currency)
    }
}

extension HeldStep {
    /// The fields of a `Held` up to its postings, which are the fact's affair, not the step's.
    func write(to writer: inout MessageWriter) {
        writer.write(id.wireNumber, 1)
        writer.write(id.saga.bytes, 2)
        writer.write(previous?.text ?? "", 3)
        writer.write(next?.text ?? "", 4)
        for action in actions { writer.write(5, message: action.write(to:)) }
    }

    /// Reads such fields; postings may follow.
    init(from reader: inout MessageReader) throws(WireError) {
        let number = try reader.unsigned(1)
        let id = try StepID(wire: try reader.bytes(2), number, "a held step")
        let previous = try reader.string(3)
        let next = try reader.string(4)
        let actions = try reader.messages(
            5, "giro.ledger.v1.Action", LedgerAction.init(from:))
        self.init(
            id: id, actions: actions,
            previous: try .ifAny(wire: previous, "a held step's previous"),
            next: try .ifAny(wire: next, "a held step's next"))
    }
}

extension LedgerFact {
    /// The fields of a `Fact`.
    func write(to writer: inout MessageWriter) {
        switch self {
        case .opened(let account, let currency): writer.write(1, account, currency)
        case .frozen(let account): writer.write(2, account)
        case .unfrozen(let account): writer.write(3, account)
        case .closed(let account): writer.write(4, account)
        case .deposited(let postings): writer.write(5) { $0.write(postings, 1) }
        case .withdrawn(let postings): writer.write(6) { $0.write(postings, 1) }
        case .exposureLimited(let peer, let minorUnits, let currency):
            writer.write(7) { limit in
                limit.write(peer.text, 1)
                limit.write(minorUnits, currency, 2)
            }
        case .peerSettled(let postings): writer.write(8) { $0.write(postings, 1) }
        case .held(let step, let postings):
            writer.write(9) { held in
                step.write(to: &held)
                held.write(postings, 6)
            }
        case .settled(let step, let postings): writer.write(10, step, postings)
        case .released(let step, let postings): writer.write(11, step, postings)
        }
    }

    init(from reader: inout MessageReader) throws(WireError) {
        switch reader.nextField {
        case 1: self = try reader.opened(1)
        case 2: self = .frozen(try reader.account(2))
        case 3: self = .unfrozen(try reader.account(3))
        case 4: self = .closed(try reader.account(4))
        case 5: self = .deposited(try reader.movement(5))
        case 6: self = .withdrawn(try reader.movement(6))
        case 7: self = try reader.exposureLimited(7)
        case 8: self = .peerSettled(try reader.movement(8))
        case 9: self = try reader.held(9)
        case 10:
            let (step, postings) = try reader.stepMovement(10)
            self = .settled(step, postings)
        case 11:
            let (step, postings) = try reader.stepMovement(11)
            self = .released(step, postings)
        default:
            try reader.end()
            throw WireError("a ledger's fact is empty")
        }
    }
}

extension MessageWriter {
    /// An `Account`; only one that is opened has a currency.
    fileprivate mutating func write(
        _ field: Int, _ account: AccountID, _ currency: Currency? = nil
    ) {
        write(field) { message in
            message.write(account.text, 1)
            message.write(currency?.code ?? "", 2)
        }
    }

    /// A `StepMovement`.
    fileprivate mutating func write(_ field: Int, _ step: StepID, _ postings: [Posting]) {
        write(field) { movement in
            movement.write(step.wireNumber, 1)
            movement.write(step.saga.bytes, 2)
            movement.write(postings, 3)
        }
    }

    fileprivate mutating func write(_ postings: [Posting], _ field: Int) {
        for posting in postings { write(field, message: posting.write(to:)) }
    }
}

extension MessageReader {
    fileprivate mutating func postings(_ field: Int) throws(WireError) -> [Posting] {
        try messages(field, "giro.ledger.v1.Posting", Posting.init(from:))
    }

    fileprivate mutating func opened(_ field: Int) throws(WireError) -> LedgerFact {
        try whole(field, "giro.ledger.v1.Account") {
            account throws(WireError) -> LedgerFact in
            let id = try AccountID(wire: try account.string(1))
            return .opened(id, try Currency(wire: try account.string(2)))
        }
    }

    /// An `Account` without currency.
    fileprivate mutating func account(_ field: Int) throws(WireError) -> AccountID {
        try whole(field, "giro.ledger.v1.Account") {
            account throws(WireError) -> AccountID in
            let id = try AccountID(wire: try account.string(1))
            guard try account.string(2).isEmpty else {
                throw WireError("an account has a currency where it is not opened")
            }
            return id
        }
    }

    fileprivate mutating func movement(_ field: Int) throws(WireError) -> [Posting] {
        try whole(field, "giro.ledger.v1.Movement") {
            movement throws(WireError) -> [Posting] in try movement.postings(1)
        }
    }

    fileprivate mutating func exposureLimited(_ field: Int) throws(WireError) -> LedgerFact {
        try whole(field, "giro.ledger.v1.PeerLimit") {
            limit throws(WireError) -> LedgerFact in
            let peer = try NodeName(wire: try limit.string(1), "a limit's peer")
            let (minorUnits, currency) = try limit.money(2)
            return .exposureLimited(peer, minorUnits: minorUnits, currency)
        }
    }

    fileprivate mutating func held(_ field: Int) throws(WireError) -> LedgerFact {
        try whole(field, "giro.ledger.v1.Held") {
            held throws(WireError) -> LedgerFact in
            let step = try HeldStep(from: &held)
            return .held(step, try held.postings(6))
        }
    }

    fileprivate mutating func stepMovement(
        _ field: Int
    ) throws(WireError) -> (StepID, [Posting]) {
        try whole(field, "giro.ledger.v1.StepMovement") {
            movement throws(WireError) -> (StepID, [Posting]) in
            let number = try movement.unsigned(1)
            let step = try StepID(wire: try movement.bytes(2), number, "a movement's step")
            return (step, try movement.postings(3))
        }
    }
}
