import Chain
import Engine
import Saga
import Wire

/// An answer to a client is in the durable log when it is given, and stays true permanently: the
/// same command gets the same answer again, another one under its UUID is a conflict.
struct VerdictsHold<P: WireParticipant>: Checker {
    private struct Told {
        let fingerprint: Hash
        let answer: Verdict.FirstAnswer
        /// Whether a client got it as the first answer.
        let isFirst: Bool
        /// The processes that have given it. A client that retries at another one may get it there
        /// as a duplicate before it is given as the first: a writer that stalled answers late.
        let processes: [Int]
    }

    /// By node, the answer to each UUID's first command.
    private var told: [[CommandID: Told]]

    init(nodes count: Int) {
        told = Array(repeating: [:], count: count)
    }

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .replied(let node, let process, let command, let reply):
            try check(reply, command, node, process, truth.states[node])
        case .saw(let node, let position, let since):
            guard position <= truth.states[node].position else {
                throw Violation("VerdictsHold", "a read saw \(position), which is not durable")
            }
            guard position >= since else {
                throw Violation(
                    "VerdictsHold", "a read saw \(position) when \(since) was durable already")
            }
        case .recovered(let node, let state): try checkAll(told[node], state)
        case .ended:
            for node in told.indices { try checkAll(told[node], truth.states[node]) }
        default: break
        }
    }

    private mutating func check(
        _ reply: Reply, _ command: Command<P>, _ node: Int, _ process: Int, _ state: State<P>
    ) throws(Violation) {
        let begun = state.saga(begunBy: command.id).flatMap { state[$0] }
        switch (command.order, reply) {
        case (_, .busy), (_, .shareFull): break
        case (.abandon, .unknownSaga):
            // Unless its beginning came after the question, in one batch with it.
            let isKnown = told[node][command.id] != nil && begun != nil
            try require(!isKnown, command, "is known, but was not found")
        case (.abandon, .verdict(.duplicate(let answer))):
            try require(
                state.firstAnswer(to: command.id) == answer, command, "received another answer")
        case (.abandon, .verdict(.applied)):
            try require(begun?.step(0)?.isAbandonRequested == true, command, "was not abandoned")
        case (.begin, .verdict(let verdict)), (.operate, .verdict(let verdict)):
            try check(verdict, command, node, process, state)
        default: try require(false, command, "got a reply to another question")
        }
    }

    private mutating func check(
        _ verdict: Verdict, _ command: Command<P>, _ node: Int, _ process: Int,
        _ state: State<P>
    ) throws(Violation) {
        let known = state.commands[command.id]?.command
        let first = state.firstAnswer(to: command.id)
        let isFirst = known?.fingerprint == command.fingerprint
        let before = told[node][command.id]
        let processes = before?.processes ?? []
        let wasFirst = before?.isFirst == true
        let isLate = wasFirst || processes.contains(process)
        switch verdict {
        case .conflict:
            try require(known != nil && !isFirst, command, "is no conflict")
            return
        case .applied:
            try require(!isLate, command, "was applied again")
            try require(first == .applied, command, "was not applied")
        case .refused(let refusal):
            try require(!isLate, command, "was refused again")
            try require(first == .refused(refusal), command, "was not refused")
        case .duplicate(let answer):
            try require(first == answer, command, "received another answer")
            try require(before.map { $0.answer == answer } ?? true, command, "has two answers")
        }
        try require(isFirst, command, "was not the first under its UUID")
        guard let first else { return }
        told[node][command.id] = Told(
            fingerprint: command.fingerprint, answer: first,
            isFirst: wasFirst || verdict.isFirst,
            processes: processes.contains(process) ? processes : processes + [process])
    }

    private func checkAll(
        _ told: [CommandID: Told], _ state: State<P>
    ) throws(Violation) {
        let broken = told.filter { id, told in
            state.commands[id]?.command?.fingerprint != told.fingerprint
                || state.firstAnswer(to: id) != told.answer
        }
        guard let first = broken.keys.min() else { return }
        throw Violation(
            "VerdictsHold", "\(state.node) told \(first) what it no longer knows", saga: first)
    }

    private func require(
        _ condition: Bool, _ command: Command<P>, _ message: String
    ) throws(Violation) {
        guard condition else {
            throw Violation("VerdictsHold", "command \(command.id) \(message)", saga: command.id)
        }
    }
}

extension Verdict {
    /// Whether it is given once, for what was decided just now.
    fileprivate var isFirst: Bool {
        switch self {
        case .applied, .refused: true
        case .duplicate, .conflict: false
        }
    }
}
