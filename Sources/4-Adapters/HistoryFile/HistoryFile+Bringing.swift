public import Chain
public import EventLog
import Saga

extension HistoryFile {
    /// What was found when a file was brought to a tree.
    public enum Outcome: Hashable, Sendable {
        /// The file had the tree. Commits behind it, if there were any, were dropped.
        case agreed
        /// The file had the beginning of the tree, or nothing; the rest was read from the log.
        case continued
        /// The file had other nodes: it was filled again from the log's first commit.
        case begunAgain
    }

    /// What is read of the log at once: as many entries, and `LogReading.bytesMax`.
    private static let entriesReadMax = 10_000

    /// Makes the file agree with a tree of the log, whatever the file holds.
    ///
    /// Compared are frontiers, since what they hash is every commit. Where the file has as many
    /// commits as the tree or more, its nodes are compared with the tree's; where it has fewer, its
    /// root is compared with the history root in the header of the log's next commit. A file that
    /// does not agree is begun again from the log's first commit. What was filled from the log is
    /// compared with `tree` in the end.
    ///
    /// It can be cancelled between two readings, and fail at any of them: what was filled stays,
    /// and the next call continues there. One call at a time, and no ``append(_:)`` beside it;
    /// readers need not stop.
    ///
    /// - Parameters:
    ///   - tree: Of the log's first commits, all durable: as recovery has verified them by the
    ///     chain, or as a signed header's history root vouches for it.
    ///   - log: The log that the tree is of; it may have more commits.
    /// - Returns: What was found.
    /// - Throws: ``HistoryFileError``: `.shortLog` — the log ends before the tree; `.otherLog` —
    ///   its commits make another tree, and the file is empty; `.conflict` — there is a second
    ///   writer; `.unavailable`; `.closed`. `LogError`, of a reading. `CancellationError`.
    /// - Complexity: Two hashes and 64 bytes written for each commit that is read. No more memory
    ///   than one reading of the log takes, whatever its length. Where the file is continued, its
    ///   place in the log is found by at most 64 look-ups.
    @discardableResult
    public func bring(to tree: HistoryTree, from log: any EventLog) async throws -> Outcome {
        if try cut(to: tree) { return .agreed }
        if let place = try await placeInLog(before: tree.count, log),
            try await fill(from: place, to: tree.count, log) == tree
        {
            return .continued
        }
        try reset()
        guard try await fill(from: .start, to: tree.count, log) == tree else {
            try reset()
            throw HistoryFileError(
                .otherLog,
                """
                The log's first \(tree.count) commits make another history than the one that was \
                verified: verify the log. The history file was emptied.
                """)
        }
        return .begunAgain
    }

    /// A number of commits, and where the log continues them.
    private struct Place {
        let tree: HistoryTree
        let position: Position

        static let start = Place(tree: HistoryTree(), position: .start)
    }

    /// Where the log continues the commits that the file has; `nil` where they are not the log's,
    /// or no fewer than `count`.
    private func placeInLog(before count: UInt64, _ log: any EventLog) async throws -> Place? {
        guard let own = try storedTree(), own.count < count else { return nil }
        guard own.count > 0 else { return .start }
        guard let next = try await Self.commit(own.count + 1, in: log),
            next.header.historyRoot == own.root
        else { return nil }
        return Place(tree: own, position: Position(next.header.first.number - 1))
    }

    /// The commit of a number, which stores do not look for: found by bisection over positions. A
    /// commit has an entry at least, so its position is never below its number.
    private static func commit(_ number: UInt64, in log: any EventLog) async throws -> Commit? {
        var low = number
        var high = try await log.head().position.number
        while low <= high {
            try Task.checkCancellation()
            let middle = low + (high - low) / 2
            guard let commit = try await log.commit(containing: Position(middle)) else {
                return nil
            }
            let found = commit.header.number
            guard found != number else { return commit }
            // `middle` is at least 1, as commits' numbers are.
            (low, high) = found < number ? (middle + 1, high) : (low, middle - 1)
        }
        return nil
    }

    /// Appends the log's commits behind a place until there are `count`.
    ///
    /// - Returns: The tree that they make.
    private func fill(
        from place: Place, to count: UInt64, _ log: any EventLog
    ) async throws -> HistoryTree {
        var (tree, position) = (place.tree, place.position)
        while tree.count < count {
            try Task.checkCancellation()
            let commits = try await log.commits(after: position, entriesMax: Self.entriesReadMax)
            guard let last = commits.last else {
                throw HistoryFileError(
                    .shortLog,
                    """
                    The log ends after commit \(tree.count), and its history was to be filled up \
                    to commit \(count): wait until they are durable, or verify the log.
                    """)
            }
            let wanted = commits.prefix(Int(clamping: count - tree.count))
            tree = try append(wanted.map(\.hash), after: tree)
            position = last.header.last
        }
        return tree
    }
}
