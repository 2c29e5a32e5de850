import Chain
import Saga
import TestKit
import Wire

extension Samples {
    /// The beginning of a log: commits of one entry and of several, of sagas and of none, with all
    /// parts that an entry can have and with none.
    static let commits: [Commit] = {
        let key = known(SigningKey(rawBytes: [UInt8](repeating: 7, count: 32)))
        let batches: [[(saga: CommandID?, parts: EntryParts)]] = [
            [(nil, EntryParts(kept: [1, 2, 3]))],
            [
                (command, EntryParts(shown: [8], kept: [4])), (nil, EntryParts(kept: [])),
                (otherCommand, EntryParts(kept: [5, 6], content: [7])),
            ],
            [(command, EntryParts(kept: [UInt8](repeating: 9, count: 300)))],
            decidedSteps.suffix(2).map { ($0.saga, parts(of: $0)) },
        ]
        var end = LogEnd.empty(of: Epoch(3))
        return batches.enumerated().map { number, entries in
            let commit = Commit.signed(
                entries, after: end, node: bankA, timeline: UInt64(number / 2),
                time: Timestamp(milliseconds: 1_000 + Int64(number)),
                inboxes: inboxes(number),
                key: key)
            end.advance(over: commit)
            return commit
        }
    }()

    /// Of no peer, of one, of two and of three.
    private static func inboxes(_ number: Int) -> [NodeName: Int64] {
        let peers = [shop, bankB, bankA].prefix(number)
        return Dictionary(uniqueKeysWithValues: peers.map { ($0, Int64(number) * 300) })
    }
}
