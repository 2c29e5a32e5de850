import APIModels
import DequeModule
import Saga
import Synchronization

/// The answers of a batch, in the order of its lines, however they come in.
///
/// One task opens a place per line, one takes answers out, and anybody fills places. At most
/// `window` places are open: the reader of lines waits until answers were taken. Lines of one UUID
/// are never in flight together, so that what comes after a `busy` one cannot overtake it.
final class OrderedAnswers: Sendable {
    fileprivate struct Contents {
        /// From the oldest that was not taken yet; `nil` where the answer is not there.
        var answers: Deque<CommandAnswer?> = []
        /// The number of the first place in `answers`.
        var first = 0
        var underWay: Set<CommandID> = []
        /// Whether no later line is tried.
        var isBusy = false
        /// UUIDs of which a line was turned away: the later ones must not overtake it.
        var busy: Set<CommandID> = []
        var isFinished = false
        var isClosed = false
        var opener: CheckedContinuation<Void, Never>?
        var taker: CheckedContinuation<Void, Never>?
    }

    enum Place: Equatable {
        case open(Int)
        /// The line is not to be tried: an earlier one was turned away.
        case turnedAway(Int)

        var number: Int {
            switch self {
            case .open(let number), .turnedAway(let number): number
            }
        }
    }

    private let contents = Mutex(Contents())
    private let window: Int

    init(window: Int) {
        self.window = window
    }

    /// A place for the next line.
    ///
    /// - Parameter id: The line's UUID; `nil` for a line that has none.
    /// - Returns: `nil` once answers are no longer taken.
    func open(for id: CommandID?) async -> Place? {
        while true {
            if let place = contents.withLock({ $0.place(for: id, window: window) }) { return place }
            if contents.withLock({ $0.isClosed }) { return nil }
            await withCheckedContinuation { continuation in
                let goOn = contents.withLock { contents in
                    if contents.isClosed || contents.hasPlace(for: id, window: window) {
                        return true
                    }
                    contents.opener = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        }
    }

    /// Puts an answer into its place; once per place.
    ///
    /// - Parameter turnsAllAway: Whether a `busy` one is a reason to try no later line; otherwise
    ///   only those of its UUID are not tried.
    func fill(_ number: Int, with answer: CommandAnswer, turnsAllAway: Bool = true) {
        let (opener, taker) = contents.withLock { contents in
            contents.fill(number, with: answer, turnsAllAway)
            return (
                contents.opener.take(), contents.isHeadFilled ? contents.taker.take() : nil
            )
        }
        opener?.resume()
        taker?.resume()
    }

    /// There are no more lines.
    func finish() {
        let taker = contents.withLock { contents in
            contents.isFinished = true
            return contents.taker.take()
        }
        taker?.resume()
    }

    /// All answers up to the first that is not there yet, as soon as there is one.
    ///
    /// - Returns: `nil` when all lines are answered.
    func take() async -> [CommandAnswer]? {
        while true {
            let (answers, opener) = contents.withLock { ($0.takeFilled(), $0.opener.take()) }
            opener?.resume()
            if !answers.isEmpty { return answers }
            if contents.withLock({ $0.isFinished && $0.answers.isEmpty }) { return nil }
            await withCheckedContinuation { continuation in
                let goOn = contents.withLock { contents in
                    if contents.isHeadFilled || (contents.isFinished && contents.answers.isEmpty) {
                        return true
                    }
                    contents.taker = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        }
    }

    /// Ends the taking of answers.
    func close() {
        let opener = contents.withLock { contents in
            contents.isClosed = true
            return contents.opener.take()
        }
        opener?.resume()
    }
}

extension OrderedAnswers.Contents {
    fileprivate var isHeadFilled: Bool { answers.first.map { $0 != nil } ?? false }

    fileprivate func hasPlace(for id: CommandID?, window: Int) -> Bool {
        answers.count < window && !(id.map(underWay.contains) ?? false)
    }

    fileprivate mutating func place(for id: CommandID?, window: Int) -> OrderedAnswers.Place? {
        guard !isClosed, hasPlace(for: id, window: window) else { return nil }
        let number = first + answers.count
        answers.append(nil)
        if isBusy || id.map(busy.contains) ?? false { return .turnedAway(number) }
        if let id { underWay.insert(id) }
        return .open(number)
    }

    fileprivate mutating func fill(
        _ number: Int, with answer: CommandAnswer, _ turnsAllAway: Bool
    ) {
        precondition(
            answers.indices.contains(number - first) && answers[number - first] == nil,
            "a place is open until it is filled once")
        answers[number - first] = answer
        if let id = answer.id { underWay.remove(id) }
        guard answer.verdict == .busy else { return }
        if turnsAllAway { isBusy = true }
        if let id = answer.id { busy.insert(id) }
    }

    fileprivate mutating func takeFilled() -> [CommandAnswer] {
        var taken: [CommandAnswer] = []
        while case .some(.some(let answer)) = answers.first {
            taken.append(answer)
            answers.removeFirst()
        }
        first += taken.count
        return taken
    }
}
