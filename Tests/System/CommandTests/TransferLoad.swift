import APIModels
import Foundation
import Ledger
import NodeClient
import Saga
import Synchronization
import TestKit
import Testing

/// Clients of one bank that pay from one account to another, each one transfer after the other.
///
/// A client that gets no answer in time goes to the bank's next process with the same UUID. An
/// answer that comes late, from a process that was given up, is remembered as all others are.
final class TransferLoad: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// One request to one process, and what came of it.
    struct Attempt: Sendable {
        let request: TransferRequest
        /// Which of the bank's processes was asked.
        let place: Int
        let began: Instant
        let ended: Instant
        /// `nil`: no answer, or one that says nothing about the transfer.
        let outcome: CommandAnswer.FirstAnswer?
        let isFirst: Bool
    }

    struct Parties: Sendable {
        let payer: AccountID
        let payee: AccountID
        /// Pays every tenth transfer, or would if it had anything.
        let poor: AccountID?
    }

    private struct State {
        var sent: [CommandID: (request: TransferRequest, began: Instant)] = [:]
        var attempts: [Attempt] = []
        var unexpected: [String] = []
        var underWay = 0
        var isStopped = false
    }

    private let places: [BankProcess]
    private let parties: Parties
    private let state = Mutex(State())

    init(_ places: [BankProcess], _ parties: Parties) {
        self.places = places
        self.parties = parties
    }

    /// Pays until ``stop()``, with `clients` at once; each brings its last transfer to an end.
    func run(clients: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask { try await self.pay(from: client) }
            }
            try await group.waitForAll()
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }

    private func pay(from client: Int) async throws {
        var (place, round) = (0, client)
        while !state.withLock({ $0.isStopped }) {
            round += 1
            let request = try request(round)
            state.withLock { $0.sent[request.id] = (request, .now) }
            try await eventually("an answer to a transfer", within: .seconds(60)) {
                let outcome = await within(Self.patience) { [place] in
                    await self.attempt(request, at: place)
                }
                if let outcome, let outcome { return outcome }
                place = (place + 1) % self.places.count
                // Leaves the processor to those who start.
                try await Task.sleep(for: .milliseconds(20))
                return nil
            }
        }
    }

    private static let patience = Duration.milliseconds(300)

    private func request(_ round: Int) throws -> TransferRequest {
        let isPoor = parties.poor != nil && round.isMultiple(of: 10)
        return try TransferRequest(
            id: UUID().uuidString.lowercased(),
            from: "\(isPoor ? parties.poor ?? parties.payer : parties.payer)",
            to: "\(parties.payee)", amount: Int64(1 + round % 7), currency: "EUR",
            timeout: "1h")
    }

    private func attempt(
        _ request: TransferRequest, at place: Int
    ) async -> CommandAnswer.FirstAnswer? {
        state.withLock { $0.underWay += 1 }
        let began = Instant.now
        var answer: CommandAnswer?
        var problem: String?
        do {
            answer = try await places[place].client.begin(request)
        } catch {
            if !error.isRetryable { problem = "\(request.id) at \(place): \(error)" }
        }
        let outcome = answer?.verdict.outcome
        if let answer, outcome == nil, answer.verdict != .busy {
            problem = "\(request.id) at \(place): \(answer.verdict)"
        }
        state.withLock { [problem, answer] state in
            state.underWay -= 1
            if let problem { state.unexpected.append(problem) }
            state.attempts.append(
                Attempt(
                    request: request, place: place, began: began, ended: .now, outcome: outcome,
                    isFirst: answer?.verdict.isFirst ?? false))
        }
        return outcome
    }
}

extension TransferLoad {
    /// Requests that have ended so far.
    var attempts: [Attempt] { state.withLock { $0.attempts } }

    /// Requests that are on their way or in a process that does not answer.
    var underWay: Int { state.withLock { $0.underWay } }

    /// A transfer that a client was just told of.
    var lastApplied: CommandID? {
        state.withLock { $0.attempts.last { $0.outcome == .applied }?.request.id }
    }

