import Chain
import Saga

/// What a commit has said so far, as far as it decides what its further entries may say. Of no
/// meaning behind the commit's end.
struct CommitMarks: Sendable {
    /// Of the last entry before the commit.
    let start: Position
    /// The commit's.
    let time: Timestamp
    /// Of the commit before; `nil` where it is not known, and then no timeline begins.
    let previousHash: Hash?
    /// The step that the last entry made, or said to be, `reserved` again, where it was asked
    /// before that the saga be given up: that has to follow now.
    var abandonDue: StepID?
    /// The key that signs the next commit, where that is another.
    var rotatedKey: [UInt8]?
    /// Whether a timeline begins with the commit.
    var startsTimeline = false
    /// The peers that were shown the new key, or the new timeline: all have to be.
    var told: Set<NodeName> = []
    private var links: [NodeName: Link] = [:]

    /// What the commit has said of a peer's log.
    struct Link: Sendable {
        /// Where the node stands in the peer's log is set by the peer's `accepted` or by people, so
        /// it may lie before what was taken.
        var isMoved = false
        /// People have compared the peer's key.
        var isCompared = false
        /// They did so although the peer's log said which key counts: they have to accept a
        /// timeline under that key.
        var isAcceptanceDue = false
        /// The ids of the keys that counted before those that the commit takes.
        var formerKeys: [KeyID] = []
        /// The peer's timeline that is accepted.
        var accepted: TimelineName?
        /// The newest entry that was taken and refused; 0 for none.
        var refused: UInt64 = 0
        /// Something was taken of the peer, so a `read` has to follow.
        var isReadDue = false
        /// The `read` was there: nothing further is taken of the peer.
        var hasRead = false
    }

    init(after start: Position, _ previousHash: Hash? = nil, at time: Timestamp) {
        self.start = start
        self.time = time
        self.previousHash = previousHash
    }

    subscript(peer: NodeName) -> Link {
        get { links[peer] ?? Link() }
        set { links[peer] = newValue }
    }

    /// - Parameter peerCount: The number of all whose log this node reads.
    /// - Throws: The commit ends too early.
    func checkEnd(peerCount: Int) throws(FoldFault) {
        guard abandonDue == nil else {
            throw FoldFault("a commit does not give up a saga that it reserves, as was asked")
        }
        guard links.values.allSatisfy({ !$0.isReadDue }) else {
            throw FoldFault("a commit takes entries of a peer and does not say how far")
        }
        guard links.values.allSatisfy({ !$0.isAcceptanceDue }) else {
            throw FoldFault("a peer's key was compared, while the peer's log says which counts")
        }
        guard rotatedKey == nil && !startsTimeline || told.count == peerCount else {
            throw FoldFault("a commit does not show its new key or timeline to all peers")
        }
    }
}
