import APIModels
import Ledger
import Saga

/// What every UUID must have moved, held against what the logs say it moved. Pure: this is where
/// lost and doubled money is found, one transfer at a time.
struct Reckoning {
    private(set) var lost = 0
    private(set) var doubled = 0
    private(set) var faults: [String] = []

    /// - Parameters:
    ///   - moves: By bank.
    mutating func check(_ story: Testimony.Story, _ moves: [BankLog.Moves]) {
        let id = story.order.id
        guard let state = story.state, state.isFinal else {
            lost += 1
            let found = String(describing: story.state)
            faults.append("\(id) (\(story.order.kind)) has no end: \(found)")
            return
        }
        if !story.order.kind.mayEnd(as: state) {
            faults.append("\(id) (\(story.order.kind)) ended as \(state)")
        }
        // Refused at once or held first: the two answers have to fit the end.
        let isRefusal = story.words.contains { $0?.isRefusal == true }
        if case .refused = state {
            if !isRefusal { faults.append("\(id) is refused, but its client was told otherwise") }
        } else if isRefusal {
            faults.append("\(id) is \(state), but its client was told that it is refused")
        }
        guard let content = story.content else {
            faults.append("\(id): no content was ever taken in")
            return
        }
        var expected: [AccountID: Int64] = [:]
        if state == .settled {
            expected[content.payer, default: 0] -= content.amount.minorUnits
            expected[content.payee, default: 0] += content.amount.minorUnits
        }
        compare(id, expected, moves)
    }

    mutating func checkDeposit(
        _ id: CommandID, of amount: Amount, to account: AccountID, _ moves: [BankLog.Moves]
    ) {
        compare(id, [account: amount.minorUnits], moves)
    }

    private mutating func compare(
        _ id: CommandID, _ expected: [AccountID: Int64], _ moves: [BankLog.Moves]
    ) {
        var found: [AccountID: Int64] = [:]
        for move in moves {
            found.merge(move.net) { $0 + $1 }
            if move.closings.values.contains(where: { $0 > 1 }) {
                doubled += 1
                faults.append("\(id) was settled or released twice at one step: \(move.closings)")
            }
        }
        for account in Set(found.keys).union(expected.keys).sorted() {
            let (moved, must) = (found[account] ?? 0, expected[account] ?? 0)
            guard moved != must else { continue }
            if abs(moved) < abs(must) { lost += 1 } else { doubled += 1 }
            faults.append("\(id) moved \(moved) on \(account) instead of \(must)")
        }
    }
}
