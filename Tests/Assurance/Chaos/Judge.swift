import APIModels
import Audit
import Chain
import Engine
import EventLog
import Foundation
import Ledger
import LedgerWire
import MessageBus
import NodeClient
import Saga
import TestKit

/// Looks, when the stack is whole and the clients rest, whether everything is as it must be.
final class Judge {
    private static let terminalMax = Duration.seconds(120)
    /// How many of the earlier rounds' orders are sent again each time.
    private static let olderCount = 200

    private let stack: Stack
    private let testimony: Testimony
    private let journals: Journals
    private let progress: @Sendable (String) -> Void
    private var logs: [BankLog]
    private var dice: Dice
    private var checked = 0
    private var faultsSeen = 0
    private(set) var lost = 0
    private(set) var doubled = 0
    private(set) var reasked = 0

    init(
        _ stack: Stack, _ testimony: Testimony, _ journals: Journals, seed: UInt64,
        progress: @escaping @Sendable (String) -> Void
    ) throws {
        self.progress = progress
        self.stack = stack
        self.testimony = testimony
        self.journals = journals
        dice = Dice(seed: seed)
        logs = try Stack.banks.map { bank in
            guard let name = NodeName(bank) else { throw ChaosError("\(bank) is no name") }
            return BankLog(name, key: try stack.key(of: bank))
        }
    }

    /// How often each log's writer has changed, its first one counted.
    var epochs: [String: UInt64] {
        Dictionary(uniqueKeysWithValues: logs.map { ($0.bank.text, $0.epoch.number) })
    }

    var entryCount: Int { logs.reduce(0) { $0 + $1.entries.count } }

    /// - Returns: What is wrong; empty where nothing is.
    func judge() async -> [String] {
        var faults: [String] = []
        do {
            try await timed("ready") { try await stack.waitUntilReady(within: Self.terminalMax) }
            let new = testimony.stories(from: checked)
            try await timed("final") { try await waitUntilFinal(new) }
            try await timed("asking again") { try await askAgain(new + older()) }
            faults += try await timed("reading the logs") { try await readLogs() }
            faults += reckon(from: checked)
            faults += checkWitnesses()
            faults += try await timed("reading the journals") { try await checkJournals() }
            faults += try await timed("asking for balances") { try await checkAccounts() }
            checked += new.count
        } catch {
            faults.append("\(error)")
        }
        faults += exitFaults()
        let said = testimony.faults
        faults += said[faultsSeen...]
        faultsSeen = said.count
        return faults
    }

    /// When the last round was judged: whole logs come out of the journals, commit for commit.
    func lastLook() async -> [String] {
        var faults: [String] = []
        for log in logs {
            do {
                faults += try await timed("making \(log.bank) again from its journal") {
                    try await journals.copy(of: log).faults(against: log)
                }
            } catch {
                faults.append("the journal of \(log.bank) makes no log: \(error)")
            }
        }
        return faults
    }

    private func timed<Value>(
        _ what: String, _ work: () async throws -> Value
    ) async throws -> Value {
        let begin = ContinuousClock.now
        defer {
            let seconds = Int((ContinuousClock.now - begin) / .seconds(1))
            if seconds >= 10 { progress("\(what) took \(seconds) s") }
        }
        return try await work()
    }

    private func older() -> [Testimony.Story] {
        guard checked > 0 else { return [] }
        return (0..<Self.olderCount).flatMap { _ -> [Testimony.Story] in
            let number = dice.roll(0..<checked)
            return Array(testimony.stories(from: number).prefix(1))
        }
    }

    /// Asks a process of the bank that is ready. Faults may still have their effect, as where a
    /// standby takes over from a writer that has just resumed: then the request is retried.
    @discardableResult private func ask<Value>(
        _ bank: String, _ question: (Place) async throws -> Value?
    ) async throws -> Value {
        try await eventually(
            "an answer of \(bank) to its judge", within: .seconds(60), every: .milliseconds(50)
        ) {
            for place in stack.places(of: bank) where await place.isReady {
                do {
                    return try await question(place)
                } catch let error as NodeClientError where error.isRetryable {
                    return nil
                }
            }
            return nil
        }
    }

    private func waitUntilFinal(_ stories: [Testimony.Story]) async throws {
        for (bank, stories) in Dictionary(grouping: stories, by: \.order.bank) {
            let ids = stories.map(\.order.id)
            var states: [TransferState] = []
            do {
                try await eventually(
                    "all of \(bank) is final", within: Self.terminalMax, every: .milliseconds(50)
                ) {
                    states = try await ask(bank) { try await $0.client.states(of: ids) }
                    return states.allSatisfy(\.isFinal) ? true : nil
                }
            } catch is Overdue where !states.isEmpty {
                // Reckoned below, one by one.
            }
            for (id, state) in zip(ids, states) { testimony.noteState(state, of: id) }
        }
    }

    /// Every client asks once more, and has to hear the same.
    private func askAgain(_ stories: [Testimony.Story]) async throws {
        for (bank, stories) in Dictionary(grouping: stories, by: \.order.bank) {
            let contents = stories.flatMap { story in
                story.order.requests.enumerated().map { (index: $0, request: $1) }
            }
            try await ask(bank) { place in
                var busy = 0
                try await place.client.submit(contents.map(\.request)) { index, answer in
                    let (content, request) = contents[index]
                    let word = testimony.note(
                        answer.verdict, of: request.id, content, at: place.name)
                    if word == nil { busy += 1 }
                }
                return busy == 0 ? true : nil
            }
            reasked += contents.count
            let ids = stories.map(\.order.id)
            let states = try await ask(bank) { try await $0.client.states(of: ids) }
            for (id, state) in zip(ids, states) { testimony.noteState(state, of: id) }
        }
    }

