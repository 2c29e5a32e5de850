import APIModels
import Engine
import Ledger
import Saga
import Statements

extension AccountReport {
    init(_ id: AccountID, _ account: Account) {
        self.init(
            account: id, currency: account.currency, status: Status(of: account.status),
            available: account.available, held: account.held, incoming: account.incoming)
    }
}

extension AccountReport.Status {
    fileprivate init(of status: Account.Status) {
        self =
            switch status {
            case .open: .open
            case .frozen: .frozen
            case .closed: .closed
            }
    }
}

extension BooksReport {
    init(_ state: State<Ledger>) {
        let ledger = state.participant
        var books: [Currency: CurrencyBooks] = [:]
        for account in ledger.accounts.values {
            let known = books[account.currency] ?? CurrencyBooks(account.currency)
            books[account.currency] = known.adding(account)
        }
        let others = ledger.ownBooks.keys.map(\.currency) + ledger.clearings.keys.map(\.currency)
        for currency in Set(books.keys).union(others) {
            let known = books[currency] ?? CurrencyBooks(currency)
            books[currency] = known.completed(from: ledger)
        }
        self.init(
            node: state.node, position: state.position,
            currencies: books.values.sorted { $0.currency < $1.currency },
            transitBlocked: ledger.transitBlocked.sorted(),
            stoppedPeers: state.stoppedPeers.sorted())
    }
}

extension BooksReport.CurrencyBooks {
    fileprivate init(_ currency: Currency) {
        self.init(
            currency: currency, available: 0, held: 0, cash: 0, suspense: 0, clearing: [])
    }

    fileprivate func adding(_ account: Account) -> Self {
        Self(
            currency: currency, available: available + Int128(account.available),
            held: held + Int128(account.held), cash: cash, suspense: suspense, clearing: clearing)
    }

    fileprivate func completed(from ledger: Ledger) -> Self {
        let clearings = ledger.clearings.filter { $0.key.currency == currency }
        return Self(
            currency: currency, available: available, held: held,
            cash: ledger.ownBooks[.init(.cash, currency)] ?? 0,
            suspense: ledger.ownBooks[.init(.suspense, currency)] ?? 0,
            clearing: clearings.sorted { $0.key < $1.key }.map { .init($0.key.peer, $0.value) })
    }
}

extension BooksReport.ClearingReport {
    fileprivate init(_ peer: NodeName, _ clearing: Clearing) {
        self.init(
            peer: peer, balance: clearing.balance, inbound: clearing.inbound,
            outbound: clearing.outbound, limit: clearing.limit, exposure: clearing.exposure,
            owedLimit: clearing.owedLimit, owed: clearing.owed)
    }
}

extension HoldReport {
    init(_ hold: StepTally.Hold) {
        self.init(
            peer: hold.peer, count: hold.count, oldestSince: hold.oldest, deadline: hold.deadline,
            amount: hold.amount?.minorUnits, currency: hold.amount?.currency)
    }
}
