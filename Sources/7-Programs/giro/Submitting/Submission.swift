import APIModels
import NodeClient
import Saga
import Synchronization

/// Sends the transfers of a file to their payers' banks, and follows each to its end.
///
/// Every bank has its own part, so that one that does not answer keeps no other waiting. About 80
/// bytes of memory are used for a line: its place in the file, its UUID and what is known of it.
final class Submission: Sendable {
    /// Why a bank's part ended before all its lines were decided.
    struct BankFault: Sendable {
        let bank: NodeName
        let reason: String
    }

    /// How far it has come.
    struct Progress: Sendable {
        var answered = 0
        var decided = 0
    }

    private struct State {
        var results: LineResults
        var progress: Progress
        var isStopping = false
    }

    private let file: TransfersFile
    private let clients: [NodeName: NodeClient]
    private let patience: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - clients: One for each bank that can be reached.
    ///   - patience: The time to continue without any progress at a bank before giving it up.
    init(_ file: TransfersFile, to clients: [NodeName: NodeClient], patience: Duration) {
        self.file = file
        self.clients = clients
        self.patience = patience
        var state = State(results: LineResults(of: file), progress: Progress())
        // No client: the one refusal that is this program's own.
        for (bank, lines) in file.linesOfBanks where clients[bank] == nil {
            for line in lines {
                state.results.change(Int(line)) { ($0.verdict, $0.outcome) = (.refused, .refused) }
            }
            state.progress.decided += lines.count
        }
        state.progress.decided += file.invalidCount
        state.progress.answered = state.progress.decided
        self.state = Mutex(state)
    }

    var results: LineResults { state.withLock { $0.results } }

    /// Lets no more lines be sent: ``run(progress:)`` returns when what was taken in is decided.
    func stop() { state.withLock { $0.isStopping = true } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Runs until every line has a final state, or nothing moves any more, or it is to stop. If the
    /// task is cancelled, it does not wait for answers that are on their way.
    ///
    /// - Returns: The banks that were given up, sorted.
    func run(progress: @escaping @Sendable (Progress) -> Void) async -> [BankFault] {
        await withTaskGroup(of: BankFault?.self) { group in
            for (bank, lines) in file.linesOfBanks {
                guard let client = clients[bank] else { continue }
                group.addTask { [self, file, patience] in
                    var part = BankSubmission(
                        lines, of: file, to: client, patience: patience,
                        keeper: Keeper(submission: self, progress: progress))
                    let reason = await part.run()
                    return reason.map { BankFault(bank: bank, reason: $0) }
                }
            }
            return await group.reduce(into: []) { faults, fault in
                if let fault { faults.append(fault) }
            }.sorted { $0.bank < $1.bank }
        }
    }

    /// What the banks' parts report to.
    struct Keeper: Sendable {
        fileprivate let submission: Submission
        fileprivate let progress: @Sendable (Progress) -> Void

        var isStopping: Bool { submission.isStopping }

        /// Lines are about to be sent: until they are answered, their outcome is unknown.
        func send(_ lines: [SubmissionOrder.Line]) {
            change(lines.map(\.index)) { if $0.outcome == .notSent { $0.outcome = .unknown } }
        }

        /// Lines that did not reach the bank.
        func unsend(_ lines: [SubmissionOrder.Line]) {
            change(lines.map(\.index)) { if $0.outcome == .unknown { $0.outcome = .notSent } }
        }

        /// A line was answered.
        func note(_ verdict: CommandAnswer.Verdict, for index: Int) {
            change([index]) { $0.take(verdict) }
        }

        /// Lines were decided.
        func note(_ end: TransferState, for indices: [Int32]) {
            change(indices.map(Int.init)) { standing in
                switch end {
                case .settled: standing.outcome = .settled
                case .rolledBack: standing.outcome = .rolledBack
                case .refused: standing.outcome = .refused
                case .unknown, .ambiguous, .pending:
                    preconditionFailure("only a final state is an end")
                }
                standing.refusal = end.refusal
            }
        }

        func explain(_ detail: String, for index: Int) {
            submission.state.withLock { $0.results.details[index] = detail }
        }

        func report() {
            progress(submission.state.withLock { $0.progress })
        }

        private func change(
            _ indices: [Int], _ change: (inout LineResults.Standing) -> Void
        ) {
            submission.state.withLock { state in
                for index in indices {
                    let before = state.results.standings[index]
                    state.results.change(index, change)
                    let after = state.results.standings[index]
                    if before.verdict == nil, after.verdict != nil { state.progress.answered += 1 }
                    if !before.outcome.isFinal, after.outcome.isFinal {
                        state.progress.decided += 1
                    }
                }
            }
        }
    }
}

extension LineResults.Standing {
    fileprivate mutating func take(_ answer: CommandAnswer.Verdict) {
        switch answer {
        case .applied: (verdict, outcome) = (.applied, .pending)
        case .duplicate(of: .applied): (verdict, outcome) = (.duplicate, .pending)
        case .duplicate(of: .refused(let refusal)):
            (verdict, outcome, self.refusal) = (.duplicate, .refused, refusal)
        case .refused(let refusal): (verdict, outcome, self.refusal) = (.refused, .refused, refusal)
        case .conflict: (verdict, outcome) = (.conflict, .conflict)
        case .invalid: (verdict, outcome) = (.invalid, .invalid)
        case .busy: break
        }
    }
}
