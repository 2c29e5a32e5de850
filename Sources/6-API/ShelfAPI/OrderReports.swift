import APIModels
import Saga
import Stock

/// How an order stands, in the words of a shop: `pending`, `sold`, `putBack` or `refused`; of the
/// last two with a reason and its ISO 20022 code.
struct OrderReport: Encodable {
    let id: String
    let state: String
    let reason: String?
    let code: String?

    init(id: CommandID, _ state: TransferState) {
        self.id = id.description
        self.state = state.orderWord
        reason = state.refusal?.code
        code = state.refusal?.reason(at: Stock.self).isoCode
    }
}

/// The answer to a command that was not rejected: a repeated one has the first answer, too.
struct OrderAnswer: Encodable {
    /// Of a repeated command.
    struct First: Encodable {
        let verdict: String
        let reason: String?
        let code: String?
    }

    let id: String
    let verdict: String
    let firstAnswer: First?
    let state: String?
    let reason: String?
    let code: String?
    let isInProgress: Bool

    private enum CodingKeys: String, CodingKey {
        case id, verdict, firstAnswer, state, reason, code
    }

    /// - Parameter state: How the order stands; `nil` for any other command.
    init(id: CommandID, _ verdict: CommandAnswer.Verdict, state: TransferState?) {
        self.id = id.description
        self.verdict = verdict.word
        firstAnswer =
            switch verdict {
            case .duplicate(of: .applied): First(verdict: "applied", reason: nil, code: nil)
            case .duplicate(of: .refused(let refusal)):
                First(
                    verdict: "refused", reason: refusal.code,
                    code: refusal.reason(at: Stock.self).isoCode)
            default: nil
            }
        self.state = state?.orderWord
        reason = state?.refusal?.code
        code = state?.refusal?.reason(at: Stock.self).isoCode
        isInProgress = state.map { !$0.isFinal } ?? false
    }
}

extension TransferState {
    fileprivate var orderWord: String {
        switch self {
        case .settled: "sold"
        case .rolledBack: "putBack"
        case .unknown, .ambiguous, .pending, .refused: word
        }
    }
}

/// The units of one item.
struct ShelfReport: Encodable {
    let item: String
    let free: Int64
    let reserved: Int64

    init(_ item: String, _ shelf: Stock.Shelf) {
        (self.item, free, reserved) = (item, shelf.free, shelf.reserved)
    }
}

/// A page of shelves.
struct ShelvesReport: Encodable {
    /// The newest entry that is in these counts.
    let position: UInt64
    let shelves: [ShelfReport]
    /// What to send as `after` for the next page; `nil` on the last.
    let next: String?
}
