public import Ledger
import Saga
public import Wire

extension Ledger {
    /// Balances, limits and held steps in a fixed order, as snapshots keep them.
    public func encodedState() -> [UInt8] {
        var wire = Giro_Ledger_V1_Snapshot()
        wire.node = node.text
        wire.accounts = accounts.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        wire.clearings = clearings.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        wire.ownBooks = ownBooks.map { Posting($0.key.book, $0.value, $0.key.currency) }
            .sorted { ($0.book.description, $0.currency) < ($1.book.description, $1.currency) }
            .map(\.wire)
        wire.heldSteps = heldSteps.values.sorted { $0.id < $1.id }.map(\.wire)
        return wire.wireBytes()
    }

    /// Reads what ``encodedState()`` makes.
    /// - Throws: It is no such state: a balance is below zero where none may be, or something is
    /// named twice. Whether the books sum to zero is not checked.
    public init(encodedState: [UInt8]) throws(WireError) {
        let wire = try Giro_Ledger_V1_Snapshot(wire: encodedState)
        try wire.requireAllKnown()
        let heldSteps = try Dictionary(reading: wire.heldSteps, "the list of held steps") {
            held throws(WireError) in
            guard held.postings.isEmpty else { throw WireError("a kept step has postings") }
            let step = try HeldStep(wire: held)
            return (step.id, step)
        }
        self.init(
            node: try NodeName(wire: wire.node, "the ledger's node"),
            accounts: try Dictionary(reading: wire.accounts, "the list of accounts") {
                account throws(WireError) in try account.read()
            },
            clearings: try Dictionary(reading: wire.clearings, "the list of clearings") {
                clearing throws(WireError) in try clearing.read()
            },
            ownBooks: try Dictionary(reading: wire.ownBooks, "the list of own books") {
                book throws(WireError) in
                let posting = try Posting(wire: book)
                return (OwnBook(posting.book, posting.currency), posting.minorUnits)
            },
            heldSteps: Array(heldSteps.values))
    }
}

extension Giro_Ledger_V1_Snapshot.AccountState {
    fileprivate init(_ id: AccountID, _ account: Account) {
        self.init()
        self.account = id.text
        currency = account.currency.code
        status = UInt32(account.status.rawValue)
        available = account.available
        held = account.held
        incoming = account.incoming
    }

    fileprivate func read() throws(WireError) -> (AccountID, Account) {
        try requireAllKnown()
        guard let status = UInt8(exactly: status).flatMap(Account.Status.init) else {
            throw WireError("an account has an unknown status")
        }
        guard available >= 0, held >= 0, incoming >= 0 else {
            throw WireError("an account has a balance below zero")
        }
        let state = Account(
            currency: try Currency(wire: currency), status: status, available: available,
            held: held, incoming: incoming)
        return (try AccountID(wire: account), state)
    }
}

extension Giro_Ledger_V1_Snapshot.ClearingState {
    fileprivate init(_ key: Clearing.Key, _ clearing: Clearing) {
        self.init()
        peer = key.peer.text
        currency = key.currency.code
        balance = clearing.balance
        inbound = clearing.inbound
        outbound = clearing.outbound
        limit = clearing.limit
    }

    fileprivate func read() throws(WireError) -> (Clearing.Key, Clearing) {
        try requireAllKnown()
        guard inbound >= 0, outbound >= 0 else {
            throw WireError("a clearing has reserved less than nothing")
        }
        let key = Clearing.Key(
            peer: try NodeName(wire: peer, "a clearing's peer"),
            currency: try Currency(wire: currency))
        let clearing = Clearing(
            balance: balance, inbound: inbound, outbound: outbound, limit: limit)
        return (key, clearing)
    }
}