    /// Reads all logs on until nothing is open in any.
    private func readLogs() async throws -> [String] {
        var books: TrialBalance?
        do {
            try await eventually(
                "nothing is open any more", within: .seconds(60), every: .milliseconds(50)
            ) {
                let before = entryCount
                do {
                    for index in logs.indices { try await read(index) }
                } catch let error as LogError where error.isRetryable {
                    return Bool?.none
                }
                let now = TrialBalance(logs.map(\.state))
                books = now
                // A bank may have recorded what another has written after that one was read.
                guard entryCount == before else { return nil }
                return now.openSagas == 0 && now.isBalanced ? true : nil
            }
        } catch let error as Overdue {
            guard let books else { throw error }
            return [
                "\(error): \(books.openSagas) open, balanced: \(books.isBalanced), contradictions:"
                    + " \(books.contradictions), uneven: \(books.pairs.filter { !$0.isBalanced })"
            ]
        }
        return logs.flatMap { log in log.oddities.map { "\(log.bank): \($0)" } }
    }

    private func read(_ index: Int) async throws {
        let log = try await stack.openLog(of: logs[index].bank.text)
        do {
            try await logs[index].read(log)
        } catch {
            await log.close()
            throw error
        }
        await log.close()
    }

    /// The orders of this round, and all others that the logs have said something new of.
    private func reckon(from number: Int) -> [String] {
        var reckoning = Reckoning()
        var faults: [String] = []
        let (stories, deposits) = (testimony.stories, testimony.deposits)
        let new = testimony.stories(from: number).map(\.order.id)
        for id in logs.reduce(into: Set(new), { $0.formUnion($1.unchecked) }) {
            let moves = logs.compactMap { $0.moves[id] }
            if let story = stories[id] {
                reckoning.check(story, moves)
            } else if let deposit = deposits[id] {
                reckoning.checkDeposit(id, of: deposit.amount, to: deposit.account, moves)
            } else if moves.contains(where: { !$0.net.isEmpty }) {
                faults.append("\(id) moved money, and nobody has sent it: \(moves)")
            }
        }
        for index in logs.indices { logs[index].markChecked() }
        lost += reckoning.lost
        doubled += reckoning.doubled
        return faults + reckoning.faults
    }

    /// What banks have recorded of each other's logs is what these logs hold.
    private func checkWitnesses() -> [String] {
        var faults: [String] = []
        for index in logs.indices {
            for seen in logs[index].takeWitnessed() {
                let peer = logs.first { $0.bank == seen.header.node }
                if peer?.commits[seen.header.last.number] != seen.hash {
                    faults.append(
                        "\(logs[index].bank) has witnessed a commit of \(seen.header.node) at"
                            + " \(seen.header.last) that is not in its log")
                }
            }
        }
        return faults
    }

    /// The journals say what the logs say, now and at every moment before; and all of it.
    private func checkJournals() async throws -> [String] {
        var faults: [String] = []
        for log in logs {
            let count = log.entries.count
            var missing: [UInt64]?
            do {
                try await eventually(
                    "the journal of \(log.bank) is whole", within: .seconds(90),
                    every: .milliseconds(50)
                ) {
                    missing = await journals.missing(of: log.bank.text, entries: count)
                    return missing?.isEmpty == true ? true : nil
                }
            } catch let error as Overdue {
                faults += await journalFaults(log, error, passedOver: missing ?? [])
            }
            // The follower may be reading it just now.
            faults += try await eventually(
                "the journal of \(log.bank) is read", within: .seconds(90),
                every: .milliseconds(10)
            ) { await journals.compare(log) }
        }
        return faults
    }

    /// The topic itself decides: what only the reader has passed over is said, and no fault.
    private func journalFaults(
        _ log: BankLog, _ error: Overdue, passedOver: [UInt64]
    ) async -> [String] {
        let count = log.entries.count
        let missing = await journals.missingInTopic(of: log.bank.text, entries: count)
        if missing?.isEmpty == true {
            progress("the reader of journal.\(log.bank) passed over \(passedOver.prefix(20))")
            return []
        }
        let found = missing.map {
            "\($0.count) of \(count) entries are missing: \($0.prefix(20))"
        }
        let trouble = await journals.trouble(of: log.bank.text)
        return ["\(error): \(found ?? "it was not read"); trouble: \(trouble)"]
    }

    /// Balances that the banks tell are those of their logs.
    private func checkAccounts() async throws -> [String] {
        var faults: [String] = []
        for log in logs {
            let reports = try await ask(log.bank.text) { try await $0.client.accounts() }
            for report in reports {
                let account = log.state.participant.accounts[report.account]
                if account?.available != report.available || report.held != 0 {
                    faults.append("\(report), but its log says \(String(describing: account))")
                }
            }
            if reports.count != log.state.participant.accounts.count {
                faults.append("\(log.bank) does not tell all of its accounts")
            }
        }
        return faults
    }

    /// Killed, fenced, or at a start without servers: nothing else may end a process.
    private func exitFaults() -> [String] {
        stack.places.flatMap { place in
            place.exits.keys.filter { ![137, 75, 2].contains($0) }.map {
                "\(place.name) has ended with \($0): \(place.tail())"
            } + place.falseAlarms
        }
    }
}