    /// Waits until process `place` has answered clients with `count` more outcomes.
    func waitForOutcomes(_ count: Int, from place: Int) async throws {
        func told() -> Int { attempts.count { $0.place == place && $0.outcome != nil } }
        let before = told()
        try await eventually("\(count) outcomes from process \(place)", within: .seconds(60)) {
            told() >= before + count ? true : nil
        }
    }

    /// The longest time in which no client received an outcome.
    var longestSilence: Duration {
        let ends = attempts.filter { $0.outcome != nil }.map(\.ended).sorted()
        return zip(ends, ends.dropFirst()).map { $1 - $0 }.max() ?? .zero
    }

    /// What the payer has been told is gone before `start`, and what it may have lost by `end`.
    func spent(toldBefore start: Instant, orSentBefore end: Instant) -> (Int64, Int64) {
        state.withLock { state in
            var told: [CommandID: Int64] = [:]
            for attempt in state.attempts
            where attempt.outcome == .applied && attempt.ended < start {
                told[attempt.request.id] = attempt.request.amount.minorUnits
            }
            let sent = state.sent.values.filter {
                $0.request.payer == parties.payer && $0.began < end
            }
            return (
                told.values.reduce(0, +),
                sent.reduce(0) { $0 + $1.request.amount.minorUnits }
            )
        }
    }

    /// Everything that was sent is sent again to `client`; its answers are those that all clients
    /// received before, and the transfers end as they were answered.
    ///
    /// - Returns: What went from payer to payee, in minor units.
    func checkAnswers(at client: NodeClient) async throws -> Int64 {
        try await eventually("late answers come or fail") { self.underWay == 0 ? true : nil }
        let (requests, attempts, unexpected) = state.withLock {
            ($0.sent.values.map(\.request), $0.attempts, $0.unexpected)
        }
        #expect(unexpected.isEmpty, "\(unexpected.prefix(5))")
        var truth: [CommandID: CommandAnswer.FirstAnswer] = [:]
        try await client.submit(requests) { index, answer in
            guard case .duplicate(of: let first) = answer.verdict else {
                Issue.record("\(requests[index].id) is \(answer.verdict) when sent again")
                return
            }
            truth[requests[index].id] = first
        }
        let wrong = attempts.filter { $0.outcome != nil && $0.outcome != truth[$0.request.id] }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
        let firsts = Dictionary(grouping: attempts.filter(\.isFirst), by: \.request.id)
        #expect(firsts.values.allSatisfy { $0.count == 1 }, "nobody is told twice to be the first")

        let ids = requests.map(\.id)
        let states = try await eventually("every transfer is final", within: .seconds(60)) {
            let states = try await client.states(of: ids)
            return states.allSatisfy(\.isFinal) ? states : nil
        }
        var moved: Int64 = 0
        for (request, state) in zip(requests, states) {
            switch truth[request.id] {
            case .applied:
                #expect(state == .settled, "\(request.id)")
                moved += request.amount.minorUnits
            case .refused(let refusal): #expect(state == .refused(refusal), "\(request.id)")
            case nil: break
            }
        }
        return moved
    }
}

extension CommandAnswer.Verdict {
    /// The command's outcome, now or when it was first sent; `nil` if the verdict does not show it.
    fileprivate var outcome: CommandAnswer.FirstAnswer? {
        switch self {
        case .applied: .applied
        case .refused(let refusal): .refused(refusal)
        case .duplicate(of: let first): first
        case .conflict, .invalid, .busy: nil
        }
    }

    fileprivate var isFirst: Bool {
        switch self {
        case .applied, .refused: true
        case .duplicate, .conflict, .invalid, .busy: false
        }
    }
}

/// Waits for what `work` returns, but no longer than `patience`; `work` continues all the same.
func within<Value: Sendable>(
    _ patience: Duration, _ work: @escaping @Sendable () async -> Value
) async -> Value? {
    let (results, continuation) = AsyncStream.makeStream(of: Value.self)
    Task {
        continuation.yield(await work())
        continuation.finish()
    }
    let timer = Task {
        try await Task.sleep(for: patience)
        continuation.finish()
    }
    defer { timer.cancel() }
    return await results.first { _ in true }
}
