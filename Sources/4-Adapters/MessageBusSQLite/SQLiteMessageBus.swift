import Foundation
public import MessageBus
package import Saga
import Synchronization

/// A bus for the processes of one machine: a folder with an SQLite file for each topic.
///
/// Writers of different topics never wait for each other, as with Kafka's log directories; those of
/// one topic take turns. Records are durable (`synchronous=FULL`) when `publish` returns; a batch
/// is all or nothing, which is more than the contract asks. All of a topic's files, or the folder,
/// may be deleted under a running bus: the topic is missing then, until it is created again.
/// Call ``close()`` before letting go of a bus.
///
/// Each topic costs at most two threads while it is in use, one for writing and one for reading.
/// The folder must be on a local disk: neither SQLite's WAL nor inotify works across a network.
public final class SQLiteMessageBus: MessageBus {
    private struct TopicConnections {
        let writing: TopicConnection
        let reading: TopicConnection
    }

    private struct State {
        /// One for each topic that was ever found.
        var connections: [String: TopicConnections] = [:]
        var isClosed = false
    }

    private let folder: String
    private let schema: Schema
    private let now: @Sendable () -> Timestamp
    private let signals: TopicSignals
    private let wakeFiles: WakeFiles
    private let state = Mutex(State())

    /// Opens the bus in `folder`, which is made if it is missing. Topic files are opened when they
    /// are first used.
    ///
    /// - Throws: `.unavailable` — the folder cannot be made or written to, or this user has too
    ///   many inotify instances; the message says which.
    public static func open(at folder: String) async throws(BusError) -> SQLiteMessageBus {
        try SQLiteMessageBus(folder: folder) {
            Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        }
    }

    /// - Parameter now: The clock that decides which records have expired.
    package static func open(
        at folder: String, now: @escaping @Sendable () -> Timestamp
    ) async throws(BusError) -> SQLiteMessageBus {
        try SQLiteMessageBus(folder: folder, now: now)
    }

    private init(
        folder: String, now: @escaping @Sendable () -> Timestamp
    ) throws(BusError) {
        try TopicFiles(folder: folder, topic: "").makeFolder()
        guard access(folder, R_OK | W_OK | X_OK) == 0 else {
            throw systemFailure(
                "cannot use the bus's folder \(folder)", advice: "let this process write to it")
        }
        self.folder = folder
        self.now = now
        schema = Schema()
        signals = TopicSignals()
        wakeFiles = try WakeFiles(signals: signals)
    }

    /// - Throws: `.unavailable` — a file cannot be made; those before it in `topics` are.
    public func create(_ topics: [Topic]) async throws(BusError) {
        for topic in topics {
            try await connections(to: topic.name).writing.create(topic)
        }
    }

    /// - Throws: `.unavailable` — the topic has none of the records, unless the failure was the
    ///   disk's, which leaves the outcome open; `.recordTooLarge` — one is longer than a broker
    ///   takes, and the topic has none of them; `.topicMissing`; `.newerSchema`; `.closed`.
    /// - Complexity: One transaction, one fsync.
    public func publish(
        _ records: [Record], to topic: String
    ) async throws(BusError) -> Int64? {
        let connections = try connections(toExisting: topic)
        guard records.allSatisfy({ $0.storedBytes <= Record.storedBytesMax }) else {
            throw BusError(
                .recordTooLarge,
                """
                a record for \(topic) has more than the \(Record.storedBytesMax) bytes that a \
                broker takes; nothing was published
                """)
        }
        return try await connections.writing.publish(records)
    }

    /// As `MessageBus.records(in:from:recordsMax:wait:)`; a wait ends when another process of the
    /// machine publishes. A record that another program has written, and that is longer than a
    /// broker takes, is empty.
    public func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        precondition(recordsMax > 0, "a reader must have room for one record")
        let files = TopicFiles(folder: folder, topic: topic)
        return try await signals.records(in: topic, wait: wait) { () throws(BusError) in
            let reading = try connections(toExisting: topic).reading
            // Watching comes before looking, so that what happens in between is not missed.
            if wait > .zero { try watch(files) }
            return try await reading.records(from: offset, recordsMax: recordsMax)
        }
    }

    /// As `MessageBus.offsets(of:)`.
    public func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try await connections(toExisting: topic).reading.offsets()
    }

    /// Closes every file. Calls in progress end first; readers that wait get `.closed`.
    public func close() async {
        let closed = state.withLock { state in
            let closed = state.connections.values
            if !state.isClosed { wakeFiles.close() }
            state = State(connections: [:], isClosed: true)
            return closed
        }
        signals.close()
        for connections in closed {
            await connections.writing.close()
            await connections.reading.close()
        }
    }
}

extension SQLiteMessageBus {
    /// Under the lock, so that ``close()`` does not give the kernel's watches back in between.
    private func watch(_ files: TopicFiles) throws(BusError) {
        try state.withLock { state throws(BusError) in
            guard !state.isClosed else { throw .closed }
            try wakeFiles.watch(files)
        }
    }

    /// For a topic that has a file; a name without one leaves nothing behind.
    private func connections(toExisting topic: String) throws(BusError) -> TopicConnections {
        let path = TopicFiles(folder: folder, topic: topic).database
        let exists = Topic.isName(topic) && FileIdentity(ofFileAt: path) != nil
        guard exists || state.withLock({ $0.isClosed }) else { throw .topicMissing(topic) }
        return try connections(to: topic)
    }

    private func connections(to topic: String) throws(BusError) -> TopicConnections {
        try state.withLock { state throws(BusError) in
            guard !state.isClosed else { throw .closed }
            if let connections = state.connections[topic] { return connections }
            let files = TopicFiles(folder: folder, topic: topic)
            let connections = TopicConnections(
                writing: TopicConnection(to: files, purpose: "write", schema: schema, now: now),
                reading: TopicConnection(to: files, purpose: "read", schema: schema, now: now))
            state.connections[topic] = connections
            return connections
        }
    }
}
