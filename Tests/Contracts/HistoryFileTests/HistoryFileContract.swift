import Chain
import HistoryFile
import Saga
import Testing

/// What a history must do, in whatever it is kept.
@Suite struct HistoryFileContract {
    @Test("A new history has nothing", arguments: Medium.allCases)
    func empty(medium: Medium) async throws {
        try await medium.withHistory { history in
            #expect(history.count == 0)
            #expect(history.node(at: 0) == nil)
            #expect(history.path(to: 0, inTreeOf: 1) == nil)
            #expect(!history.holds(commit: 1, hash: .zero))
            try history.append(EmptyCollection<Hash>())
            try history.reset()
            #expect(history.count == 0)
        }
    }

    @Test(
        "After every commit the paths are those of the nodes in memory",
        arguments: Medium.allCases)
    func paths(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        func isSame(_ history: HistoryFile, _ index: Int, _ count: Int) -> Bool {
            let (index, count) = (UInt64(index), UInt64(count))
            return history.path(to: index, inTreeOf: count)
                == sample.nodes.path(to: index, inTreeOf: count)
        }
        try await medium.withHistory { history in
            for number in 1...sample.count {
                try history.append([sample.hashes[number - 1]])
                let others = (0..<number).filter { !isSame(history, $0, number) }
                #expect(others == [], "after \(number) commits")
            }
            for count in 1...sample.count {
                let others = (0..<count).filter { !isSame(history, $0, count) }
                #expect(others == [], "in the tree of \(count)")
            }
            #expect(history.path(to: 0, inTreeOf: UInt64(sample.count) + 1) == nil)
        }
    }

    @Test("Commits may come one by one or many at once", arguments: Medium.allCases)
    func batches(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        for size in [1, 2, 3, 7, 64, 70] {
            try await medium.withHistory { history in
                for start in stride(from: 0, to: sample.count, by: size) {
                    let end = min(start + size, sample.count)
                    try history.append(sample.hashes[start..<end])
                    #expect(history.count == UInt64(end))
                }
                #expect(sample.isWhole(history, after: sample.count), "in batches of \(size)")
            }
        }
    }

    @Test("A commit is held under its own number and hash", arguments: Medium.allCases)
    func holding(medium: Medium) async throws {
        let sample = try SampleLog.short.get()
        try await medium.withHistory(of: sample.bytes) { history in
            for (index, hash) in sample.hashes.enumerated() {
                let numbers = (UInt64(0)...30).filter { history.holds(commit: $0, hash: hash) }
                #expect(numbers == [UInt64(index + 1)])
            }
            #expect(!history.holds(commit: .max, hash: sample.hashes[0]))
            // Nor is a node held as a commit, or a leaf.
            #expect(!history.holds(commit: 1, hash: sample.nodes.hashes[0]))
            #expect(!history.holds(commit: 2, hash: sample.nodes.hashes[2]))
        }
    }

    @Test("No place and no size traps", arguments: Medium.allCases)
    func bounds(medium: Medium) async throws {
        let sample = try SampleLog.short.get()
        try await medium.withHistory(of: sample.bytes) { history in
            let end = UInt64(sample.nodes.hashes.count)
            for place in [end, end + 1, 1 << 58, 1 << 59, 1 << 62, .max] {
                #expect(history.node(at: place) == nil)
            }
            #expect(history.path(to: 0, inTreeOf: HistoryTree.countMax) == nil)
        }
    }

    @Test("What is cut off at any byte has the commits that are whole", arguments: Medium.allCases)
    func cutOff(medium: Medium) async throws {
        let sample = try SampleLog.short.get()
        let log = try sample.log(of: sample.count)
        let tree = sample.trees[sample.count]
        var failed: [Int] = []
        for byteCount in 0...sample.bytes.count {
            let whole = (0...sample.count).last { sample.byteCount(of: $0) <= byteCount } ?? 0
            try await medium.withHistory(of: Array(sample.bytes.prefix(byteCount))) { history in
                let isCut = sample.isWhole(history, after: whole)
                let outcome = try await history.bring(to: tree, from: log)
                let isFull = sample.isWhole(history, after: sample.count)
                let isExpected = outcome == (whole == sample.count ? .agreed : .continued)
                if !isCut || !isFull || !isExpected { failed.append(byteCount) }
            }
        }
        #expect(failed == [])
    }

    @Test("A commit appended behind what was cut off continues it", arguments: Medium.allCases)
    func appendingBehindCut(medium: Medium) async throws {
        let sample = try SampleLog.short.get()
        for rest in [1, 31, 32, 33, 64] {
            // Commit 16 completes four nodes besides its leaf.
            let bytes = Array(sample.bytes.prefix(sample.byteCount(of: 15) + rest))
            try await medium.withHistory(of: bytes) { history in
                #expect(history.count == 15)
                try history.append(sample.hashes[15...])
                #expect(sample.isWhole(history, after: sample.count))
            }
        }
    }

    @Test("Readers make paths while commits are appended", arguments: Medium.allCases)
    func readers(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        try await medium.withHistory { history in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var (isProven, count) = (true, 0)
                        while count < sample.count {
                            try Task.checkCancellation()
                            count = Int(history.count)
                            isProven = isProven && sample.isProven(by: history, after: count)
                            await Task.yield()
                        }
                        return isProven
                    }
                }
                for hash in sample.hashes {
                    try history.append([hash])
                    await Task.yield()
                }
                for try await isProven in group { #expect(isProven) }
            }
        }
    }

    @Test("A closed history reads as empty and refuses what is written", arguments: Medium.allCases)
    func closed(medium: Medium) async throws {
        let sample = try SampleLog.short.get()
        let log = try sample.log(of: sample.count)
        try await medium.withHistory(of: sample.bytes) { history in
            history.close()
            #expect(history.count == 0 && history.node(at: 0) == nil)
            #expect(history.path(to: 0, inTreeOf: 2) == nil)
            #expect(!history.holds(commit: 1, hash: sample.hashes[0]))
            #expect(await code { try history.append([Hash.zero]) } == .closed)
            #expect(await code { try history.reset() } == .closed)
            #expect(
                await code { try await history.bring(to: sample.trees[3], from: log) } == .closed)
            history.close()
        }
    }
}
