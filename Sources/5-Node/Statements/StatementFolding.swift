import Chain
import Engine
import GRDB
import Ledger
import LedgerWire
import Projection
import Saga
import Wire

/// Folds commits into the statements, within one transaction.
struct StatementFolding {
    private let database: Database
    private var end: ProjectionEnd
    /// Of the accounts that this transaction has touched.
    private var balances: [AccountID: (available: Int64, held: Int64)] = [:]
    private var outcomes: [Outcome: Int64] = [:]

    private struct Outcome: Hashable {
        let word: String
        let reason: String
    }

    init(_ database: Database) throws {
        self.database = database
        end = try database.statementEnd()
    }

    func save() throws -> Position {
        for (outcome, count) in outcomes {
            try database.count(outcome.word, outcome.reason, count)
        }
        try database.setStatementEnd(end.position, end.commitHash)
        return end.position
    }

    mutating func fold(_ batch: CommittedBatch<LedgerFact>) throws {
        let commit = batch.commit
        guard commit.header.last > end.position else { return }
        guard end.isFollowed(by: commit) else {
            throw ProjectionError.otherHistory(at: end.position)
        }
        for (entry, event) in zip(commit.entries, batch.events) {
            try fold(event, at: entry.position, commit.header.time)
        }
        end = ProjectionEnd(position: commit.header.last, commitHash: commit.hash)
    }

    private mutating func fold(
        _ event: Event<LedgerFact>, at position: Position, _ time: Timestamp
    ) throws {
        switch event {
        case .stepDecided(let decided):
            try fold(decided, at: position, time)
        case .operationDecided(let decided):
            switch decided.outcome {
            case .applied(let fact):
                if case .opened(let account, _) = fact { try database.addAccount(account) }
                try post([fact], decided.id, nil, by: decided.principal, at: position, time)
                outcomes[.init(word: "operationApplied", reason: ""), default: 0] += 1
            case .refused(let refusal):
                outcomes[
                    .init(word: "operationRefused", reason: refusal.counted(at: Ledger.self).code),
                    default: 0] += 1
            }
        case .quarantined(let quarantined):
            outcomes[
                .init(word: "quarantined", reason: quarantined.cause.rawValue), default: 0] += 1
        case .stepForgotten(let step, let facts):
            try forget(step, facts, at: position, time)
        case .stepRepeated, .abandonRequested, .read, .peerKeyTaken, .peerSuspended,
            .peerAccepted, .peerKeyCompared, .peerAnswered, .inboxAdvanced, .nodeOpened,
            .timelineStarted, .timelineShown, .keyRotated, .keyShown, .clockAccepted, .intakeSet:
            break
        }
    }

    private mutating func fold(
        _ decided: StepDecided<LedgerFact>, at position: Position, _ time: Timestamp
    ) throws {
        let known = try database.openStep(decided.step)
        let parties =
            known.map { Parties(payer: $0.payer, payee: $0.payee, amount: $0.amount) }
            ?? Parties(content: decided.content)
        try post(
            decided.facts, decided.step.saga.command, parties, by: decided.principal, at: position,
            time)
        if decided.state.isTerminal {
            if known != nil { try database.removeOpenStep(decided.step) }
            let word: String
            if decided.state == .confirmed {
                word = "confirmed"
            } else {
                word = known == nil ? "refused" : "released"
            }
            let reason = decided.refusal?.counted(at: Ledger.self).code ?? ""
            outcomes[.init(word: word, reason: reason), default: 0] += 1
        } else {
            try database.setOpenStep(
                decided.step,
                OpenStep(
                    state: decided.state, since: known?.since ?? time, payer: parties.payer,
                    payee: parties.payee, peer: known?.peer ?? decided.next ?? decided.previous,
                    deadline: known?.deadline ?? decided.deadline, amount: parties.amount))
        }
    }

    /// The step counts as never heard of, since the log lost its end: what it held is given back.
    private mutating func forget(
        _ step: StepID, _ facts: [LedgerFact], at position: Position, _ time: Timestamp
    ) throws {
        let parties = try database.openStep(step).map {
            Parties(payer: $0.payer, payee: $0.payee, amount: $0.amount)
        }
        try post(facts, step.saga.command, parties, by: nil, at: position, time)
        try database.removeOpenStep(step)
        outcomes[.init(word: "forgotten", reason: ""), default: 0] += 1
    }

    /// One line for every account that the facts touch.
    private mutating func post(
        _ facts: [LedgerFact], _ id: CommandID, _ parties: Parties?, by principal: Principal?,
        at position: Position, _ time: Timestamp
    ) throws {
        guard let kind = facts.last.flatMap(StatementLine.Kind.init) else { return }
        var changes: [(account: AccountID, available: Int64, held: Int64)] = []
        for posting in facts.flatMap(\.postings) {
            guard let (account, isHeld) = posting.book.customer else { continue }
            let index = changes.firstIndex { $0.account == account } ?? changes.endIndex
            if index == changes.endIndex { changes.append((account, 0, 0)) }
            if isHeld {
                changes[index].held += posting.minorUnits
            } else {
                changes[index].available += posting.minorUnits
            }
        }
        for change in changes {
            var balance = try balances[change.account] ?? database.balances(of: change.account)
            balance.available += change.available
            balance.held += change.held
            balances[change.account] = balance
            try database.append(
                StatementLine(
                    position: position, time: time, id: id, kind: kind,
                    counterparty: parties?.other(than: change.account), principal: principal,
                    availableChange: change.available, heldChange: change.held,
                    available: balance.available, held: balance.held),
                to: change.account)
        }
    }
}

/// Between whom a transfer is, and about how much, as far as its content can be read.
private struct Parties {
    var payer: AccountID?
    var payee: AccountID?
    var amount: Amount?

    init(payer: AccountID?, payee: AccountID?, amount: Amount?) {
        (self.payer, self.payee, self.amount) = (payer, payee, amount)
    }

    init(content bytes: [UInt8]) {
        guard !bytes.isEmpty,
            case .understood(let itinerary) = Content.decode(bytes, for: Ledger.self).reading
        else { return }
        for action in itinerary.steps.flatMap(\.actions) {
            amount = action.amount
            switch action {
            case .debit(let account, _): payer = account
            case .credit(let account, _): payee = account
            case .forward: break
            }
        }
    }

    func other(than account: AccountID) -> AccountID? { account == payer ? payee : payer }
}

extension StatementLine.Kind {
    /// `nil` for what moves no money.
    fileprivate init?(_ fact: LedgerFact) {
        switch fact {
        case .deposited: self = .deposit
        case .withdrawn: self = .withdrawal
        case .held: self = .hold
        case .released: self = .release
        case .settled: self = .payment
        case .opened, .frozen, .unfrozen, .closed, .exposureLimited, .owedLimited, .transitSet,
            .peerSettled:
            return nil
        }
    }
}

extension Book {
    /// The customer's account it is a side of, if it is one.
    fileprivate var customer: (account: AccountID, isHeld: Bool)? {
        switch self {
        case .available(let account): (account, false)
        case .held(let account): (account, true)
        case .cash, .clearing, .suspense: nil
        }
    }
}
