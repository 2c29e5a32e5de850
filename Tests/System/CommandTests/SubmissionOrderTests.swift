import APIModels
import Saga
import Testing

@testable import giro

/// Which lines of a file are sent next, where a bank had no room for some.
struct SubmissionOrderTests {
    /// A line. Each has another UUID, but for `copies`, which have one in common.
    private static func line(_ index: Int, copies: Range<Int> = 0..<0) -> SubmissionOrder.Line {
        let number = copies.contains(index) ? copies.lowerBound : index
        return .init(index: index, id: CommandID(high: 1, low: UInt64(number) + 1))
    }

    private static func order(
        _ count: Int, putBehind behind: Range<Int>, copies: Range<Int> = 0..<0
    ) -> SubmissionOrder {
        var order = SubmissionOrder()
        for index in 0..<count { order.add(line(index, copies: copies)) }
        for index in behind { order.putBehind(line(index, copies: copies)) }
        return order
    }

    @Test("Lines that found no room do not keep back those behind them, and are tried again")
    func putBehind() {
        let order = Self.order(300, putBehind: 0..<200)
        let next = order.next(atMost: 100).map(\.index)
        #expect(next == Array(0..<10) + Array(200..<290))
    }

    @Test("Where there are not enough others, more of them are tried", arguments: [
        (100, 100), (150, 100), (190, 100), (5, 5), (0, 0),
    ])
    func onlyThose(_ count: Int, _ expected: Int) {
        let order = Self.order(count, putBehind: 0..<count)
        #expect(order.next(atMost: 100).map(\.index) == Array(0..<expected))
    }

    @Test("The order of one UUID's lines stays: the later does not overtake the one put behind")
    func copies() {
        let order = Self.order(30, putBehind: 0..<20, copies: 15..<25)
        let next = order.next(atMost: 25).map(\.index)
        #expect(next == Array(0...15) + Array(25..<30))
    }

    @Test("There is room for others while lines are put behind, up to a bound")
    func room() {
        var order = SubmissionOrder()
        var index = 0
        while order.hasRoom {
            order.add(Self.line(index))
            order.putBehind(Self.line(index))
            index += 1
        }
        #expect(index == SubmissionOrder.putOffMax)
        // Answered, a line takes no more room.
        #expect(order.take(.applied, for: Self.line(7)) == .applied)
        #expect(order.hasRoom)
    }
}
