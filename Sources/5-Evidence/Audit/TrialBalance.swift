public import Engine
public import Ledger
public import LedgerWire
public import Saga

/// The books of several banks, held against each other: what an auditor can say from logs alone.
public struct TrialBalance: Sendable {
    /// The balance of one bank's book in one currency; customers are added up.
    public struct Row: Hashable, Sendable {
        /// The bank whose book it is.
        public let node: NodeName
        /// `customers/available`, `customers/held`, `clearing/PEER`, `cash` or `suspense`.
        public let book: String
        /// The currency that is added up: amounts of different ones never are.
        public let currency: Currency
        /// The balance, signed; 128 bits, so that customers' sums always fit.
        public let minorUnits: Int128
    }

    /// How two banks stand with each other in one currency.
    public struct BankPair: Hashable, Sendable {
        /// The bank whose name sorts first.
        public let first: NodeName
        /// The other bank.
        public let second: NodeName
        /// The currency of all amounts of the pair.
        public let currency: Currency
        /// clearing(first → second) and clearing(second → first).
        public let firstBalance: Int128
        /// As ``firstBalance``, seen from the second bank.
        public let secondBalance: Int128
        /// What is confirmed at one of them and not yet at the other.
        public let underWay: Int128
        /// What one of them has posted as settled outside, and the other not yet: at most one in
        /// each direction.
        public let openSettlements: [OpenSettlement]
        /// What both sides have posted as settled, added up: 0 where they agree.
        let settled: Int128

        /// The two sides differ by exactly what is in flight between them, in transfers and in
        /// settlements.
        public var isBalanced: Bool { firstBalance + secondBalance + underWay == settled }
    }

    /// The banks whose books these are, by name.
    public let nodes: [NodeName]
    /// Each bank's books in each currency, by bank, currency and book.
    public let rows: [Row]
    /// Each two banks and each currency that one of them has with the other.
    public let pairs: [BankPair]
    /// Each bank's books sum to zero in each currency.
    public let unbalancedNodes: [NodeName]
    /// Sagas that are confirmed at one bank and cancelled at another.
    public let contradictions: [SagaID]
    /// Sagas with an open step.
    public let openSagas: Int

    /// True where nothing contradicts: each bank's books, each pair and each saga agree.
    public var isBalanced: Bool {
        unbalancedNodes.isEmpty && contradictions.isEmpty && pairs.allSatisfy(\.isBalanced)
    }

    /// Takes audited logs, with the settlements that they testify to.
    ///
    /// - Parameters:
    ///   - audits: One of each bank.
    ///   - neverStarted: Banks with an empty log, which count as banks that hold nothing.
    public init(_ audits: [LogAudit<Ledger>], neverStarted: [NodeName] = []) {
        self.init(
            audits.map(\.state)
                + neverStarted.map { State(node: $0, participant: Ledger(node: $0)) },
            settlements: Dictionary(
                uniqueKeysWithValues: audits.map { ($0.node, $0.testimony.settlements) }))
    }

    /// - Parameters:
    ///   - states: One of each bank.
    ///   - settlements: Those of each bank, where they are known; without them a pair of which one
    ///     has posted a settlement is not balanced.
    public init(
        _ states: [State<Ledger>], settlements: [NodeName: [Testimony.Settlement]] = [:]
    ) {
        let states = states.sorted { $0.node < $1.node }
        nodes = states.map(\.node)
        let rows = states.flatMap { Self.rows(of: $0) }
        self.rows = rows
        unbalancedNodes = states.map(\.node).filter { node in
            let own = rows.filter { $0.node == node }
            return Set(own.map(\.currency)).contains { currency in
                own.filter { $0.currency == currency }.reduce(0) { $0 + $1.minorUnits } != 0
            }
        }
        pairs = Self.pairs(among: states, settlements)
        contradictions = Self.contradictions(among: states)
        openSagas = states.reduce(0) { $0 + $1.openSagas }
    }

    private static func rows(of state: State<Ledger>) -> [Row] {
        let ledger = state.participant
        var sums: [Key: Int128] = [:]
        for account in ledger.accounts.values {
            sums[Key("customers/available", account.currency), default: 0] +=
                Int128(account.available)
            sums[Key("customers/held", account.currency), default: 0] += Int128(account.held)
        }
        for (key, clearing) in ledger.clearings {
            sums[Key("clearing/\(key.peer)", key.currency), default: 0] += Int128(clearing.balance)
        }
        for (own, balance) in ledger.ownBooks {
            sums[Key("\(own.book)", own.currency), default: 0] += Int128(balance)
        }
        return sums.sorted { $0.key < $1.key }.map { key, sum in
            Row(node: state.node, book: key.book, currency: key.currency, minorUnits: sum)
        }
    }

    private static func pairs(
        among states: [State<Ledger>], _ settlements: [NodeName: [Testimony.Settlement]]
    ) -> [BankPair] {
        var pairs: [BankPair] = []
        for (index, first) in states.enumerated() {
            for second in states[(index + 1)...] {
                let forth = underWay(from: first, to: second)
                let back = underWay(from: second, to: first)
                let (one, other) = (settlements[first.node] ?? [], settlements[second.node] ?? [])
                let currencies = Set(
                    first.currencies(with: second.node) + second.currencies(with: first.node))
                for currency in currencies.sorted() {
                    let settled =
                        one.filter { $0.isOf(second.node, currency) }
                        + other.filter { $0.isOf(first.node, currency) }
                    pairs.append(
                        BankPair(
                            first: first.node, second: second.node, currency: currency,
                            firstBalance: first.clearing(with: second.node, currency),
                            secondBalance: second.clearing(with: first.node, currency),
                            underWay: forth[currency, default: 0] + back[currency, default: 0],
                            openSettlements: [
                                .between(first.node, one, second.node, other, currency),
                                .between(second.node, other, first.node, one, currency),
                            ].compactMap(\.self),
                            settled: settled.reduce(0) { $0 + Int128($1.change) }))
                }
            }
        }
        return pairs
    }

    /// Money that `second` has confirmed and `first`, one step before, still holds.
    private static func underWay(
        from first: State<Ledger>, to second: State<Ledger>
    ) -> [Currency: Int128] {
        var sums: [Currency: Int128] = [:]
        for step in first.participant.heldSteps.values where step.next == second.node {
            guard second.stepState(step.id.next) == .confirmed,
                let amount = step.amountPassedOn
            else { continue }
            sums[amount.currency, default: 0] += Int128(amount.minorUnits)
        }
        return sums
    }

    /// Of one saga's steps none may be confirmed while another is cancelled.
    private static func contradictions(among states: [State<Ledger>]) -> [SagaID] {
        var confirmed: Set<SagaID> = []
        var cancelled: Set<SagaID> = []
        for state in states {
            for (saga, record) in state.sagas {
                for step in record.steps {
                    if step.state == .confirmed { confirmed.insert(saga) }
                    if step.state == .cancelled { cancelled.insert(saga) }
                }
            }
        }
        return confirmed.intersection(cancelled).sorted()
    }

    private struct Key: Hashable, Comparable {
        let book: String
        let currency: Currency

        init(_ book: String, _ currency: Currency) {
            self.book = book
            self.currency = currency
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.currency, left.book) < (right.currency, right.book)
        }
    }
}

extension State<Ledger> {
    fileprivate func currencies(with peer: NodeName) -> [Currency] {
        participant.clearings.keys.filter { $0.peer == peer }.map(\.currency)
    }

    fileprivate func clearing(with peer: NodeName, _ currency: Currency) -> Int128 {
        Int128(participant.clearing(with: peer, in: currency).balance)
    }
}
