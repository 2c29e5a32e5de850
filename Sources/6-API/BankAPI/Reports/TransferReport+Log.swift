import APIModels
import Chain
import Ledger
import Saga
import Wire

extension TransferReport {
    /// A saga's entries as they are read from the log, among others of its UUID.
    struct Entries {
        let id: SagaID
        /// Whether a client began it here: requests to abandon belong to that one.
        let isBegunHere: Bool
        private(set) var list: [EntryReport] = []
        private(set) var order: Order?

        init(of id: SagaID, isBegunHere: Bool) {
            self.id = id
            self.isBegunHere = isBegunHere
        }

        /// - Throws: ``WireError``: the log was written by a newer version.
        mutating func add(_ entry: Entry, of header: CommitHeader) throws(WireError) {
            let event = try Event.decode(entry.parts, saga: id.command, for: Ledger.self)
            switch event {
            case .stepDecided(let decided):
                guard decided.step.saga == id else { return }
                if order == nil { order = Order(decided) }
                list.append(EntryReport(decided, entry.position, header.time))
            case .abandonRequested(_, let principal):
                guard isBegunHere else { return }
                list.append(
                    EntryReport(.abandonRequested, by: principal, entry.position, header.time))
            case .operationDecided:
                // A client's, under a UUID that peers have used for a transfer.
                return
            case .inboxAdvanced, .inboxRestarted, .quarantined, .nodeOpened, .witnessed,
                .peerSuspended, .peerAccepted, .timelineStarted, .keyRotated, .clockAccepted,
                .intakeSet:
                preconditionFailure("the node's own entries stand under no UUID")
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
            postings: decided.facts.flatMap(\.postings).map {
                PostingReport(book: $0.book, amount: $0.minorUnits, currency: $0.currency)
            })
    }

    fileprivate init(
        _ event: Kind, by principal: Principal, _ position: Position, _ time: Timestamp
    ) {
        self.init(
            position: position, time: time, event: event, step: nil, state: nil, reason: nil,
            principal: principal, postings: [])
    }
}
