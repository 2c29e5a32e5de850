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

    private(set) var given: [Given] = []
    /// Oldest first.
    private(set) var heard: [Read] = []
    var isToSayAgain = false
    /// The peer has accepted the own newest timeline.
    private(set) var isAnswered = false
    /// `nil`: as before.
    private(set) var isSuspended: Bool?

    mutating func add(_ entries: [ShownEntry], of commit: UInt64) {
        for entry in entries { given.append(Given(entry, in: commit)) }
    }

    mutating func add(_ read: Read) {
        if heard.count == Self.heardMax { heard.removeFirst() }
        heard.append(read)
    }

    /// Takes note of what a commit changes between the two nodes.
    mutating func add<Fact>(_ events: [Event<Fact>], about peer: NodeName) {
        for event in events {
            switch event {
            case .peerSuspended(peer, _): isSuspended = true
            case .peerAccepted(peer, _, _), .peerKeyCompared(peer, _, _): isSuspended = false
            case .peerAnswered(peer): isAnswered = true
            default: break
            }
        }
    }
}
