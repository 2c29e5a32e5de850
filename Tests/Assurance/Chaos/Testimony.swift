import APIModels
import Ledger
import Saga
import Synchronization

/// Requests and answers of all clients, and every answer that contradicts an earlier one.
final class Testimony: Sendable {
    /// What was said about one of an order's contents.
    enum Word: Hashable, Sendable {
        case answered(CommandAnswer.FirstAnswer)
        /// The UUID is another content's.
        case conflict

        var isRefusal: Bool {
            if case .answered(.refused) = self { true } else { false }
        }
    }

    struct Story: Sendable {
        let order: Order
        let round: Int
        /// For each content.
        var words: [Word?]
        /// The number of answers that named the client the first sender.
        var firsts = 0
        /// As its bank said when it was final.
        var state: TransferState?

        /// The content that the UUID stands for, where the bank has said so.
        var content: TransferRequest? {
            zip(order.requests, words).first { $1 != .conflict && $1 != nil }?.0
        }
    }

    private struct Book {
        var stories: [CommandID: Story] = [:]
        var order: [CommandID] = []
        var deposits: [CommandID: (account: AccountID, amount: Amount)] = [:]
        var faults: [String] = []
        var conflicts = 0
        var answers = 0
        var attempts = 0
    }

    private let book = Mutex(Book())

    func begin(_ order: Order, round: Int) {
        book.withLock {
            $0.stories[order.id] = Story(
                order: order, round: round,
                words: Array(repeating: nil, count: order.requests.count))
            $0.order.append(order.id)
        }
    }

    func beginDeposit(_ id: CommandID, of amount: Amount, to account: AccountID) {
        book.withLock { $0.deposits[id] = (account, amount) }
    }

    func noteAttempt() { book.withLock { $0.attempts += 1 } }

    /// Something was said that must not be.
    func accuse(_ fault: String) { book.withLock { $0.faults.append(fault) } }

    /// Takes down what a bank's process answered to content `index` of an order.
    ///
    /// - Returns: What it said; `nil` where that says nothing.
    @discardableResult func note(
        _ verdict: CommandAnswer.Verdict, of id: CommandID, _ index: Int, at place: String
    ) -> Word? {
        let word: Word
        var isFirst = false
        switch verdict {
        case .applied: (word, isFirst) = (.answered(.applied), true)
        case .refused(let refusal): (word, isFirst) = (.answered(.refused(refusal)), true)
        case .duplicate(of: let first): word = .answered(first)
        case .conflict: word = .conflict
        case .busy: return nil
        case .invalid(let invalid):
            accuse("\(id) is invalid to \(place): \(invalid)")
            return nil
        }
        book.withLock { book in
            book.answers += 1
            guard var story = book.stories[id] else { return }
            if let before = story.words[index], before != word {
                book.faults.append("\(id): told \(before), then \(word) by \(place)")
            }
            story.words[index] = word
            if isFirst { story.firsts += 1 }
            if isFirst && story.firsts > 1 {
                book.faults.append("\(id): \(place) says it is the first, as one before")
            }
            if story.words.count(where: { $0 != nil && $0 != .conflict }) > 1 {
                book.faults.append("\(id): two contents were taken in, says \(place)")
            }
            if story.words.allSatisfy({ $0 == .conflict }) {
                book.faults.append("\(id): none of its contents was taken in, says \(place)")
            }
            book.stories[id] = story
        }
        return word
    }

    /// A content under a UUID of something else was sent: it must have been a conflict.
    func noteForged(_ verdict: CommandAnswer.Verdict, of id: CommandID, at place: String) -> Bool? {
        if verdict == .busy { return nil }
        book.withLock { book in
            book.conflicts += 1
            guard verdict == .conflict else {
                book.faults.append("\(id): other content is \(verdict) at \(place)")
                return
            }
        }
        return true
    }

    /// A bank says how a transfer has ended: once so, always so.
    func noteState(_ state: TransferState, of id: CommandID) {
        book.withLock { book in
            guard let story = book.stories[id] else { return }
            if let before = story.state, before != state {
                book.faults.append("\(id): was \(before), is \(state)")
            }
            book.stories[id]?.state = state
        }
    }

    // What is there now.

    var stories: [CommandID: Story] { book.withLock { $0.stories } }
    var deposits: [CommandID: (account: AccountID, amount: Amount)] {
        book.withLock { $0.deposits }
    }
    var faults: [String] { book.withLock { $0.faults } }
    var count: Int { book.withLock { $0.order.count } }
    var conflicts: Int { book.withLock { $0.conflicts } }
    var attempts: Int { book.withLock { $0.attempts } }
    var answers: Int { book.withLock { $0.answers } }

    /// The stories from the one of that number on, in the order in which they began.
    func stories(from number: Int) -> [Story] {
        book.withLock { book in book.order[number...].compactMap { book.stories[$0] } }
    }
}
