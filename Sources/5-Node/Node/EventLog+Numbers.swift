import Chain
import EventLog
import Saga

extension EventLog {
    /// The commit of a number; `nil` where the log has none.
    ///
    /// Stores look for positions, so it is found by bisection: a commit has one entry at least, so
    /// the position of its last is never below its number.
    ///
    /// - Complexity: At most 64 look-ups; none for a number that the log has not reached.
    func commit(numbered number: UInt64) async throws(LogError) -> Commit? {
        guard number > 0 else { return nil }
        var low = number
        var high = try await head().position.number
        while low <= high {
            let middle = Position(low + (high - low) / 2)
            guard let commit = try await commit(containing: middle) else { return nil }
            let header = commit.header
            guard header.number != number else { return commit }
            if header.number < number {
                low = header.last.number + 1
            } else {
                high = header.first.number - 1
            }
        }
        return nil
    }
}
