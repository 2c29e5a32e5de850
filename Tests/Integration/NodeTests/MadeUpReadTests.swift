import Chain
import Engine
import EventLog
import HistoryFile
import Ledger
import LedgerWire
import Links
import Logging
import MessageBus
import Saga
import TestKit
import Testing
import Wire

@testable import Node

/// Records of strangers that name commits of a bank's log which it never had: the history's file
/// has no answer to them, and the log only an expensive one.
struct MadeUpReadTests {
    private static let toA = "transfers.bank-b.bank-a"
    private static let count = 300

    private let lines = Lines()

    enum Origin: CaseIterable {
        case peer, otherNode, peerToOther

        var node: NodeName { self == .otherNode ? Cast.bankC : Cast.bankB }
        var receiver: NodeName { self == .peerToOther ? Cast.bankC : Cast.bankA }
    }

    /// Each names another commit, of a number that the log has; behind them stands one that is no
    /// excerpt.
    private func records(_ origin: Origin, commits: UInt64) throws -> [Record] {
        let stranger = SigningKey()
        let saga = SagaID(.init(high: 1, low: 1), contentHash: .zero)
        let answer = StepDecided<LedgerFact>(
            step: StepID(saga: saga, number: 1), state: .confirmed, previous: origin.receiver,
            next: nil)
        var values: [[UInt8]] = []
        for number in 0..<UInt64(Self.count) {
            var log = PeerLog(of: origin.node, key: stranger)
            let name = HeaderName(
                commit: 1 + number % commits, hash: .sha256(of: Array("\(number)".utf8)))
            let read = Read(number: 0, header: name, acknowledged: 0)
            log.append([.stepDecided(answer)], for: Ledger.self)
            log.append(claiming: read, of: origin.receiver)
            values.append(try log.excerpt(for: origin.receiver).encoded())
        }
        return (values + [[0xFF]]).map { Record(key: [], headers: [], value: $0) }
    }

    /// Waits until the last of them was looked at.
    private func waitUntilRead() async throws {
        try await eventually("all of them were read") {
            lines.all.contains { $0.metadata["cause"] == "noExcerpt" } ? true : nil
        }
    }

    @Test(
        "Commits that are made up cost the log a few look-ups a second, and make no denial",
        arguments: Origin.allCases)
    func cost(_ origin: Origin) async throws {
        let (bus, log) = (InMemoryMessageBus(), SteeredLog())
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.change = {
            $0.logger = lines.logger
            // Everything happens in one second.
            $0.clock.sinceBoot = { .seconds(1_000) }
        }
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        let bankA = try network.teller("bank-a")
        let account = try #require(AccountID(NodeTests.payer))
        // One after the other, so that each is a commit.
        for _ in 0..<40 { _ = try await bankA.operate(.deposit(Cast.fiveCents, to: account)) }
        let commits = UInt64(try await log.commits(after: .start, entriesMax: .max).count)
        let history = try #require(network.histories[Cast.bankA])
        try await eventually("its file has the history") { history.count == commits ? true : nil }

        let before = log.commitsRead
        _ = try await bus.publish(records(origin, commits: commits), to: Self.toA)
        try await waitUntilRead()
        let read = log.commitsRead - before
        // A look-up reads at most seven of so few commits; some are read to be published.
        #expect(read <= (origin == .peer ? 7 * LookUps.perSecond : 0) + 20)
        #expect(try await bankA.node.read { !$0.isSuspended(Cast.bankB) })
        try await network.stopAll()
    }

    @Test("What a peer shows is taken behind any number of records that a stranger made up")
    func behindThem() async throws {
        let bus = InMemoryMessageBus()
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.change = {
            if $0.configuration.node == Cast.bankA { $0.logger = lines.logger }
        }
        for name in ["bank-a", "bank-b"] { try network.start(name, on: InMemoryEventLog()) }
        try await network.openAccounts()
        let bankA = try network.teller("bank-a")
        _ = try await bus.publish(records(.peer, commits: 5), to: Self.toA)
        try await waitUntilRead()
        for _ in 0..<3 {
            let id = CommandID.next()
            _ = try await bankA.transfer(1, from: NodeTests.payer, to: NodeTests.payee, id: id)
            try await eventually("a transfer settles") {
                try await bankA.state(of: id) == .confirmed ? true : nil
            }
        }
        try await network.stopAll()
    }

    @Test("The log may be asked so often in each second, and not more")
    func perSecond() {
        var lookUps = LookUps()
        for second in 0..<3 {
            let asked = (0..<1_000).count { _ in lookUps.spend(at: .seconds(second)) }
            #expect(asked == LookUps.perSecond)
        }
        let isFree = lookUps.spend(at: .milliseconds(2_999))
        #expect(!isFree)
    }
}
