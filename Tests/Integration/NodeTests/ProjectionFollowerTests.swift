import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import Logging
import MessageBus
import Node
import Projection
import Saga
import ServiceLifecycle
import Synchronization
import Testing
import TestKit

/// What keeps a projection up with its log, whatever fails.
struct ProjectionFollowerTests {
    typealias Batch = CommittedBatch<LedgerFact>

    @Test("What a log held before is applied, and then what is handed over, without reading it")
    func handedOver() async throws {
        let batches = try await Self.batches()
        let log = SteeredLog(InMemoryEventLog(try Self.storage(batches.prefix(2))))
        let projection = TestProjection()
        try await Self.following(projection, log) { follower in
            #expect(await follower.reach(batches[1].commit.header.last, within: .seconds(10)))
            let read = log.commitsRead
            // They are not in this log: a look there would not find them.
            for batch in batches.dropFirst(2) {
                follower.take(batch)
                #expect(await follower.reach(batch.commit.header.last, within: .seconds(10)))
            }
            #expect(log.commitsRead == read)
            #expect(projection.batches == batches)
        }
    }

    @Test("What was not handed over is found as soon as a request or a later commit shows a gap")
    func gaps() async throws {
        let batches = try await Self.batches()
        let log = InMemoryEventLog(try Self.storage(batches.prefix(1)))
        let projection = TestProjection()
        try await Self.following(projection, log) { follower in
            #expect(await follower.reach(batches[0].commit.header.last, within: .seconds(10)))
            try await log.append(batches[1].commit)
            #expect(await follower.reach(batches[1].commit.header.last, within: .seconds(10)))
            for batch in batches.dropFirst(2) { try await log.append(batch.commit) }
            let last = try #require(batches.last)
            follower.take(last)
            let end = last.commit.header.last
            try await eventually { follower.position == end ? true : nil }
            #expect(projection.batches == batches)
            #expect(await !follower.reach(end + 1, within: .milliseconds(1)))
        }
    }

    @Test(
        "After the fault of any call the projection holds the log, and still what is handed over",
        arguments: 1...6, [ProjectionError.Code.unavailable, .unusable, .otherHistory])
    func faults(call: Int, code: ProjectionError.Code) async throws {
        let batches = try await Self.batches()
        let log = InMemoryEventLog(try Self.storage(batches.prefix(1)))
        let projection = TestProjection()
        projection.failCall(call, code)
        try await Self.following(projection, log) { follower in
            for batch in batches {
                if batch != batches.first { try await log.append(batch.commit) }
                follower.take(batch)
                #expect(await follower.reach(batch.commit.header.last, within: .seconds(10)))
            }
            #expect(projection.batches == batches)
            // Rebuilt only where that is the remedy.
            let isCure = ProjectionError(code, "").isFixedByRebuilding
            #expect(projection.rebuilds == (projection.hasFailed && isCure ? 1 : 0))
        }
        #expect(projection.isClosed)
    }

    @Test("A commit that is missing among those handed over is read from the log")
    func gapAmongHanded() async throws {
        let batches = try await Self.batches()
        let log = InMemoryEventLog(try Self.storage(batches[...]))
        let projection = TestProjection([batches[0]])
        let follower = Self.follower(projection, log)
        follower.take(batches[1])
        follower.take(batches[3])
        try await Self.running(follower) {
            let end = try #require(batches.last).commit.header.last
            #expect(await follower.reach(end, within: .seconds(10)))
            #expect(projection.batches == batches)
            #expect(projection.rebuilds == 0)
        }
    }

    @Test("A shutdown waits for the page that is applied, and not for the rest of the log")
    func shutDownMeanwhile() async throws {
        let batches = try await Self.batches()
        let log = SteeredLog(
            InMemoryEventLog(try Self.storage(batches[...])), entriesPerRead: 1)
        let projection = TestProjection()
        let group = ServiceGroup(
            services: [Self.follower(projection, log)],
            logger: Logger(label: "test") { _ in Silent() })
        projection.beforeApplying {
            await group.triggerGracefulShutdown()
            while !Task.isShuttingDownGracefully { await Task.yield() }
        }
        try await group.run()
        #expect(projection.batches == [batches[0]])
    }

