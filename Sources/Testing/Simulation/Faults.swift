/// What may go wrong in a run, and how often. Numbers are parts per thousand; 0 switches one off.
public struct Faults: Hashable, Sendable {
    // Of each record for a peer:
    /// The record never reaches the topic.
    public var messageLost = 0
    /// The record reaches the topic twice, the second time later.
    public var messageDoubled = 0
    /// Delivered up to some seconds later, so after others.
    public var messageDelayed = 0
    /// Delivered when everything else has ended, as if after hours.
    public var messageBelated = 0

    // Of each call of a process to its log or to the broker:
    /// The process dies, before the call or after it, with memory ahead of the disk.
    public var crash = 0
    /// The log cannot be reached: nothing was done, and the caller knows.
    public var logUnavailable = 0

    // Of each start of a process:
    /// Its history file is lost, cut off or damaged.
    public var historyLost = 0

    // Of each append:
    /// The answer was lost: the commit was appended, was not, or is about to be.
    public var appendUnknown = 0

    // Of each publication:
    /// A prefix of the records was published.
    public var publicationFailed = 0

    // Of each request, reply or question to the outside:
    /// A client's command, or an answer from outside, never reaches the node.
    public var requestLost = 0
    /// A node's reply never reaches its client, which then sends again.
    public var replyLost = 0
    /// A node's question never reaches the outside.
    public var askLost = 0

    // Of each second:
    /// All topics are emptied and begin at 0 again.
    public var wipe = 0
    /// The broker answers no client for some seconds.
    public var brokerDown = 0
    /// A process stalls for some seconds, and wakes up: maybe to find that another has taken
    /// over.
    public var pause = 0
    /// A writer loses its lease and continues: only the connection that held the lease ended.
    public var leaseLost = 0
    /// A process is asked to end, and does.
    public var shutdown = 0
    /// A bank signs its log with a new key, which its log tells the peers. Attackers have the
    /// former ones from then on.
    public var keyRotated = 0
    /// A wall clock is set forward by up to 20 s, or back by up to 5 s.
    public var clockSet = 0
    /// A wall clock jumps by minutes, and is set right some seconds later.
    public var clockJump = 0
    /// A peer with a known key writes into its log what is false, unreadable or out of place, and
    /// shows it.
    public var lie = 0
    /// An attacker without a key that counts writes to a journal, or between peers: garbage,
    /// copies, forgeries, parts of true records. Also between the records that the bank is
    /// publishing.
    public var stranger = 0
    /// The oldest records of an inbox expire.
    public var expired = 0
    /// An operator stops taking new steps from a peer, and takes them again some seconds later.
    public var intakeStopped = 0
    /// A node's disk is replaced by an old backup of it, or by an empty one; maybe under its feet.
    public var rewind = 0

    /// Starts with every rate at 0.
    public init() {}

    /// Nothing goes wrong.
    public static let none = Faults()

    /// Everything goes wrong, now and then; how often depends on the seed, and each kind is left
    /// out in each fourth run, so that one fault does not always hide another.
    public static func mixed(seed: UInt64) -> Faults {
        var dice = Dice(seed: seed ^ 0xFA17)
        var faults = Faults()
        for (_, path, most) in kinds where !dice.chance(250) {
            faults[keyPath: path] = Int(dice.number(1...Int64(most)))
        }
        return faults
    }
}

extension Faults {
    /// All kinds by name, with the highest rate that ``mixed(seed:)`` gives them.
    static var kinds: [(name: String, path: WritableKeyPath<Faults, Int>, most: Int)] {
        [
            ("messageLost", \.messageLost, 120),
            ("messageDoubled", \.messageDoubled, 120),
            ("messageDelayed", \.messageDelayed, 150),
            ("messageBelated", \.messageBelated, 20),
            ("crash", \.crash, 6),
            ("historyLost", \.historyLost, 400),
            ("logUnavailable", \.logUnavailable, 6),
            ("appendUnknown", \.appendUnknown, 20),
            ("publicationFailed", \.publicationFailed, 30),
            ("requestLost", \.requestLost, 60),
            ("replyLost", \.replyLost, 150),
            ("askLost", \.askLost, 150),
            ("wipe", \.wipe, 50),
            ("brokerDown", \.brokerDown, 30),
            ("pause", \.pause, 200),
            ("shutdown", \.shutdown, 60),
            ("keyRotated", \.keyRotated, 20),
            ("clockSet", \.clockSet, 60),
            ("clockJump", \.clockJump, 60),
            ("lie", \.lie, 500),
            ("rewind", \.rewind, 60),
            ("leaseLost", \.leaseLost, 60),
            ("expired", \.expired, 120),
            ("stranger", \.stranger, 300),
            ("intakeStopped", \.intakeStopped, 100),
        ]
    }

    /// The names of all kinds.
    public static var names: [String] { kinds.map(\.name) }

    /// The kinds that can happen, with their rates.
    public var rates: [(name: String, rate: Int)] {
        Self.kinds.map { ($0.name, self[keyPath: $0.path]) }.filter { $0.1 > 0 }
    }

    /// - Parameters:
    ///   - name: One of ``names``.
    ///   - rate: In parts per thousand.
    public mutating func set(_ name: String, to rate: Int) {
        for kind in Self.kinds where kind.name == name { self[keyPath: kind.path] = rate }
    }
}
