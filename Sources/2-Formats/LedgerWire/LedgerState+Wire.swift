public import Ledger
import Saga
public import Wire

extension Ledger {
    /// Balances, limits and held steps in a fixed order, as snapshots keep them.
    public func encodedState() -> [UInt8] {
        var writer = MessageWriter()
        for (id, account) in accounts.sorted(by: { $0.key < $1.key }) {
            writer.write(1) { account.write(id, to: &$0) }
        }
        for (key, clearing) in clearings.sorted(by: { $0.key < $1.key }) {
            writer.write(2) { clearing.write(key, to: &$0) }
        }
        let postings = ownBooks.map { Posting($0.key.book, $0.value, $0.key.currency) }
            .sorted { ($0.book.description, $0.currency) < ($1.book.description, $1.currency) }
        for posting in postings { writer.write(3, message: posting.write(to:)) }
        for step in heldSteps.values.sorted(by: { $0.id < $1.id }) {
            writer.write(4) { $0.write(kept: step) }
        }
        writer.write(node.text, 5)
        for peer in transitBlocked.sorted() { writer.write(element: peer.text, 6) }
        return writer.bytes
    }

    /// Reads what ``encodedState()`` makes.
    /// - Throws: It is no such state: a balance is below zero where none may be, or something is
    /// named twice. Whether the books sum to zero is not checked.
    public init(encodedState: [UInt8]) throws(WireError) {
        var reader = MessageReader(encodedState, "giro.ledger.v1.Snapshot")
        let accounts = try reader.messages(
            1, "giro.ledger.v1.Snapshot.AccountState", Account.entry(from:))
        let clearings = try reader.messages(
            2, "giro.ledger.v1.Snapshot.ClearingState", Clearing.entry(from:))
        let ownBooks = try reader.messages(3, "giro.ledger.v1.Posting", Posting.init(from:))
        let heldSteps = try reader.messages(
            4, "giro.ledger.v1.Snapshot.HeldState", HeldStep.kept(from:))
        let node = try reader.string(5)
        let transitBlocked = try reader.peers(6)
        try reader.end()
        let stepsByID = try Dictionary(
            uniquePairs: heldSteps.map { ($0.id, $0) }, "the list of held steps")
        self.init(
            node: try NodeName(wire: node, "the ledger's node"),
            accounts: try Dictionary(uniquePairs: accounts, "the list of accounts"),
            clearings: try Dictionary(uniquePairs: clearings, "the list of clearings"),
            ownBooks: try Dictionary(
                uniquePairs: ownBooks.map { (OwnBook($0.book, $0.currency), $0.minorUnits) },
                "the list of own books"),
            heldSteps: Array(stepsByID.values), transitBlocked: transitBlocked)
    }
}

extension MessageReader {
    /// Those whose transit is blocked.
    fileprivate mutating func peers(_ field: Int) throws(WireError) -> Set<NodeName> {
        var peers: Set<NodeName> = []
        while let text = try stringElement(field) {
            let peer = try NodeName(wire: text, "a peer without transit")
            guard peers.insert(peer).inserted else {
                throw WireError("the list of peers without transit names one twice")
            }
        }
        return peers
    }
}

extension MessageWriter {
    /// A `HeldState`.
    fileprivate mutating func write(kept step: HeldStep) {
        write(step.id.wire, 1)
        write(2, message: step.write(to:))
    }
}

extension HeldStep {
    fileprivate static func kept(from reader: inout MessageReader) throws(WireError) -> HeldStep {
        let id = try StepID(wire: reader.bytes(1), "a held step")
        return try reader.whole(2, "giro.ledger.v1.Held") { held throws(WireError) in
            let step = try HeldStep(from: &held, of: id)
            guard held.nextField != 4 else { throw WireError("a kept step has postings") }
            return step
        }
    }
}

extension Account {
    fileprivate func write(_ id: AccountID, to writer: inout MessageWriter) {
        writer.write(id.text, 1)
        writer.write(currency.code, 2)
        writer.write(UInt64(status.rawValue), 3)
        writer.write(available, 4)
        writer.write(held, 5)
        writer.write(incoming, 6)
    }

    fileprivate static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (AccountID, Account) {
        let id = try AccountID(wire: try reader.string(1))
        let currency = try Currency(wire: try reader.string(2))
        guard let status = UInt8(exactly: try reader.unsigned(3)).flatMap(Status.init(rawValue:))
        else { throw WireError("an account has an unknown status") }
        let available = try reader.signed(4)
        let held = try reader.signed(5)
        let incoming = try reader.signed(6)
        guard available >= 0, held >= 0, incoming >= 0 else {
            throw WireError("an account has a balance below zero")
        }
        let account = Account(
            currency: currency, status: status, available: available, held: held,
            incoming: incoming)
        return (id, account)
    }
}

extension Clearing {
    fileprivate func write(_ key: Key, to writer: inout MessageWriter) {
        writer.write(key.peer.text, 1)
        writer.write(key.currency.code, 2)
        writer.write(balance, 3)
        writer.write(inbound, 4)
        writer.write(outbound, 5)
        writer.write(limit, 6)
        if let owedLimit { writer.writePresent(owedLimit, 7) }
    }

    fileprivate static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (Key, Clearing) {
        let peer = try NodeName(wire: try reader.string(1), "a clearing's peer")
        let currency = try Currency(wire: try reader.string(2))
        let balance = try reader.signed(3)
        let inbound = try reader.signed(4)
        let outbound = try reader.signed(5)
        guard inbound >= 0, outbound >= 0 else {
            throw WireError("a clearing has reserved less than nothing")
        }
        let limit = try reader.signed(6)
        let owedLimit = try reader.signedIfAny(7)
        // No limit has one form: to be left out.
        if let owedLimit, !(0..<Clearing.unlimited).contains(owedLimit) {
            throw WireError("a limit on what may be owed is none")
        }
        let clearing = Clearing(
            balance: balance, inbound: inbound, outbound: outbound, limit: limit,
            owedLimit: owedLimit)
        return (Key(peer: peer, currency: currency), clearing)
    }
}
