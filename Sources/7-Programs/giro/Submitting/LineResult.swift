import APIModels
import Saga

/// What became of a line in the end.
struct LineResult: Sendable {
    enum Outcome: String, Sendable, CaseIterable {
        /// The payee has it.
        case settled
        /// Held, and then given back.
        case rolledBack
        /// A rule rejected it before anything was held.
        case refused
        /// Another command was sent under the same UUID before: nothing was done for this line.
        case conflict
        /// Malformed, and recorded nowhere.
        case invalid
        /// Held, and not yet decided when the waiting ended.
        case pending
        /// Sent, and not answered when the waiting ended.
        case unknown
        /// Nothing was done when the waiting ended.
        case notSent

        /// Whether sending the file again will say more.
        var isFinal: Bool {
            switch self {
            case .settled, .rolledBack, .refused, .conflict, .invalid: true
            case .pending, .unknown, .notSent: false
            }
        }
    }

    /// What the bank answered to the line.
    enum Answer: String, Sendable {
        case applied, duplicate, refused, conflict, invalid
    }

    let number: Int
    let id: String
    /// `nil` where no answer came.
    let verdict: Answer?
    let outcome: Outcome
    let reason: String
}

/// The results of a file, in its order: few bytes a line, the rest is read from the file.
struct LineResults: RandomAccessCollection, Sendable {
    /// What is known of a line.
    struct Standing: Sendable {
        var verdict: LineResult.Answer?
        var outcome = LineResult.Outcome.notSent
        /// `nil` also where no bank was asked, since the payer's is not known here.
        var refusal: Refusal?

        fileprivate var reason: String {
            refusal?.code ?? (outcome == .refused ? "unknownBank" : "")
        }
    }

    private let file: TransfersFile
    private(set) var standings: [Standing]
    /// Further details that are printed for single lines.
    var details: [Int: String] = [:]

    /// Nothing was sent yet.
    init(of file: TransfersFile) {
        self.file = file
        standings = Array(repeating: Standing(), count: file.count)
    }

    var startIndex: Int { 0 }
    var endIndex: Int { standings.count }

    subscript(index: Int) -> LineResult {
        let line = file.summary(of: index)
        if let fault = line.fault {
            return LineResult(
                number: line.number, id: line.id, verdict: .invalid, outcome: .invalid,
                reason: fault.detail)
        }
        let standing = standings[index]
        return LineResult(
            number: line.number, id: line.id, verdict: standing.verdict,
            outcome: standing.outcome, reason: details[index] ?? standing.reason)
    }

    mutating func change(_ index: Int, _ change: (inout Standing) -> Void) {
        change(&standings[index])
    }

    /// How many lines have each outcome.
    var counts: [LineResult.Outcome: Int] {
        reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }
    }
}
