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
    /// Which step it is stands around them.
    func write(to writer: inout MessageWriter) {
        writer.write(previous?.text ?? "", 1)
        writer.write(next?.text ?? "", 2)
        for action in actions { writer.write(3, message: action.write(to:)) }
    }

    /// Reads such fields; postings may follow.
    init(from reader: inout MessageReader, of id: StepID) throws(WireError) {
        let previous = try reader.string(1)
        let next = try reader.string(2)
        let actions = try reader.messages(
            3, "giro.ledger.v1.Action", LedgerAction.init(from:))
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
            writer.write(7, peer, minorUnits, currency)
        case .peerSettled(let postings): writer.write(8) { $0.write(postings, 1) }
        case .held(let step, let postings):
            writer.write(9) { held in
                step.write(to: &held)
                held.write(postings, 4)
            }
        case .settled(_, let postings): writer.write(10) { $0.write(postings, 1) }
        case .released(_, let postings): writer.write(11) { $0.write(postings, 1) }
        case .transitSet(let peer, let transit):
            writer.write(12) { rule in
                rule.write(peer.text, 1)
                rule.write(transit == .blocked, 2)
            }
        case .owedLimited(let peer, let minorUnits, let currency):
            writer.write(13, peer, minorUnits, currency)
        }
    }

    /// Reads such fields of the entry about `step`, if it is about one.
    init(from reader: inout MessageReader, of step: StepID?) throws(WireError) {
        switch reader.nextField {
        case 1: self = try reader.opened(1)
        case 2: self = .frozen(try reader.account(2))
        case 3: self = .unfrozen(try reader.account(3))
        case 4: self = .closed(try reader.account(4))
        case 5: self = .deposited(try reader.movement(5))
        case 6: self = .withdrawn(try reader.movement(6))
        case 7:
            let limit = try reader.peerLimit(7)
            self = .exposureLimited(limit.peer, minorUnits: limit.minorUnits, limit.currency)
        case 8: self = .peerSettled(try reader.movement(8))
        case 9: self = try reader.held(9, of: step.required("a hold"))
        case 10: self = .settled(try step.required("a settlement"), try reader.movement(10))
        case 11: self = .released(try step.required("a release"), try reader.movement(11))
        case 12: self = try reader.transitSet(12)
        case 13:
            let limit = try reader.peerLimit(13)
            self = .owedLimited(to: limit.peer, minorUnits: limit.minorUnits, limit.currency)
        default:
            try reader.end()
            throw WireError("a ledger's fact is empty")
        }
    }
}

/// A `PeerLimit`, of either direction.
private struct PeerLimit {
    let peer: NodeName
    let minorUnits: Int64
    let currency: Currency
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

    /// A `PeerLimit`.
    fileprivate mutating func write(
        _ field: Int, _ peer: NodeName, _ minorUnits: Int64, _ currency: Currency
    ) {
        write(field) { limit in
            limit.write(peer.text, 1)
            limit.write(minorUnits, currency, 2)
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

    fileprivate mutating func peerLimit(_ field: Int) throws(WireError) -> PeerLimit {
        try whole(field, "giro.ledger.v1.PeerLimit") {
            limit throws(WireError) -> PeerLimit in
            let peer = try NodeName(wire: try limit.string(1), "a limit's peer")
            let (minorUnits, currency) = try limit.money(2)
            return PeerLimit(peer: peer, minorUnits: minorUnits, currency: currency)
        }
    }

    fileprivate mutating func transitSet(_ field: Int) throws(WireError) -> LedgerFact {
        try whole(field, "giro.ledger.v1.PeerTransit") {
            rule throws(WireError) -> LedgerFact in
            let peer = try NodeName(wire: try rule.string(1), "a transit rule's peer")
            let isBlocked = try rule.bool(2)
            return .transitSet(from: peer, isBlocked ? .blocked : .allowed)
        }
    }

    fileprivate mutating func held(
        _ field: Int, of id: StepID
    ) throws(WireError) -> LedgerFact {
        try whole(field, "giro.ledger.v1.Held") {
            held throws(WireError) -> LedgerFact in
            let step = try HeldStep(from: &held, of: id)
            return .held(step, try held.postings(4))
        }
    }
}
