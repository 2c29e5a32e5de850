import Chain
import EventLog
import Saga
import Testing
import Wire

/// What every store of event logs must do.
@Suite struct EventLogContract {
    @Test("A new log is empty", arguments: Store.allCases)
    func newLog(store: Store) async throws {
        try await store.withLog { log in
            let head = try await log.head()
            #expect(head == .empty)
            #expect(try await log.commits(after: .start, entriesMax: 10) == [])
            #expect(try await log.entries(of: Writer.saga(1)) == [])
            #expect(try await log.newestSnapshot() == nil)
        }
    }

    @Test("Positions are dense, and commits come back as they were", arguments: Store.allCases)
    func densePositions(store: Store) async throws {
        try await store.withLog { log in
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commits = [writer.next(3), writer.next(1), writer.next(5)]
            for commit in commits {
                try await log.append(commit)
            }
            let read = try await log.commits(after: .start, entriesMax: 100)
            #expect(read == commits)
            #expect(read.flatMap(\.entries).map(\.position.number) == Array(1...9))
            #expect(try await log.head() == writer.head)
        }
    }

    @Test("An entry may be empty, as large as allowed, or of no saga", arguments: Store.allCases)
    func extremes(store: Store) async throws {
        try await store.withLog { log in
            let largest = [UInt8](repeating: 0xA5, count: CommitLimits.partsBytesMax)
            // As large, in all three parts.
            let content = [UInt8](repeating: 0x5A, count: 64 * 1024)
            let rest = largest.dropLast(EntryParts(keeping: [], about: content).byteCount)
            let parts = EntryParts(keeping: Array(rest), about: content)
            #expect(parts.byteCount == CommitLimits.partsBytesMax)
            var writer = try Writer()
            let commits = [
                writer.next([(nil, []), (Writer.saga(1), largest), (nil, [0])]),
                writer.next(parts: [(Writer.saga(2), parts)]),
            ]
            for commit in commits { try await log.append(commit) }
            #expect(try await log.commits(after: .start, entriesMax: 4) == commits)
            #expect(try await log.entries(of: Writer.saga(1)) == [commits[0].entries[1]])
            #expect(try await log.entries(of: Writer.saga(2)).map(\.parts) == [parts])
        }
    }

    @Test("A takeover succeeds only from the current epoch", arguments: Store.allCases)
    func takingOver(store: Store) async throws {
        try await store.withLog { log in
            let head = try await log.takeOver(from: Epoch(0))
            #expect(head.epoch == Epoch(1))
            #expect(await code { _ = try await log.takeOver(from: Epoch(0)) } == .fenced)
            #expect(await code { _ = try await log.takeOver(from: Epoch(2)) } == .fenced)
            #expect(try await log.head().epoch == Epoch(1))
            #expect(try await log.takeOver(from: Epoch(1)).epoch == Epoch(2))
        }
    }

    @Test("Taking over leaves the log's end where it is", arguments: Store.allCases)
    func takingOverKeepsTheEnd(store: Store) async throws {
        try await store.withLog { log in
            var writer = try Writer()
            try await log.append(writer.next(2))
            let head = try await log.takeOver(from: Epoch(0))
            #expect(head.position == writer.head.position)
            #expect(head.commitHash == writer.head.commitHash)
        }
    }

    @Test("A writer of an old epoch is fenced, wherever it stands", arguments: Store.allCases)
    func fencing(store: Store) async throws {
        try await store.withLog { log in
            var former = try Writer(after: try await log.takeOver(from: Epoch(0)))
            try await log.append(former.next())
            let head = try await log.takeOver(from: Epoch(1))
            #expect(await code { try await log.append(former.next()) } == .fenced)
            // Now it is also at the wrong place, and fenced comes first.
            #expect(await code { try await log.append(former.next()) } == .fenced)
            #expect(try await log.head() == head)
            #expect(try await log.commits(after: head.position, entriesMax: 10) == [])
        }
    }

    enum WrongPlace: CaseIterable {
        case behind, ahead, afterAnotherCommit
    }

