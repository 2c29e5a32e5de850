import Chain
import EventLog
import HistoryFile
import Saga
import TestKit
import Testing

/// How a history is made to agree with a log, whatever it was found with.
@Suite struct BringingContract {
    @Test(
        "A history that is behind is continued, and one that is ahead is cut",
        arguments: Medium.allCases)
    func behindAndAhead(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        for own in [0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 69, 70] {
            for count in [0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 69, 70] {
                let log = try sample.log(of: count)
                try await medium.withHistory(of: sample.bytes(of: own)) { history in
                    let outcome = try await history.bring(to: sample.trees[count], from: log)
                    #expect(outcome == (own < count ? .continued : .agreed))
                    #expect(sample.isWhole(history, after: count), "from \(own) to \(count)")
                }
            }
        }
    }

    @Test("A tree within the log is reached, and no commit behind it", arguments: Medium.allCases)
    func withinLog(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let log = try sample.log(of: sample.count)
        try await medium.withHistory { history in
            for count in [5, 40, 39, 64, 0, 70] {
                try await history.bring(to: sample.trees[count], from: log)
                #expect(sample.isWhole(history, after: count))
            }
        }
    }

    @Test("A history of another log is begun again, of whatever length", arguments: Medium.allCases)
    func otherLog(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let other = try SampleLog.other.get()
        for own in [1, 33, 69, 70] {
            for count in [1, 33, 70] {
                let log = try sample.log(of: count)
                try await medium.withHistory(of: other.bytes(of: own)) { history in
                    let outcome = try await history.bring(to: sample.trees[count], from: log)
                    #expect(outcome == .begunAgain)
                    #expect(sample.isWhole(history, after: count), "from \(own) to \(count)")
                }
            }
        }
    }

    @Test("A gap in what was appended is found", arguments: Medium.allCases)
    func gap(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let log = try sample.log(of: sample.count)
        try await medium.withHistory(of: sample.bytes(of: 30)) { history in
            try history.append(sample.hashes[31..<60])
            let outcome = try await history.bring(to: sample.trees[70], from: log)
            #expect(outcome == .begunAgain)
            #expect(sample.isWhole(history, after: 70))
        }
    }

    @Test(
        "Zeros at the end are found, in the place of nodes or behind them",
        arguments: Medium.allCases)
    func zerosAtTheEnd(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let log = try sample.log(of: sample.count)
        for own in [40, 60, 70] {
            for zeroed in [8, 31, 32, 100, 1_024] {
                let kept = sample.bytes(of: own).dropLast(zeroed)
                let damaged = Array(kept) + [UInt8](repeating: 0, count: zeroed)
                try await medium.withHistory(of: damaged) { history in
                    let outcome = try await history.bring(to: sample.trees[70], from: log)
                    #expect(outcome == .begunAgain)
                    #expect(sample.isWhole(history, after: 70))
                }
                let longer = sample.bytes(of: own) + [UInt8](repeating: 0, count: zeroed)
                try await medium.withHistory(of: longer) { history in
                    let found: HistoryFile.Outcome =
                        history.count > UInt64(own) ? .begunAgain : .continued
                    let outcome = try await history.bring(to: sample.trees[70], from: log)
                    #expect(outcome == (own == 70 ? .agreed : found))
                    #expect(sample.isWhole(history, after: 70))
                }
            }
        }
    }

    @Test(
        "Zeros in the middle show when a path proves nothing, and filling again removes them",
        arguments: Medium.allCases)
    func zerosInTheMiddle(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let (log, tree) = (try sample.log(of: sample.count), sample.trees[sample.count])
        let leaf = Int(HistoryNodes.place(ofLeaf: 5))
        let zeros = [UInt8](repeating: 0, count: 32)
        var damaged = sample.bytes
        damaged.replaceSubrange((32 * leaf)..<(32 * leaf + 32), with: zeros)
        try await medium.withHistory(of: damaged) { history in
            #expect(try await history.bring(to: tree, from: log) == .agreed)
            let path = try #require(history.path(to: 4, inTreeOf: 70))
            #expect(!path.proves(sample.hashes[4], inTreeOf: 70, root: tree.root))
            #expect(!history.holds(commit: 6, hash: sample.hashes[5]))

            try history.reset()
            #expect(history.count == 0 && history.node(at: 0) == nil)
            #expect(try await history.bring(to: tree, from: log) == .continued)
            #expect(sample.isWhole(history, after: 70))
            #expect(sample.isProven(by: history, after: 70))
            #expect(history.holds(commit: 6, hash: sample.hashes[5]))
        }
    }

    @Test("What is there is not read again", arguments: Medium.allCases)
    func readings(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let log = SteeredLog(try sample.log(of: 70), entriesPerRead: 3)
        try await medium.withHistory(of: sample.bytes(of: 60)) { history in
            try await history.bring(to: sample.trees[70], from: log)
            #expect(sample.isWhole(history, after: 70))
            // Ten commits, and those that a bisection over 140 positions looks at.
            #expect(log.commitsRead <= 10 + 8)
            let commitsRead = log.commitsRead
            try await history.bring(to: sample.trees[70], from: log)
            #expect(log.commitsRead == commitsRead)
        }
    }

    @Test("Whichever reading of the log fails, the next call continues", arguments: Medium.allCases)
    func failingReadings(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        var failed = 0
        var isDone = false
        while !isDone {
            let log = SteeredLog(try sample.log(of: 70), entriesPerRead: 20)
            log.failRead(failed + 1)
            try await medium.withHistory(of: sample.bytes(of: 30)) { history in
                do {
                    try await history.bring(to: sample.trees[70], from: log)
                    isDone = true
                } catch let error as LogError {
                    #expect(error.code == .unavailable)
                    #expect(sample.isWhole(history, after: Int(history.count)))
                    failed += 1
                    let outcome = try await history.bring(to: sample.trees[70], from: log)
                    #expect(outcome == .continued)
                }
                #expect(sample.isWhole(history, after: 70))
            }
        }
        #expect(failed > 5)
    }

    @Test("A call that is cancelled ends, and a later one continues", arguments: Medium.allCases)
    func cancellation(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let log = try sample.log(of: 70)
        try await medium.withHistory(of: sample.bytes(of: 30)) { history in
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await history.bring(to: sample.trees[70], from: log)
            }
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(sample.isWhole(history, after: 30))
            let outcome = try await history.bring(to: sample.trees[70], from: log)
            #expect(outcome == .continued)
            #expect(sample.isWhole(history, after: 70))
        }
    }

    @Test(
        "A log that ends before the tree is filled in as far as it reaches",
        arguments: Medium.allCases)
    func shortLog(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let log = try sample.log(of: 60)
        try await medium.withHistory(of: sample.bytes(of: 40)) { history in
            let short = await code { try await history.bring(to: sample.trees[70], from: log) }
            #expect(short == .shortLog)
            #expect(sample.isWhole(history, after: 60))
            let whole = try sample.log(of: 70)
            #expect(try await history.bring(to: sample.trees[70], from: whole) == .continued)
            #expect(sample.isWhole(history, after: 70))
        }
    }

    @Test("Of a log that does not make the tree nothing is kept", arguments: Medium.allCases)
    func otherTree(medium: Medium) async throws {
        let sample = try SampleLog.ofSeventy.get()
        let other = try SampleLog.other.get()
        let log = try sample.log(of: 70)
        for own in [0, 30, 70] {
            try await medium.withHistory(of: sample.bytes(of: own)) { history in
                let fault = await code { try await history.bring(to: other.trees[70], from: log) }
                #expect(fault == .otherLog)
                #expect(history.count == 0)
            }
        }
    }
}
