import Backoff
public import Chain
import EventLog
import Foundation
import Ledger
import LedgerWire
import Logging
import Projection
import Saga
import ServiceLifecycle
import Statements
import Synchronization

/// Keeps the statements up with the log: folds in what became durable, soon after it did.
///
/// Commits are handed over as they are released; those it did not see, and all that went before, it
/// reads from the log. Any fault of the statements' file ends in folding the log again; a log or
/// disk that fails is retried. Only requests for a statement wait for it.
final class StatementFollower: Service {
    private struct Mailbox {
        var batches: [CommittedBatch<LedgerFact>] = []
        /// What was folded in so far.
        var position = Position.start
        var book: StatementBook?
        var waiting: [UInt64: (position: Position, continuation: AsyncStream<Void>.Continuation)] =
            [:]
        var next: UInt64 = 0
    }

    private static var batchesWaitingMax: Int { 64 }
    private static var entriesReadMax: Int { 5_000 }

    private let path: String?
    private let node: NodeName
    private let log: any EventLog
    private let logger: Logger
    private let mailbox = Mutex(Mailbox())
    private let (wakes, wake) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter path: Of the statements' file; `nil` keeps them in memory.
    init(at path: String?, of node: NodeName, log: any EventLog, logger: Logger) {
        self.path = path
        self.node = node
        self.log = log
        self.logger = logger
        wake.yield()
    }

    /// Takes a durable commit; must not block. What there is no room for is read from the log.
    func take(_ batch: CommittedBatch<LedgerFact>) {
        mailbox.withLock { mailbox in
            if mailbox.batches.count >= Self.batchesWaitingMax { mailbox.batches = [] }
            mailbox.batches.append(batch)
        }
        wake.yield()
    }

    /// The statements once they hold everything up to `position`.
    ///
    /// - Returns: `nil` when `time` was over before.
    func book(upTo position: Position, within time: Duration) async -> StatementBook? {
        let (reached, continuation) = AsyncStream.makeStream(of: Void.self)
        let number: UInt64? = mailbox.withLock { mailbox in
            guard mailbox.book == nil || mailbox.position < position else { return nil }
            mailbox.next += 1
            mailbox.waiting[mailbox.next] = (position, continuation)
            return mailbox.next
        }
        if let number {
            // A commit that was not handed over is found by looking at the log.
            wake.yield()
            let timer = Task {
                try await Task.sleep(for: time)
                continuation.finish()
            }
            for await _ in reached {}
            timer.cancel()
            mailbox.withLock { $0.waiting[number] = nil }
        }
        return mailbox.withLock { $0.position >= position ? $0.book : nil }
    }

    /// The statements as they are; `nil` while there are none.
    var book: StatementBook? { mailbox.withLock { $0.book } }

    /// Runs until it is shut down.
    func run() async throws {
        defer { letGo() }
        var pauses = Backoff(from: .milliseconds(100), upTo: .seconds(10))
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let book = try await open()
                do {
                    try await follow(into: book) { pauses.reset() }
                    await leave(book)
                    return
                } catch {
                    await leave(book)
                    throw error
                }
            } catch {
                // Whatever cannot be done by a task that is cancelled says nothing about the file.
                guard !Task.isCancelled else { return }
                if let error = error as? StatementError,
                    [.unusable, .otherHistory].contains(error.code)
                {
                    logger.warning(
                        "the statements are invalid; rebuilding them from the log",
                        metadata: ["cause": "\(error)"])
                    if let path { StatementBook.remove(at: path) }
                } else {
                    logger.warning(
                        "updating the statements failed; retrying",
                        metadata: ["error": "\(error)"])
                }
                let time = pauses.next()
                do {
                    try await cancelWhenGracefulShutdown { try await Task.sleep(for: time) }
                } catch {
                    return
                }
            }
        }
    }

    /// Opens statements that the log continues: others are of another history.
    private func open() async throws -> StatementBook {
        let book = try await StatementBook.open(at: path, node: node)
        do {
            let end = try await book.end()
            guard end.position > .start else { return book }
            guard try await log.commit(endingAt: end.position)?.hash == end.commitHash else {
                throw StatementError.otherHistory(at: end.position)
            }
            return book
        } catch {
            await book.close()
            throw error
        }
    }

    /// Ends the wait of all requests.
    private func letGo() {
        let waiting = mailbox.withLock { $0.waiting.values.map(\.continuation) }
        for continuation in waiting { continuation.finish() }
    }

    private func leave(_ book: StatementBook) async {
        mailbox.withLock { mailbox in
            mailbox.book = nil
            mailbox.position = .start
        }
        await book.close()
    }

    private func follow(into book: StatementBook, onProgress: () -> Void) async throws {
        var position = try await book.end().position
        announce(position, of: book)
        for await _ in wakes.cancelOnGracefulShutdown() {
            while true {
                let batches = try await nextBatches(after: position)
                guard !batches.isEmpty else { break }
                position = try await book.apply(batches)
                announce(position, of: book)
                onProgress()
            }
        }
    }

    /// The commits that were handed over, if they continue at `position`; the log's, otherwise.
    private func nextBatches(
        after position: Position
    ) async throws -> [CommittedBatch<LedgerFact>] {
        let handed = mailbox.withLock { mailbox in
            defer { mailbox.batches = [] }
            return mailbox.batches.drop { $0.commit.header.last <= position }
        }
        if handed.first?.commit.header.first == position + 1 { return Array(handed) }
        return try await log.commits(after: position, entriesMax: Self.entriesReadMax).map {
            try CommittedBatch(decoding: $0, for: Ledger.self)
        }
    }

    private func announce(_ position: Position, of book: StatementBook) {
        let reached = mailbox.withLock { mailbox in
            mailbox.book = book
            mailbox.position = position
            return mailbox.waiting.values.filter { $0.position <= position }.map(\.continuation)
        }
        for continuation in reached { continuation.finish() }
    }
}
