import APIModels
import Saga

/// Which lines of a file may be sent now, and what their answers mean.
///
/// Lines of one UUID go in the order of the file, the next only when the one before was answered:
/// so that which copy is the first does not depend on what is lost on the way. A line whose answer
/// was lost is sent again, and the answer that its own first copy left behind is its answer.
struct SubmissionOrder {
    struct Line: Equatable {
        let index: Int
        let id: CommandID
    }

    /// How many lines wait to be sent or answered at most, without those that are put off; those
    /// behind stay in the file.
    static let windowMax = 1_000
    /// How many lines are put off at most.
    static let putOffMax = 20_000

    private(set) var waiting: [Line] = []
    private var sentBefore: Set<Int> = []
    /// Lines that the bank had no room for when they were sent last: perhaps for one other bank
    /// only, so they do not keep back those behind them.
    private var putOff: Set<Int> = []
    /// UUIDs for which a line was answered: their later copies are copies.
    private var answered: Set<CommandID> = []

    /// The next line of the file.
    mutating func add(_ line: Line) {
        precondition(hasRoom, "lines are read when there is room for them")
        waiting.append(line)
    }

    var hasRoom: Bool {
        waiting.count - putOff.count < Self.windowMax && putOff.count < Self.putOffMax
    }

    /// The oldest lines that may be sent at once: no two of one UUID. Of those that are put off it
    /// takes a tenth, and more where there are not enough others.
    func next(atMost count: Int) -> [Line] {
        var (others, again): ([Line], [Line]) = ([], [])
        var ids: Set<CommandID> = []
        for line in waiting where ids.insert(line.id).inserted {
            if !putOff.contains(line.index) {
                others.append(line)
                if others.count == count { break }
            } else if again.count < count {
                again.append(line)
            }
        }
        let share = max(min(again.count, (count + 9) / 10), count - others.count)
        return (again.prefix(share) + others.prefix(count - min(share, again.count))).sorted {
            $0.index < $1.index
        }
    }

    /// Takes the answer to a line that was sent.
    ///
    /// - Returns: The line's own answer: a `duplicate` that only its own lost copy has caused
    ///   becomes the answer that the copy was given.
    mutating func take(
        _ answer: CommandAnswer.Verdict, for line: Line
    ) -> CommandAnswer.Verdict {
        waiting.removeAll { $0 == line }
        putOff.remove(line.index)
        let wasSentBefore = sentBefore.remove(line.index) != nil
        let isFirst = answered.insert(line.id).inserted
        guard isFirst, wasSentBefore, case .duplicate(let first) = answer else { return answer }
        switch first {
        case .applied: return .applied
        case .refused(let refusal): return .refused(refusal)
        }
    }

    /// The bank had no room for the line; it did not try it.
    mutating func putBehind(_ line: Line) { putOff.insert(line.index) }

    /// The line was sent, and its answer did not come.
    mutating func lostAnswer(to line: Line) {
        sentBefore.insert(line.index)
    }

    func wasSentBefore(_ line: Line) -> Bool { sentBefore.contains(line.index) }
}
