import Chain
import Links
import Saga
import Testing
import Wire

/// A record of which nothing is taken, where numbers 1 and 2 are taken under commit 2.
struct InboxRefusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: LinkOutcome.Reason
    let isAnsweredAgain: Bool
    let make: @Sendable (inout InboxBench) throws -> Excerpt

    init(
        _ description: String, _ reason: LinkOutcome.Reason, again: Bool = false,
        _ make: @escaping @Sendable (inout InboxBench) throws -> Excerpt
    ) {
        testDescription = description
        self.reason = reason
        isAnsweredAgain = again
        self.make = make
    }

    static let all = link + numbers + headers + keys + proofs + standing

    static let link = [
        InboxRefusal("for another node", .otherLink) { bench in
            let other = Cast.name("bank-c")
            try bench.write([Cast.step(1, to: other)])
            return try bench.log.excerpt(of: bench.log.numbered([1], for: other)).excerpt
        },
        InboxRefusal("of another node", .otherLink) { bench in
            bench.log = TestLog(of: Cast.name("bank-c"))
            try bench.write([Cast.step(3)])
            return try bench.excerpt([3])
        },
        InboxRefusal("neither a number nor a read", .empty) { bench in
            var writer = MessageWriter()
            writer.write("bank-b", 1)
            writer.write(element: [1], 99)
            let bytes = writer.bytes
            return try bench.excerpt([1], under: 3).changed { entry in
                try ShownEntry(
                    position: entry.position, saga: nil, keptHash: entry.keptHash, shown: bytes,
                    content: [])
            }
        },
    ]

    static let numbers = [
        InboxRefusal("taken before", .old, again: true) { try $0.excerpt([1, 2], naming: 2) },
        InboxRefusal("taken before, badly signed", .old, again: true) {
            try $0.excerpt([2], naming: 2).badlySigned()
        },
        InboxRefusal("a number is missing before it", .gap, again: true) {
            try $0.excerpt([4], naming: 2)
        },
        InboxRefusal("the next number is missing in it", .gap, again: true) {
            try $0.excerpt([2, 4], naming: 2)
        },
    ]

    static let headers = [
        InboxRefusal("names no header", .otherHeader, again: true) { try $0.excerpt([3, 4]) },
        InboxRefusal("names an older header", .otherHeader, again: true) {
            try $0.excerpt([3, 4], naming: 1)
        },
        InboxRefusal("has no path to the header", .otherHeader, again: true) { bench in
            let hash = bench.name(2).hash
            return try bench.excerpt([3, 4]).with(previous: .init(hash: hash, path: []))
        },
        InboxRefusal("is of an older timeline", .olderTimeline, again: true) { bench in
            bench.inbox.apply(.accepted(InboxBench.fork))
            return try bench.excerpt([3, 4], naming: 2)
        },
        InboxRefusal("is the first, and names a header", .otherHeader, again: true) { bench in
            bench.inbox = LinkInbox(
                at: Cast.bankB, of: Cast.bankA, key: InboxBench.key.publicKey)
            return try bench.excerpt([1, 2, 3], naming: 1)
        },
    ]

    static let keys = [
        InboxRefusal("is signed by an unknown key", .otherKey, again: true) { bench in
            try bench.write([Cast.step(5)], by: Cast.key(9))
            return try bench.excerpt([3, 4, 5], naming: 2)
        },
        InboxRefusal("is signed by a retired key", .otherKey, again: true) { bench in
            bench.inbox.apply(.key(InboxBench.newKey.publicKey))
            return try bench.excerpt([3, 4], naming: 2)
        },
        InboxRefusal("has a changed signature", .badSignature) {
            try $0.excerpt([3, 4], naming: 2).badlySigned()
        },
        InboxRefusal("shows a timeline under an unknown key", .timelineUnderOtherKey, again: true) {
            try $0.lose(keeping: 1, number: 2, by: Cast.key(9))
            return try $0.excerpt([2])
        },
    ]

    static let proofs = [
        InboxRefusal("says something else", .badProof(.otherEntries(at: Position(3)))) {
            try $0.excerpt([3, 4], naming: 2).changed { entry in
                try ShownEntry(
                    position: entry.position, saga: entry.saga, keptHash: .zero,
                    shown: entry.shown, content: entry.content)
            }
        },
        InboxRefusal("has another content", .badProof(.otherContent(at: Position(4)))) {
            try $0.excerpt([3, 4], naming: 2).changed { entry in
                try ShownEntry(
                    position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
                    shown: entry.shown, content: [])
            }
        },
        InboxRefusal("has a commit of no history", .badProof(.otherHistory(at: Position(3)))) {
            try $0.excerpt([3, 4], naming: 2).withoutPath()
        },
        InboxRefusal("has a read alone that is badly signed", .badSignature) { bench in
            try bench.write([bench.read(1)])
            return try bench.excerpt([], reads: [4]).badlySigned()
        },
        InboxRefusal("has a read alone of an unknown key", .otherKey, again: true) { bench in
            try bench.write([bench.read(1)], by: Cast.key(9))
            return try bench.excerpt([], reads: [4])
        },
    ]

    /// The record is one that would be taken otherwise.
    static let standing = [
        InboxRefusal("after a denial", .suspended) { bench in
            bench.inbox.apply(.suspended(.denied(.goesBack)))
            return try bench.excerpt([3, 4], naming: 2)
        },
        InboxRefusal("a read after a denial", .suspended) { bench in
            bench.inbox.apply(.suspended(.denied(.goesBack)))
            try bench.write([bench.read(1)])
            return try bench.excerpt([], reads: [4])
        },
        InboxRefusal("before keys were compared", .keyNotCompared) { bench in
            bench.inbox.apply(.lost(InboxBench.ownFork.fork))
            return try bench.excerpt([3, 4], naming: 2)
        },
        InboxRefusal("a read before keys were compared", .keyNotCompared) { bench in
            bench.inbox.apply(.lost(InboxBench.ownFork.fork))
            try bench.write([bench.read(1)])
            return try bench.excerpt([], reads: [4])
        },
        InboxRefusal("before the peer accepted the own timeline", .notAccepted) { bench in
            bench.inbox.apply(.lost(InboxBench.ownFork.fork))
            bench.inbox.apply(.keyCompared(InboxBench.key.publicKey))
            return try bench.excerpt([3, 4], naming: 2)
        },
        InboxRefusal("an accepted of another own timeline", .notAccepted) { bench in
            bench.inbox.apply(.lost(InboxBench.ownFork.fork))
            bench.inbox.apply(.keyCompared(InboxBench.key.publicKey))
            try bench.write(5, .accepted(Accepted(InboxBench.fork, own: nil)))
            return try bench.excerpt([5])
        },
    ]
}
