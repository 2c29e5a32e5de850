import Foundation
import GRDB
import MessageBus

extension TopicFiles {
    /// Makes the folder, and those above it, if there is none.
    func makeFolder() throws(BusError) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw BusError(
                .unavailable,
                """
                cannot make the bus's folder \(folder): name one that this process may make and \
                write to
                """,
                cause: error)
        }
    }

    /// Makes the topic's file, durable and whole: it gets its name last. The caller holds the lock.
    func makeDatabase(for topic: Topic, schema: Schema) throws {
        // What a process left that died here, and what SQLite keeps beside a file that was
        // deleted: it would take that for the new file's.
        let remains = [unfinishedDatabase, database].flatMap { [$0 + "-wal", $0 + "-shm"] }
        for path in remains + [unfinishedDatabase, unfinishedDatabase + "-journal"] {
            unlink(path)
        }
        let queue = try DatabaseQueue(path: unfinishedDatabase, configuration: .topicFile)
        try queue.inDatabase { database in
            try schema.migrate(database)
            try database.execute(
                sql: "INSERT INTO topic (next_offset, retention) VALUES (0, ?)",
                arguments: [topic.retention?.milliseconds])
            // The file keeps this mode; all before it went to the file itself.
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
        }
        try queue.close()
        guard rename(unfinishedDatabase, database) == 0 else {
            throw systemFailure("cannot make \(database)", advice: "look at its folder")
        }
        try makeNamesDurable()
    }

    private func makeNamesDurable() throws(BusError) {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw namesFailure }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw namesFailure }
    }

    private var namesFailure: BusError {
        systemFailure("cannot make the names in \(folder) durable", advice: "look at its disk")
    }
}

extension Duration {
    /// Cut to whole milliseconds, and at least one.
    fileprivate var milliseconds: Int64 {
        max(1, components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
