import Chain
import Saga
import TestKit

extension Samples {
    /// The beginning of a log: commits of one entry and of several, of sagas and of none.
    static let commits: [Commit] = {
        let key = known(SigningKey(rawBytes: [UInt8](repeating: 7, count: 32)))
        let batches: [[(saga: CommandID?, payload: [UInt8])]] = [
            [(nil, [1, 2, 3])], [(command, [4]), (nil, []), (otherCommand, [5, 6])],
            [(command, [UInt8](repeating: 9, count: 300))],
        ]
        var end = LogEnd.empty(of: Epoch(3))
        return batches.enumerated().map { number, entries in
            let commit = Commit.signed(
                entries, after: end, node: bankA, timeline: UInt64(number / 2),
                time: Timestamp(milliseconds: 1_000 + Int64(number)),
                inbox: InboxCursor(
                    incarnation: UInt64(number), offset: Int64(number) - 1, recordHash: hash),
                key: key)
            end.advance(over: commit)
            return commit
        }
    }()
}
