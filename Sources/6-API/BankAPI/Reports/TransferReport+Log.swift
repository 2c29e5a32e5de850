import APIModels
import Chain
import Ledger
import Saga
import Wire

extension TransferReport {
    /// A saga's entries as they are read from the log, among others of its UUID.
    struct Entries {
        let id: SagaID
        private(set) var list: [EntryReport] = []
        private(set) var order: Order?

        init(of id: SagaID) { self.id = id }

        /// - Throws: ``WireError``: the log was written by a newer version.
        mutating func add(_ entry: Entry, of header: CommitHeader) throws(WireError) {
            let event = try Event.decode(entry.parts, saga: id.command, for: Ledger.self)
            guard event.step?.saga == id else {
                // Another saga's, or a client's operation, under the same UUID.
                return
            }
            switch event {
            case .stepDecided(let decided):
                if order == nil { order = Order(decided) }
                list.append(EntryReport(decided, entry.position, header.time))
            case .stepRepeated(let repeated):
                list.append(
                    EntryReport(
                        .stepRepeated, of: repeated.step, state: repeated.state,
                        reason: repeated.refusal, entry.position, header.time))
            case .abandonRequested(let request):
                list.append(
                    EntryReport(
                        .abandonRequested, of: request.step, by: request.principal,
                        entry.position, header.time))
            case .stepForgotten(let step, let facts):
                list.append(
                    EntryReport(
                        .stepForgotten, of: step, moving: facts, entry.position, header.time))
            default:
                preconditionFailure("no other entry is about a step")
            }
        }
    }
}

extension TransferReport.Order {
    /// `nil` for an entry without a content, for a content without a debit or credit, and for one
    /// that cannot be read.
    fileprivate init?(_ decided: StepDecided<LedgerFact>) {
        let content = Content.decode(decided.content, for: Ledger.self)
        guard case .understood(let itinerary) = content.reading, let deadline = decided.deadline
        else { return nil }
        let actions = itinerary.steps.flatMap(\.actions)
        var payer: AccountID?
        var payee: AccountID?
        for action in actions {
            switch action {
            case .debit(let account, _): payer = account
            case .credit(let account, _): payee = account
            case .forward: break
            }
        }
        guard let payer, let payee, let amount = actions.first?.amount else { return nil }
        self.init(
            from: payer, to: payee, route: itinerary.steps.map(\.node),
            amount: amount.minorUnits, currency: amount.currency,
            reference: content.reference ?? "", deadline: deadline)
    }
}

extension EntryReport {
    fileprivate init(
        _ decided: StepDecided<LedgerFact>, _ position: Position, _ time: Timestamp
    ) {
        self.init(
            position: position, time: time, event: .stepDecided, step: decided.step.number,
            state: decided.state, reason: decided.refusal, principal: decided.principal,
            postings: PostingReport.all(of: decided.facts))
    }

    fileprivate init(
        _ event: Kind, of step: StepID, state: StepState? = nil, reason: Refusal? = nil,
        by principal: Principal? = nil, moving facts: [LedgerFact] = [], _ position: Position,
        _ time: Timestamp
    ) {
        self.init(
            position: position, time: time, event: event, step: step.number, state: state,
            reason: reason, principal: principal, postings: PostingReport.all(of: facts))
    }
}

extension PostingReport {
    fileprivate static func all(of facts: [LedgerFact]) -> [PostingReport] {
        facts.flatMap(\.postings).map {
            PostingReport(book: $0.book, amount: $0.minorUnits, currency: $0.currency)
        }
    }
}

extension Event {
    /// The step that the entry is about; `nil` where it is about none.
    fileprivate var step: StepID? {
        switch self {
        case .stepDecided(let decided): decided.step
        case .stepRepeated(let repeated): repeated.step
        case .abandonRequested(let request): request.step
        case .stepForgotten(let step, _): step
        default: nil
        }
    }
}
