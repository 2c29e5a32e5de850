import APIModels
import Chain
import Foundation
import Ledger
import NodeClient
import Saga
import Synchronization
import TestKit
import Testing

/// Clients that look at a bank, at all of its processes in turn, while a ``TransferLoad`` pays.
///
/// An answer must be true at some moment between the request and the answer: nothing that was
/// acknowledged to a client before the request may be missing.
final class LookLoad: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What a process said about the bank.
    enum Sight: Sendable {
        /// What the payer has left.
        case available(Int64)
        /// How far the log goes.
        case position(Position)
        /// Whether a transfer is there that was acknowledged to a client before.
        case transfer(CommandID, isKnown: Bool)
    }

    struct Look: Sendable {
        let question: String
        let place: Int
        let began: Instant
        let ended: Instant
        /// `nil`: it did not say.
        let sight: Sight?
    }

    private struct State {
        var looks: [Look] = []
        var unexpected: [String] = []
        var underWay = 0
        var isStopped = false
    }

    private let places: [BankProcess]
    private let payer: AccountID
    private let load: TransferLoad
    private let state = Mutex(State())

    /// - Parameter payer: The account that `load` pays from; it gets no money meanwhile.
    init(_ places: [BankProcess], at payer: AccountID, beside load: TransferLoad) {
        self.places = places
        self.payer = payer
        self.load = load
    }

    /// Looks until ``stop()``, with one client a question and process.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for place in places.indices {
                for question in Self.questions {
                    group.addTask {
                        while !self.state.withLock({ $0.isStopped }) {
                            _ = await within(.milliseconds(150)) {
                                await self.look(question, at: place)
                            }
                            // Leaves the processor to those who pay.
                            try await Task.sleep(for: .milliseconds(100))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Asks one process for the payer's balance many times at once; returns when all is answered.
    /// The connections stay open for the next time.
    func crowd(at place: Int) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.crowdSize { group.addTask { await self.look("account", at: place) } }
        }
    }

    static let crowdSize = 40

    private static let questions = ["account", "books", "statement", "accounts", "transfer"]

    private func ask(_ question: String, _ client: NodeClient) async throws -> Sight? {
        switch question {
        case "account": try await client.account(payer).map { .available($0.available) }
        case "books": .position(try await client.books().position)
        case "statement":
            try await client.statement(of: payer, linesMax: 1).map { .position($0.position) }
        case "accounts":
            .position(try await client.accounts(after: nil, accountsMax: 10).position)
        default:
            if let id = load.lastApplied {
                .transfer(id, isKnown: try await client.transfer(id) != nil)
            } else {
                nil
            }
        }
    }

    private func look(_ question: String, at place: Int) async {
        state.withLock { $0.underWay += 1 }
        let began = Instant.now
        var sight: Sight?
        var problem: String?
        do {
            sight = try await ask(question, places[place].client)
        } catch {
            let isRetryable = (error as? NodeClientError)?.isRetryable ?? false
            if !isRetryable { problem = "\(question) at \(place): \(error)" }
        }
        state.withLock { [sight, problem] state in
            state.underWay -= 1
            if let problem { state.unexpected.append(problem) }
            state.looks.append(
                Look(
                    question: question, place: place, began: began, ended: .now, sight: sight))
        }
    }

    var looks: [Look] { state.withLock { $0.looks } }

    var underWay: Int { state.withLock { $0.underWay } }

    /// Every answer was true when it was given.
    ///
    /// - Parameter initial: What the payer had before anything was paid.
    func checkAnswers(initial: Int64) async throws {
        try await eventually("late looks come or fail") { self.underWay == 0 ? true : nil }
        let (looks, unexpected) = state.withLock { ($0.looks, $0.unexpected) }
        #expect(unexpected.isEmpty, "\(unexpected.prefix(5))")
        for question in Self.questions {
            #expect(looks.contains { $0.question == question && $0.sight != nil }, "\(question)")
        }
        checkPositions(looks)
        for look in looks {
            switch look.sight {
            case .available(let available):
                let (told, sent) = load.spent(toldBefore: look.began, orSentBefore: look.ended)
                #expect(initial - available >= told, "an old balance: \(look)")
                #expect(initial - available <= sent, "a balance nobody has: \(look)")
            case .transfer(let id, let isKnown): #expect(isKnown, "\(id) is unknown: \(look)")
            case .position, nil: break
            }
        }
    }

    /// No answer is behind one that was complete before it was asked for.
    private func checkPositions(_ looks: [Look]) {
        let seen = looks.compactMap { look -> (Look, Position)? in
            if case .position(let position) = look.sight { (look, position) } else { nil }
        }
        let byEnd = seen.sorted { $0.0.ended < $1.0.ended }
        var (next, newest) = (0, Position.start)
        for (look, position) in seen.sorted(by: { $0.0.began < $1.0.began }) {
            while next < byEnd.count, byEnd[next].0.ended < look.began {
                newest = max(newest, byEnd[next].1)
                next += 1
            }
            #expect(position >= newest, "old: \(look)")
        }
    }
}