    @Test(
        "A commit at the wrong place is a conflict and changes nothing",
        arguments: Store.allCases, WrongPlace.allCases)
    func conflicts(store: Store, wrong: WrongPlace) async throws {
        try await store.withLog { log in
            var writer = try Writer()
            let first = writer.next(2)
            try await log.append(first)
            let head = writer.head
            switch wrong {
            case .behind:
                writer.head = .empty
            case .ahead:
                _ = writer.next()
            case .afterAnotherCommit:
                writer.head = Head(position: head.position, commitHash: .zero, epoch: head.epoch)
            }
            #expect(await code { try await log.append(writer.commit()) } == .conflict)
            #expect(try await log.head() == head)
            #expect(try await log.commits(after: .start, entriesMax: 10) == [first])
            writer.head = head
            try await log.append(writer.commit())
        }
    }

    @Test("Of many commits for one place exactly one is appended", arguments: Store.allCases)
    func rivals(store: Store) async throws {
        try await store.withLog { log in
            let writer = try Writer()
            let rivals = (1...8).map { writer.commit($0) }
            let outcomes = await withTaskGroup(of: LogError.Code?.self) { group in
                for commit in rivals {
                    group.addTask { await code { try await log.append(commit) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .conflict } == 7)
            let stored = try await log.commits(after: .start, entriesMax: 100)
            #expect(stored.count == 1)
            #expect(stored.allSatisfy { rivals.contains($0) })
        }
    }

    /// The log under test has commits that end at 3, 4 and 9.
    @Test(
        "Reading by position gives whole commits, at least one",
        arguments: Store.allCases,
        [
            (after: 0, entriesMax: 100, lasts: [3, 4, 9]), (0, 9, [3, 4, 9]), (0, 8, [3, 4]),
            (0, 4, [3, 4]), (0, 3, [3]), (0, 1, [3]), (0, 0, [3]), (2, 1, [3]), (3, 1, [4]),
            (3, 6, [4, 9]), (4, 1, [9]), (8, 100, [9]), (9, 100, []), (10, 100, []),
        ] as [(after: UInt64, entriesMax: Int, lasts: [UInt64])])
    func readingByPosition(
        store: Store, expected: (after: UInt64, entriesMax: Int, lasts: [UInt64])
    ) async throws {
        try await store.withLog { log in
            var writer = try Writer()
            for count in [3, 1, 5] {
                try await log.append(writer.next(count))
            }
            let commits = try await log.commits(
                after: Position(expected.after), entriesMax: expected.entriesMax)
            #expect(commits.map(\.header.last.number) == expected.lasts)
        }
    }

    @Test(
        "Of large commits no more are read at once than their bytes allow",
        arguments: Store.allCases)
    func readingBounded(store: Store) async throws {
        try await store.withLog { log in
            let kept = [UInt8](repeating: 7, count: CommitLimits.partsBytesMax)
            var writer = try Writer()
            let entries = [(saga: CommandID?, kept: [UInt8])](repeating: (nil, kept), count: 5)
            let commits = (0..<40).map { _ in writer.next(entries) }
            for commit in commits { try await log.append(commit) }
            #expect(commits.reduce(0) { $0 + $1.body.count } > LogReading.bytesMax)
            var read: [Commit] = []
            while read.count < commits.count {
                let more = try await log.commits(
                    after: read.last?.header.last ?? .start, entriesMax: 1_000)
                try #require(!more.isEmpty)
                #expect(more.reduce(0) { $0 + $1.body.count } <= LogReading.bytesMax)
                read += more
            }
            #expect(read == commits)
        }
    }

    /// The log under test has commits that end at 3, 4 and 9.
    @Test(
        "Any entry's position finds its whole commit, and no other position finds one",
        arguments: Store.allCases,
        [
            (position: 0, last: nil), (1, 3), (2, 3), (3, 3), (4, 4), (5, 9), (7, 9), (9, 9),
            (10, nil), (UInt64.max, nil),
        ] as [(position: UInt64, last: UInt64?)])
    func readingOneCommit(
        store: Store, expected: (position: UInt64, last: UInt64?)
    ) async throws {
        try await store.withLog { log in
            let position = Position(expected.position)
            #expect(try await log.commit(containing: position) == nil)
            var writer = try Writer()
            let commits = [writer.next(3), writer.next(1), writer.next(5)]
            for commit in commits {
                try await log.append(commit)
            }
            let found = try await log.commit(containing: position)
            #expect(found == commits.first { $0.header.last.number == expected.last })
            #expect(
                try await log.commit(endingAt: position)
                    == (expected.position == expected.last ? found : nil))
            #expect(try await log.newestCommit() == commits.last)
        }
    }

    @Test("A saga's entries come in order, and only its own", arguments: Store.allCases)
    func readingBySaga(store: Store) async throws {
        try await store.withLog { log in
            let (ours, other) = (Writer.saga(1), Writer.saga(2))
            var writer = try Writer()
            try await log.append(writer.next([(ours, [1]), (nil, [2]), (other, [3])]))
            try await log.append(writer.next([(other, [4]), (ours, [5]), (ours, [6])]))
            let entries = try await log.entries(of: ours)
            #expect(entries.map(\.parts.kept) == [[1], [5], [6]])
            #expect(entries.map(\.position.number) == [1, 5, 6])
            #expect(entries.allSatisfy { $0.saga == ours })
            #expect(try await log.entries(of: Writer.saga(3)) == [])
        }
    }

    @Test("Readers see whole commits while a writer appends", arguments: Store.allCases)
    func readingWhileWriting(store: Store) async throws {
        try await store.withLog { log in
            var writer = try Writer()
            let commits = (1...40).map { _ in writer.next(5) }
            async let appended: Void = {
                for commit in commits {
                    try await log.append(commit)
                }
            }()
            var seen: [Commit] = []
            while seen.count < commits.count {
                let end = seen.last?.header.last ?? .start
                seen += try await log.commits(after: end, entriesMax: 1)
                #expect(try await log.head().position >= end)
                await Task.yield()
            }
            try await appended
            #expect(seen == commits)
        }
    }

    @Test("The newest snapshot is the one with the highest position", arguments: Store.allCases)
    func snapshots(store: Store) async throws {
        try await store.withLog { log in
            let key = try Writer.key(7)
            func snapshot(_ position: UInt64, _ state: [UInt8]) -> Snapshot {
                Snapshot.signed(
                    position: Position(position), commitHash: .zero, history: HistoryTree(),
                    state: state, key: key)
            }
            try await log.save(snapshot(5, [5]))
            try await log.save(snapshot(9, [9]))
            try await log.save(snapshot(7, [7]))
            #expect(try await log.newestSnapshot() == snapshot(9, [9]))
            try await log.save(snapshot(9, [9, 9]))
            #expect(try await log.newestSnapshot() == snapshot(9, [9, 9]))
            try await log.save(snapshot(12, []))
            #expect(try await log.newestSnapshot() == snapshot(12, []))
        }
    }

    @Test("Every call to a closed log throws, closing again does not", arguments: Store.allCases)
    func closing(store: Store) async throws {
        try await store.withLog { log in
            let writer = try Writer()
            let snapshot = Snapshot.signed(
                position: Position(1), commitHash: .zero, history: HistoryTree(), state: [],
                key: writer.key)
            await log.close()
            #expect(await code { _ = try await log.head() } == .closed)
            #expect(await code { _ = try await log.takeOver(from: Epoch(0)) } == .closed)
            #expect(await code { try await log.append(writer.commit()) } == .closed)
            #expect(
                await code { _ = try await log.commits(after: .start, entriesMax: 1) } == .closed)
            #expect(await code { _ = try await log.commit(containing: .start) } == .closed)
            #expect(await code { _ = try await log.entries(of: Writer.saga(1)) } == .closed)
            #expect(await code { _ = try await log.newestSnapshot() } == .closed)
            #expect(await code { try await log.save(snapshot) } == .closed)
            await log.close()
        }
    }
}
