import Chain
import EventLog
import Saga
import Testing

/// What every store must do with commits that are handed over without waiting.
@Suite struct AppendingContract {
    @Test("Commits take effect in the order they were handed over", arguments: Store.allCases)
    func inOrder(store: Store) async throws {
        try await store.withLog { log in
            var writer = try Writer()
            let commits = (0..<20).map { _ in writer.next(2) }
            let appendings = commits.map { log.startAppending($0, as: $0.header.epoch) }
            for appending in appendings { try await appending.outcome() }
            #expect(try await log.commits(after: .start, entriesMax: 100) == commits)
        }
    }

    @Test("Once one has failed, those after it fail", arguments: Store.allCases)
    func failingTogether(store: Store) async throws {
        try await store.withLog { log in
            var writer = try Writer()
            let first = writer.next()
            let missing = writer.next()
            let rest = [writer.next(), writer.next()]
            let appendings = ([first] + rest).map {
                log.startAppending($0, as: $0.header.epoch)
            }
            try await appendings[0].outcome()
            for appending in appendings.dropFirst() {
                #expect(await code { try await appending.outcome() } == .conflict)
            }
            for commit in [missing] + rest { try await log.append(commit) }
            #expect(try await log.head() == writer.head)
        }
    }

    @Test("A takeover fences appends in flight, or comes after them", arguments: Store.allCases)
    func takenOverUnderWay(store: Store) async throws {
        try await store.withLog { log in
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let appendings = (0..<10).map { _ in
                let commit = writer.next()
                return log.startAppending(commit, as: commit.header.epoch)
            }
            let head = try await log.takeOver(from: Epoch(1))
            var durable = 0
            for appending in appendings {
                let failure = await code { try await appending.outcome() }
                #expect(failure == nil || failure == .fenced)
                if failure == nil { durable += 1 }
            }
            #expect(UInt64(durable) == head.position.number)
            #expect(try await log.head() == head)
        }
    }

    @Test("A later writer may restore a commit of an earlier one", arguments: Store.allCases)
    func restoring(store: Store) async throws {
        try await store.withLog { log in
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commit = writer.next(3)
            let head = try await log.takeOver(from: Epoch(1))
            #expect(await code { try await log.append(commit) } == .fenced)
            try await log.startAppending(commit, as: head.epoch).outcome()
            #expect(try await log.commits(after: .start, entriesMax: 100) == [commit])
            #expect(try await log.head().epoch == head.epoch)
        }
    }
}
