import Chain
import EventLog
import HistoryFile
import Ledger
import LedgerWire
import MessageBus
import Saga
import TestKit
import Testing

@testable import Node

/// The file of the own log's history, as relays read it while it is filled.
struct OwnHistoryTests {
    @Test("What was missing before the file was filled does not have it filled once more")
    func missingBefore() async throws {
        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        let log = InMemoryEventLog()
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        try await network.stopAll()
        let commits = try await log.commits(after: .start, entriesMax: .max)
        var tree = HistoryTree()
        for commit in commits { tree.append(commit.hash) }
        let file = HistoryFile(inMemory: [])
        network.histories[Cast.bankA] = file
        let history = OwnHistory(network.parts(of: Cast.bankA, on: log), tree)

        // A relay begins to make a proof, and misses a node.
        let before = history.fills
        #expect(history.node(at: 0) == nil)
        let filling = Task { await history.run() }
        defer { filling.cancel() }
        try await eventually("the file is filled") { history.fills > before ? true : nil }
        let isDamaged = history.repair(readUnder: before)
        #expect(!isDamaged)
        #expect(file.count == UInt64(commits.count) && history.node(at: 0) != nil)

        // What it misses now, the file should have.
        let since = history.fills
        let isDamagedSince = history.repair(readUnder: since)
        #expect(isDamagedSince)
        try await eventually("it is filled again") { history.fills == since + 1 ? true : nil }
        #expect(file.count == UInt64(commits.count))
    }
}
