import Ledger
import Saga

/// What holds for a bank's books at any moment, whatever happened to them.
struct BooksChecker {
    let ledger: Ledger

    /// The claims that do not hold, in words; empty for sound books.
    var violations: [String] {
        accountViolations + clearingViolations + sumViolations
    }

    private var accountViolations: [String] {
        var claims: [String] = []
        var held: [AccountID: Int64] = [:]
        var incoming: [AccountID: Int64] = [:]
        for action in ledger.heldSteps.values.flatMap(\.actions) {
            switch action {
            case .debit(let id, let amount): held[id, default: 0] += amount.minorUnits
            case .credit(let id, let amount): incoming[id, default: 0] += amount.minorUnits
            case .forward: break
            }
        }
        for (id, account) in ledger.accounts {
            if account.available < 0 || account.held < 0 || account.incoming < 0 {
                claims.append("\(id) is below zero: \(account)")
            }
            if account.held != held[id] ?? 0 || account.incoming != incoming[id] ?? 0 {
                claims.append("\(id) counts other reservations than are open: \(account)")
            }
            let (kept, first) = account.available.addingReportingOverflow(account.held)
            if first || kept.addingReportingOverflow(account.incoming).overflow {
                claims.append("\(id) has no room for its reservations: \(account)")
            }
            if account.status == .closed,
                account != Account(currency: account.currency, status: .closed)
            {
                claims.append("\(id) is closed and not empty: \(account)")
            }
        }
        return claims
    }

    private var clearingViolations: [String] {
        var claims: [String] = []
        var inbound: [Clearing.Key: Int64] = [:]
        var outbound: [Clearing.Key: Int64] = [:]
        for step in ledger.heldSteps.values {
            for action in step.actions {
                let (units, currency) = (action.amount.minorUnits, action.amount.currency)
                let isInside = step.actions.count > 1
                if let peer = step.previous, !isInside {
                    inbound[.init(peer: peer, currency: currency), default: 0] += units
                }
                // The money ends at a credit, whichever node comes next.
                if case .credit = action { continue }
                if let peer = step.next, !isInside {
                    outbound[.init(peer: peer, currency: currency), default: 0] += units
                }
            }
        }
        for (key, clearing) in ledger.clearings
        where clearing.inbound != inbound[key] ?? 0 || clearing.outbound != outbound[key] ?? 0 {
            claims.append("\(key) counts other reservations than are open: \(clearing)")
        }
        return claims
    }

    /// All books of the bank together are zero in each currency.
    private var sumViolations: [String] {
        var sums: [Currency: Int128] = [:]
        for account in ledger.accounts.values {
            sums[account.currency, default: 0] += Int128(account.available) + Int128(account.held)
        }
        for (key, clearing) in ledger.clearings {
            sums[key.currency, default: 0] += Int128(clearing.balance)
        }
        for (own, balance) in ledger.ownBooks {
            sums[own.currency, default: 0] += Int128(balance)
        }
        return sums.filter { $0.value != 0 }.map { "the books in \($0.key) sum to \($0.value)" }
    }
}
