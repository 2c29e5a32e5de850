import BlockingIO
import Foundation
import GRDB
import MessageBus
import Saga

// GRDB has its own Record.
import struct MessageBus.Record

/// One connection to one topic's file, on a dedicated thread.
///
/// The file may be deleted and made again at any time, by another process too: each call compares
/// the file at the path with the one that is open, and opens again if they differ.
actor TopicConnection {
    private struct OpenFile {
        let database: DatabaseQueue
        let identity: FileIdentity
        let retention: Int64?
    }

    let files: TopicFiles
    private let schema: Schema
    private let now: @Sendable () -> Timestamp
    private let thread: BlockingThread
    private var openFile: OpenFile?
    private var isClosed = false
    /// The next publish at or after it removes what has expired.
    private var cleaningDue = Timestamp.distantPast

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// - Parameter purpose: Tells the connection's thread from the others in a debugger.
    init(
        to files: TopicFiles, purpose: String, schema: Schema,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.files = files
        self.schema = schema
        self.now = now
        thread = BlockingThread(name: "\(purpose) \(files.topic)")
    }

    func close() {
        isClosed = true
        closeFile()
    }

    /// Appends `records` in one transaction: all of them are durable, or none.
    ///
    /// - Returns: The offset of the last one; `nil` if there was none.
    func publish(_ records: [Record]) throws(BusError) -> Int64? {
        let file = try currentFile()
        let moment = now()
        let (isCleaned, last) = try using(file) { database in
            try WriterLock(path: files.lock).whileHeld {
                var isCleaned = false
                var last: Int64?
                try database.inTransaction(.immediate) {
                    if let retention = file.retention, moment >= cleaningDue {
                        isCleaned = try database.removeRecords(
                            publishedBefore: moment + .milliseconds(-retention),
                            // More than are added, so that removal catches up.
                            atMost: 1_000 + 2 * records.count)
                    }
                    last = try database.append(records, at: moment)
                    return .commit
                }
                return (isCleaned, last)
            }
        }
        if isCleaned { cleaningDue = moment + .seconds(60) }
        files.wakeReaders()
        return last
    }

    func records(
        from offset: Int64, recordsMax: Int
    ) throws(BusError) -> [DeliveredRecord] {
        let answer = try using(currentFile()) { database in
            try database.snapshot { offsets -> Result<[DeliveredRecord], BusError> in
                guard (offsets.lowerBound...offsets.upperBound).contains(offset) else {
                    return .failure(
                        .offsetOutOfRange(offset, in: self.files.topic, holding: offsets))
                }
                return .success(try database.records(from: offset, recordsMax: recordsMax))
            }
        }
        return try answer.get()
    }

    func offsets() throws(BusError) -> Range<Int64> {
        try using(currentFile()) { database in try database.snapshot { $0 } }
    }

    /// Makes the topic's file if there is none.
    func create(_ topic: Topic) throws(BusError) {
        guard !isClosed else { throw .closed }
        guard FileIdentity(ofFileAt: files.database) == nil else { return }
        try files.makeFolder()
        do {
            try WriterLock(path: files.lock).whileHeld {
                guard FileIdentity(ofFileAt: files.database) == nil else { return }
                try files.makeDatabase(for: topic, schema: schema)
            }
        } catch {
            throw files.failure(error)
        }
        files.wakeReaders()
    }
}

/// Opening and closing.
extension TopicConnection {
    private func currentFile() throws(BusError) -> OpenFile {
        guard !isClosed else { throw .closed }
        let identity = FileIdentity(ofFileAt: files.database)
        if let openFile, openFile.identity == identity { return openFile }
        closeFile()
        guard let identity else { throw .topicMissing(files.topic) }
        let file: OpenFile
        do {
            file = try open(identity)
        } catch {
            throw failure(error, with: identity)
        }
        openFile = file
        cleaningDue = .distantPast
        return file
    }

    private func open(_ identity: FileIdentity) throws -> OpenFile {
        let queue = try DatabaseQueue(path: files.database, configuration: .topicFile)
        return try queue.inDatabase { database in
            let version = try schema.version(of: database)
            guard version > 0 else {
                throw BusError(.unavailable, "\(files.database) is no topic file: move it away")
            }
            guard version <= schema.newestVersion else {
                throw BusError(
                    .newerSchema,
                    """
                    \(files.database) has schema \(version), and this program knows \
                    \(schema.newestVersion): run the program that wrote it, or a newer one
                    """)
            }
            if version < schema.newestVersion {
                try WriterLock(path: files.lock).whileHeld { try schema.migrate(database) }
            }
            let retention = try Int64?.fetchOne(database, sql: "SELECT retention FROM topic")
            // What was opened may be a file that has just taken the other's place.
            guard FileIdentity(ofFileAt: files.database) == identity else {
                throw BusError.topicMissing(files.topic)
            }
            return OpenFile(
                database: queue, identity: identity, retention: retention.flatMap { $0 })
        }
    }

    private func using<Answer>(
        _ file: OpenFile, _ work: (Database) throws -> Answer
    ) throws(BusError) -> Answer {
        do {
            return try file.database.inDatabase(work)
        } catch {
            // What state the connection is in is anybody's guess: the next call opens a new one.
            closeFile()
            throw failure(error, with: file.identity)
        }
    }

    private func closeFile() {
        // A file that will not close stays open; nothing depends on it any more.
        try? openFile?.database.close()
        openFile = nil
    }

    /// Whatever went wrong with a file that is no longer at its path, the topic is missing.
    private func failure(_ error: any Error, with identity: FileIdentity) -> BusError {
        FileIdentity(ofFileAt: files.database) == identity
            ? files.failure(error) : .topicMissing(files.topic)
    }
}
