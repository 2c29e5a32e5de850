import APIModels
import Saga
import Testing

@testable import BankAPI

struct OrderedAnswersTests {
    private let first = CommandID(high: 0, low: 1)
    private let second = CommandID(high: 0, low: 2)

    @Test("Answers come out in the order of lines, not in the order they came in")
    func order() async {
        let answers = OrderedAnswers(window: 3)
        #expect(await answers.open(for: first) == .open(0))
        #expect(await answers.open(for: second) == .open(1))
        answers.fill(1, with: CommandAnswer(id: second, .conflict))
        answers.fill(0, with: CommandAnswer(id: first, .applied))
        #expect(await answers.take()?.map(\.verdict) == [.applied, .conflict])
        answers.finish()
        #expect(await answers.take() == nil)
    }

    @Test("A full window is waited for, and so is the line before of the same UUID")
    func waiting() async {
        let answers = OrderedAnswers(window: 2)
        #expect(await answers.open(for: first) == .open(0))
        async let same = answers.open(for: first)
        answers.fill(0, with: CommandAnswer(id: first, .applied))
        #expect(await same == .open(1))
        async let late = answers.open(for: second)
        #expect(await answers.take()?.count == 1)
        #expect(await late == .open(2))
    }

    @Test("After one that was turned away, lines are not tried any more")
    func turnedAway() async {
        let answers = OrderedAnswers(window: 3)
        #expect(await answers.open(for: first) == .open(0))
        answers.fill(0, with: CommandAnswer(id: first, .busy))
        #expect(await answers.open(for: first) == .turnedAway(1))
    }

    @Test("A command that waits for a place is rejected when the answers are closed")
    func closed() async {
        let answers = OrderedAnswers(window: 1)
        #expect(await answers.open(for: first) == .open(0))
        async let late = answers.open(for: second)
        answers.close()
        #expect(await late == nil)
        answers.fill(0, with: CommandAnswer(id: first, .applied))
    }

    @Test("A line that found no room for its next bank turns away only those of its UUID")
    func shareFull() async {
        let answers = OrderedAnswers(window: 10)
        #expect(await answers.open(for: first) == .open(0))
        answers.fill(0, with: CommandAnswer(id: first, .busy), turnsAllAway: false)
        #expect(await answers.open(for: second) == .open(1))
        #expect(await answers.open(for: first) == .turnedAway(2))
        answers.fill(1, with: CommandAnswer(id: second, .busy))
        #expect(await answers.open(for: nil) == .turnedAway(3))
    }
}
