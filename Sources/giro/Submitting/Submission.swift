import Foundation
import Ledger
import NodeAPI
import NodeClient
import Saga
import Synchronization

/// What became of a line in the end.
struct LineResult: Sendable {
    enum Outcome: String, Sendable, CaseIterable {
        /// The payee has it.
        case settled
        /// Held, and then given back.
        case rolledBack
        /// A rule said no before anything was held.
        case refused
        /// The same transfer under the same UUID, once more.
        case duplicate
        /// Another transfer under the same UUID.
        case conflict
        /// Never logged anywhere.
        case invalid
        /// Held, and not yet decided when the waiting ended.
        case pending
    }

    let number: Int
    let id: String
    var verdict: String
    var outcome: Outcome
    var reason: String
}

/// Sends the transfers of a file to their payers' banks, and follows each to its end.
final class Submission: Sendable {
    /// Lines in one request.
    static let linesPerRequest = 100

    private let lines: [FileLine]
    private let clients: [NodeName: NodeClient]
    private let patience: Duration
    private let results: Mutex<[Int: LineResult]>

    /// - Parameters:
    ///   - clients: One for each bank that can be reached.
    ///   - patience: How long to go on without any progress before giving up.
    init(_ lines: [FileLine], to clients: [NodeName: NodeClient], patience: Duration) {
        self.lines = lines
        self.clients = clients
        self.patience = patience
        results = Mutex(
            Dictionary(
                uniqueKeysWithValues: lines.map { line in
                    (line.number, LineResult(before: line, clients: clients))
                }))
    }

    /// Runs until every line has a final state, or nothing moved for as long as patience lasts.
    ///
    /// - Parameter progress: Called with the number of lines that were answered and decided.
    func run(progress: @escaping @Sendable (_ answered: Int, _ decided: Int) -> Void) async throws
        -> [LineResult]
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (bank, client) in clients {
                let own = lines.compactMap { line -> (FileLine, TransferRequest)? in
                    guard case .success(let request) = line.request, request.payer.node == bank
                    else { return nil }
                    return (line, request)
                }
                group.addTask { try await self.send(own, to: client, progress) }
            }
            try await group.waitForAll()
        }
        return sortedResults
    }

    var sortedResults: [LineResult] {
        results.withLock { $0.values.sorted { $0.number < $1.number } }
    }

    private func send(
        _ lines: [(line: FileLine, request: TransferRequest)], to client: NodeClient,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws {
        let requests = Dictionary(uniqueKeysWithValues: lines.map { ($0.line.number, $0.request) })
        var order = SubmissionOrder(lines.map { .init(number: $0.line.number, id: $0.request.id) })
        var waiting = Waiting(patience)
        var undecided: [SagaID: Int] = [:]
        while !order.isDone || !undecided.isEmpty {
            let batch = order.next(atMost: Self.linesPerRequest)
            let answers = await client.verdicts(on: batch.compactMap { requests[$0.number] })
            for (line, answer) in zip(batch, answers) {
                guard let answer else {
                    order.lostAnswer(to: line)
                    continue
                }
                let verdict = order.take(answer, for: line)
                if verdict == .applied { undecided[line.id] = line.number }
                note(verdict, for: line.number)
            }
            let decided = await follow(&undecided, at: client)
            report(progress)
            let isAnswered = answers.contains { $0 != nil }
            try await waiting.go(on: isAnswered || decided, isIdle: order.isDone)
        }
    }

    /// Asks how the transfers stand that were applied.
    ///
    /// - Returns: Whether any was decided.
    private func follow(
        _ undecided: inout [SagaID: Int], at client: NodeClient
    ) async -> Bool {
        guard !undecided.isEmpty else { return false }
        let ids = undecided.keys.sorted()
        let states: [TransferState]
        do {
            states = try await client.states(of: ids)
        } catch {
            // The bank is away for a moment: it is asked again.
            return false
        }
        for (id, state) in zip(ids, states) where state.isFinal {
            guard let number = undecided.removeValue(forKey: id) else { continue }
            results.withLock { results in
                results[number]?.outcome = state == .settled ? .settled : .rolledBack
                results[number]?.reason = state.refusal?.rawValue ?? ""
            }
        }
        return undecided.count < ids.count
    }

    private func note(_ verdict: CommandAnswer.Verdict, for number: Int) {
        results.withLock { $0[number]?.take(verdict) }
    }

    private func report(_ progress: @Sendable (Int, Int) -> Void) {
        let (answered, decided) = results.withLock { results in
            (
                results.values.count { !$0.verdict.isEmpty },
                results.values.count { $0.outcome != .pending }
            )
        }
        progress(answered, decided)
    }
}

extension LineResult {
    /// What can be said of a line before it is sent anywhere.
    fileprivate init(before line: FileLine, clients: [NodeName: NodeClient]) {
        self.init(number: line.number, id: line.id, verdict: "", outcome: .pending, reason: "")
        switch line.request {
        case .failure(let invalid):
            take(.invalid(invalid))
        case .success(let request):
            // Nobody can be asked: the one refusal that is the client's own.
            guard clients[request.payer.node] == nil else { return }
            (verdict, outcome, reason) = ("refused", .refused, "unknownBank")
        }
    }

    fileprivate mutating func take(_ verdict: CommandAnswer.Verdict) {
        self.verdict = verdict.word
        switch verdict {
        case .applied, .busy: break
        case .duplicate: outcome = .duplicate
        case .conflict: outcome = .conflict
        case .refused(let refusal):
            outcome = .refused
            reason = refusal.rawValue
        case .invalid(let invalid):
            outcome = .invalid
            reason = invalid.detail
        }
    }
}

/// How long to wait between two requests, and when to give up.
private struct Waiting {
    private let patience: Duration
    private var lastProgress = ContinuousClock.now
    private var pause = Duration.milliseconds(5)

    init(_ patience: Duration) {
        self.patience = patience
    }

    /// - Parameters:
    ///   - progress: Something moved since the last call.
    ///   - isIdle: There is nothing left to send: only waiting helps.
    mutating func go(on progress: Bool, isIdle: Bool) async throws {
        if progress {
            lastProgress = .now
            pause = .milliseconds(5)
            if !isIdle { return }
        } else if lastProgress.duration(to: .now) > patience {
            throw Failure(
                .unavailable,
                "Nothing has moved for \(patience); see with: giro doctor. What was sent is safe: "
                    + "submit the same file again to go on.")
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(250))
    }
}
