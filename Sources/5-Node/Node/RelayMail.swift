import Links
import Saga

/// What has come for a relay since it last looked.
struct RelayMail: Sendable {
    /// An entry for the peer, as an outbox has to know it.
    struct Given: Sendable {
        /// Without what it says of a step, which its commit has.
        let shown: Shown
        let position: Position
        /// The number of its commit.
        let commit: UInt64

        init(_ entry: ShownEntry, in commit: UInt64) {
            self.commit = commit
            position = entry.position
            let says = entry.says
            guard let number = says.number else {
                shown = says
                return
            }
            switch says.what {
            case .step, .notUnderstood: shown = Shown(to: says.peer, number: number, .step([]))
            default: shown = says
            }
        }
    }

    /// More of them than that say nothing that the newest do not.
    private static let heardMax = 64

    /// Numbered, oldest first.
    private(set) var given: [Given] = []
    /// The newest says all that the others do.
    private(set) var read: Given?
    /// Oldest first.
    private(set) var heard: [Read] = []
    var isToSayAgain = false
    /// What a durable commit has changed between the two nodes; `nil`: nothing.
    var change: (isSuspended: Bool, isAnswered: Bool)?

    mutating func add(_ entries: [ShownEntry], of commit: UInt64) {
        for entry in entries {
            let new = Given(entry, in: commit)
            if entry.says.number == nil { read = new } else { given.append(new) }
        }
    }

    mutating func add(_ read: Read) {
        if heard.count == Self.heardMax { heard.removeFirst() }
        heard.append(read)
    }
}
