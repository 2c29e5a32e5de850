public import Chain
public import Saga

/// An event log as a value: what the store in memory keeps, and what the simulator uses as it is.
///
/// The functions are those of ``EventLog`` and refuse in the same way.
public struct LogStorage: Sendable {
    /// The newest end of the log.
    public private(set) var head = Head.empty
    private var commits: [Commit] = []
    private var history = HistoryTree()
    private var entriesBySaga: [CommandID: [Entry]] = [:]
    /// At most two, the newest last.
    private var snapshots: [Snapshot] = []

    /// Starts an empty log that no writer has taken over.
    public init() {}

    /// As ``EventLog/takeOver(from:)``.
    /// - Throws: `.fenced`; nothing has changed.
    public mutating func takeOver(from epoch: Epoch) throws(LogError) -> Head {
        head = try head.takenOver(from: epoch)
        return head
    }

    /// Appends under the epoch that the commit's header names.
    public mutating func append(_ commit: Commit) throws(LogError) {
        try append(commit, as: commit.header.epoch)
    }

    /// As ``EventLog/startAppending(_:as:)``, with the outcome at once.
    /// - Throws: `.fenced` or `.conflict`; nothing has changed.
    public mutating func append(_ commit: Commit, as writer: Epoch) throws(LogError) {
        try head.admit(commit.header, of: writer)
        commits.append(commit)
        for entry in commit.entries {
            guard let saga = entry.saga else { continue }
            entriesBySaga[saga, default: []].append(entry)
        }
        history.append(commit.hash)
        head = Head(after: commit, of: writer)
    }

    /// As ``EventLog/commits(after:entriesMax:)``.
    /// - Complexity: The commits are found by bisection.
    public func commits(
        after position: Position, entriesMax: Int, bytesMax: Int = .max
    ) -> [Commit] {
        var found: [Commit] = []
        var (count, bytes) = (0, 0)
        for commit in commits[firstCommit(after: position)...] {
            count += commit.entries.count
            bytes += commit.body.count
            guard found.isEmpty || count <= entriesMax && bytes <= bytesMax else { break }
            found.append(commit)
        }
        return found
    }

    /// As ``EventLog/commit(containing:)``.
    /// - Complexity: The commit is found by bisection.
    public func commit(containing position: Position) -> Commit? {
        guard position > .start else { return nil }
        let index = firstCommit(after: Position(position.number - 1))
        guard index < commits.count, commits[index].header.first <= position else { return nil }
        return commits[index]
    }

    /// What the next commit continues.
    public var end: LogEnd { LogEnd(head, history) }

    /// As ``EventLog/newestCommit()``.
    public var newestCommit: Commit? { commits.last }

    /// As ``EventLog/entries(of:)``.
    public func entries(of saga: CommandID) -> [Entry] {
        entriesBySaga[saga] ?? []
    }

    /// As ``EventLog/newestSnapshot()``.
    public var newestSnapshot: Snapshot? { snapshots.last }

    /// Keeps the two snapshots of the highest positions.
    public mutating func save(_ snapshot: Snapshot) {
        snapshots.removeAll { $0.position == snapshot.position }
        snapshots.append(snapshot)
        snapshots.sort { $0.position < $1.position }
        snapshots = snapshots.suffix(2)
    }

    /// The index of the first commit that ends after `position`, by bisection.
    private func firstCommit(after position: Position) -> Int {
        var (low, high) = (0, commits.count)
        while low < high {
            let middle = (low + high) / 2
            if commits[middle].header.last > position {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }
}
