public import Chain
public import Saga

/// An event log as a value: what the store in memory keeps, and what the simulator uses as it is.
///
/// The functions are those of ``EventLog`` and refuse in the same way.
public struct LogStorage: Sendable {
    public private(set) var head = Head.empty
    private var commits: [Commit] = []
    private var entriesBySaga: [SagaID: [Entry]] = [:]
    /// At most two, the newest last.
    private var snapshots: [Snapshot] = []

    public init() {}

    public mutating func takeOver(from epoch: Epoch) throws(LogError) -> Head {
        head = try head.takenOver(from: epoch)
        return head
    }

    public mutating func append(_ commit: Commit) throws(LogError) {
        try append(commit, as: commit.header.epoch)
    }

    public mutating func append(_ commit: Commit, as writer: Epoch) throws(LogError) {
        try head.admit(commit.header, of: writer)
        commits.append(commit)
        for entry in commit.entries {
            guard let saga = entry.saga else { continue }
            entriesBySaga[saga, default: []].append(entry)
        }
        head = Head(after: commit, of: writer)
    }

    public func commits(after position: Position, entriesMax: Int) -> [Commit] {
        var found: [Commit] = []
        var count = 0
        for commit in commits[firstCommit(after: position)...] {
            count += commit.entries.count
            guard found.isEmpty || count <= entriesMax else { break }
            found.append(commit)
        }
        return found
    }

    public func entries(of saga: SagaID) -> [Entry] {
        entriesBySaga[saga] ?? []
    }

    public var newestSnapshot: Snapshot? { snapshots.last }

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
