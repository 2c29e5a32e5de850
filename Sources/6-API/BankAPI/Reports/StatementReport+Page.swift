import APIModels
import Chain
import Ledger
import Saga
import Statements

extension StatementReport {
    init(of account: AccountID, in currency: Currency, _ page: StatementPage) {
        self.init(
            account: account, currency: currency, position: page.position,
            lines: page.lines.map(Line.init), next: page.next?.description)
    }
}

extension StatementReport.Line {
    init(_ line: StatementLine) {
        self.init(
            position: line.position, time: line.time, id: line.id, kind: Kind(line.kind),
            counterparty: line.counterparty, principal: line.principal, amount: line.amount,
            availableChange: line.availableChange, heldChange: line.heldChange,
            available: line.available, held: line.held)
    }
}

extension StatementReport.Line.Kind {
    fileprivate init(_ kind: StatementLine.Kind) {
        self =
            switch kind {
            case .deposit: .deposit
            case .withdrawal: .withdrawal
            case .hold: .hold
            case .release: .release
            case .payment: .payment
            }
    }
}
