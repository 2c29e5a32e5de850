import Ledger
import Saga
import Wire

extension Posting {
    init(wire posting: Giro_Ledger_V1_Posting) throws(WireError) {
        try posting.requireAllKnown()
        try posting.amount.requireAllKnown()
        guard let book = Book(posting.book) else { throw WireError("a posting names no book") }
        self.init(
            book, posting.amount.minorUnits, try Currency(wire: posting.amount.currency))
    }

    var wire: Giro_Ledger_V1_Posting {
        var wire = Giro_Ledger_V1_Posting()
        wire.book = book.description
        wire.amount = .init(minorUnits, currency)
        return wire
    }

    static func list(wire: [Giro_Ledger_V1_Posting]) throws(WireError) -> [Posting] {
        var postings: [Posting] = []
        postings.reserveCapacity(wire.count)
        for posting in wire { postings.append(try Posting(wire: posting)) }
        return postings
    }
}

extension HeldStep {
    /// Its postings are the fact's affair, not the step's.
    init(wire held: Giro_Ledger_V1_Held) throws(WireError) {
        try held.requireAllKnown()
        var actions: [LedgerAction] = []
        for action in held.actions { actions.append(try LedgerAction(wire: action)) }
        self.init(
            id: try StepID(wire: held.saga, held.number, "a held step"), actions: actions,
            previous: try .ifAny(wire: held.previous, "a held step's previous"),
            next: try .ifAny(wire: held.next, "a held step's next"))
    }

    var wire: Giro_Ledger_V1_Held {
        var wire = Giro_Ledger_V1_Held()
        wire.saga = id.saga.wire
        wire.number = id.wireNumber
        wire.previous = previous?.text ?? ""
        wire.next = next?.text ?? ""
        wire.actions = actions.map(\.wire)
        return wire
    }
}

extension LedgerFact {
    init(wire fact: Giro_Ledger_V1_Fact) throws(WireError) {
        try fact.requireAllKnown()
        switch fact.fact {
        case .accountOpened(let account):
            try account.requireAllKnown()
            self = .opened(
                try AccountID(wire: account.account), try Currency(wire: account.currency))
        case .accountFrozen(let account): self = .frozen(try account.alone())
        case .accountUnfrozen(let account): self = .unfrozen(try account.alone())
        case .accountClosed(let account): self = .closed(try account.alone())
        case .deposited(let movement): self = .deposited(try movement.read())
        case .withdrawn(let movement): self = .withdrawn(try movement.read())
        case .exposureLimited(let limit):
            try limit.requireAllKnown()
            try limit.limit.requireAllKnown()
            self = .exposureLimited(
                try NodeName(wire: limit.peer, "a limit's peer"),
                minorUnits: limit.limit.minorUnits, try Currency(wire: limit.limit.currency))
        case .peerSettled(let movement): self = .peerSettled(try movement.read())
        case .held(let held):
            self = .held(try HeldStep(wire: held), try Posting.list(wire: held.postings))
        case .settled(let movement):
            let (step, postings) = try movement.read()
            self = .settled(step, postings)
        case .released(let movement):
            let (step, postings) = try movement.read()
            self = .released(step, postings)
        case nil: throw WireError("a ledger's fact is empty")
        }
    }

    var wire: Giro_Ledger_V1_Fact {
        var wire = Giro_Ledger_V1_Fact()
        wire.fact =
            switch self {
            case .opened(let account, let currency): .accountOpened(.init(account, currency))
            case .frozen(let account): .accountFrozen(.init(account))
            case .unfrozen(let account): .accountUnfrozen(.init(account))
            case .closed(let account): .accountClosed(.init(account))
            case .exposureLimited(let peer, let minorUnits, let currency):
                .exposureLimited(.init(peer, .init(minorUnits, currency)))
            case .deposited(let postings): .deposited(.init(postings))
            case .withdrawn(let postings): .withdrawn(.init(postings))
            case .peerSettled(let postings): .peerSettled(.init(postings))
            case .held(let step, let postings): .held(step.wire(with: postings))
            case .settled(let step, let postings): .settled(.init(step, postings))
            case .released(let step, let postings): .released(.init(step, postings))
            }
        return wire
    }
}

extension HeldStep {
    fileprivate func wire(with postings: [Posting]) -> Giro_Ledger_V1_Held {
        var wire = wire
        wire.postings = postings.map(\.wire)
        return wire
    }
}

extension Giro_Ledger_V1_Account {
    fileprivate init(_ account: AccountID, _ currency: Currency? = nil) {
        self.init()
        self.account = account.text
        self.currency = currency?.code ?? ""
    }

    fileprivate func alone() throws(WireError) -> AccountID {
        try requireAllKnown()
        guard currency.isEmpty else {
            throw WireError("an account has a currency where it is not opened")
        }
        return try AccountID(wire: account)
    }
}

extension Giro_Ledger_V1_Movement {
    fileprivate init(_ postings: [Posting]) {
        self.init()
        self.postings = postings.map(\.wire)
    }

    fileprivate func read() throws(WireError) -> [Posting] {
        try requireAllKnown()
        return try Posting.list(wire: postings)
    }
}

extension Giro_Ledger_V1_StepMovement {
    fileprivate init(_ step: StepID, _ postings: [Posting]) {
        self.init()
        saga = step.saga.wire
        number = step.wireNumber
        self.postings = postings.map(\.wire)
    }

    fileprivate func read() throws(WireError) -> (StepID, [Posting]) {
        try requireAllKnown()
        return (
            try StepID(wire: saga, number, "a movement's step"), try Posting.list(wire: postings)
        )
    }
}

extension Giro_Ledger_V1_PeerLimit {
    fileprivate init(_ peer: NodeName, _ limit: Giro_Ledger_V1_Money) {
        self.init()
        self.peer = peer.text
        self.limit = limit
    }
}