    @Test("A projection of another log is rebuilt")
    func otherLog() async throws {
        let (own, other) = (try await Self.batches(), try await Self.batches())
        let projection = TestProjection(other)
        let log = InMemoryEventLog(try Self.storage(own[...]))
        try await Self.following(projection, log) { follower in
            let end = try #require(own.last).commit.header.last
            #expect(await follower.reach(end, within: .seconds(10)))
            #expect(projection.batches == own)
            #expect(projection.rebuilds == 1)
        }
    }

    // MARK: -

    private static func following(
        _ projection: TestProjection, _ log: any EventLog,
        _ body: (ProjectionFollower<TestProjection>) async throws -> Void
    ) async throws {
        let follower = follower(projection, log)
        try await running(follower) { try await body(follower) }
    }

    private static func follower(
        _ projection: TestProjection, _ log: any EventLog
    ) -> ProjectionFollower<TestProjection> {
        ProjectionFollower(
            projection, name: "test's lines", log: log,
            logger: Logger(label: "test") { _ in Silent() })
    }

    private static func running(
        _ follower: ProjectionFollower<TestProjection>, _ body: () async throws -> Void
    ) async throws {
        let task = Task { try await follower.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        task.cancel()
        _ = await task.result
        try result.get()
    }

    /// A bank's log; each call gives another bank's, with other keys.
    private static func batches() async throws -> [Batch] {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        let log = InMemoryEventLog()
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        try await network.stopAll()
        let batches = try await log.commits(after: .start, entriesMax: .max).map {
            try Batch(decoding: $0, for: Ledger.self)
        }
        try #require(batches.count > 3)
        return batches
    }

    private static func storage(_ batches: ArraySlice<Batch>) throws -> LogStorage {
        var storage = LogStorage()
        for batch in batches {
            while storage.head.epoch < batch.commit.header.epoch {
                _ = try storage.takeOver(from: storage.head.epoch)
            }
            try storage.append(batch.commit)
        }
        return storage
    }
}

/// Keeps all batches, and fails when the test asks for it.
private final class TestProjection: Projection {
    typealias Participant = Ledger

    private struct State {
        var batches: [CommittedBatch<LedgerFact>]
        var callsLeft: Int?
        var code = ProjectionError.Code.unavailable
        var hasFailed = false
        var rebuilds = 0
        var isClosed = true
        var preparation: (@Sendable () async -> Void)?

        var end: ProjectionEnd {
            guard let commit = batches.last?.commit else { return .start }
            return ProjectionEnd(position: commit.header.last, commitHash: commit.hash)
        }
    }

    private let state: Mutex<State>

    init(_ batches: [CommittedBatch<LedgerFact>] = []) {
        state = Mutex(State(batches: batches))
    }

    var batches: [CommittedBatch<LedgerFact>] { state.withLock { $0.batches } }
    var hasFailed: Bool { state.withLock { $0.hasFailed } }
    var rebuilds: Int { state.withLock { $0.rebuilds } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// - Parameter number: 1 for the next call of `end` or `apply`; the others do not fail.
    func failCall(_ number: Int, _ code: ProjectionError.Code) {
        state.withLock { ($0.callsLeft, $0.code) = (number, code) }
    }

    func beforeApplying(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.preparation = action }
    }

    func end() async throws(ProjectionError) -> ProjectionEnd {
        try failDueCall()
        return state.withLock { state in
            state.isClosed = false
            return state.end
        }
    }

    func apply(
        _ batches: [CommittedBatch<LedgerFact>]
    ) async throws(ProjectionError) -> Position {
        try failDueCall()
        await state.withLock { $0.preparation }?()
        return try state.withLock { state throws(ProjectionError) in
            var new = state
            for batch in batches where batch.commit.header.last > new.end.position {
                guard new.end.isFollowed(by: batch.commit) else {
                    throw .otherHistory(at: new.end.position)
                }
                new.batches.append(batch)
            }
            // All of them or none.
            state = new
            return state.end.position
        }
    }

    func rebuild() async throws(ProjectionError) {
        state.withLock { state in
            state.batches = []
            state.rebuilds += 1
        }
    }

    func close() async {
        state.withLock { $0.isClosed = true }
    }

    private func failDueCall() throws(ProjectionError) {
        let fault = state.withLock { state -> ProjectionError? in
            guard let left = state.callsLeft else { return nil }
            state.callsLeft = left == 1 ? nil : left - 1
            guard left == 1 else { return nil }
            state.hasFailed = true
            return ProjectionError(state.code, "planted by a test")
        }
        if let fault { throw fault }
    }
}
