import Backoff
import Testing

struct BackoffTests {
    static let series: [(first: Int, limit: Int, pauses: [Int])] = [
        (1, 8, [1, 2, 4, 8, 8, 8]),
        (100, 10_000, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]),
        (3, 3, [3, 3, 3]),
        (5, 6, [5, 6, 6]),
        (0, 10, [0, 0, 0]),
    ]

    @Test("Pauses double up to the limit, and stay there", arguments: series)
    func grows(first: Int, limit: Int, pauses: [Int]) {
        var backoff = Backoff(from: .milliseconds(first), upTo: .milliseconds(limit))
        #expect(pauses.map { _ in backoff.next() } == pauses.map { .milliseconds($0) })
    }

    @Test("Only a success sets the pauses back, and then all the way", arguments: 0...20)
    func resets(failures: Int) {
        let fresh = Backoff(from: .seconds(2), upTo: .seconds(600))
        var backoff = fresh
        for _ in 0..<failures { _ = backoff.next() }
        #expect((backoff == fresh) == (failures == 0))
        backoff.reset()
        #expect(backoff == fresh)
    }

    @Test("However often it fails, the pause neither overflows nor shrinks")
    func lasts() {
        var backoff = Backoff(from: .milliseconds(1), upTo: .seconds(600))
        var before = Duration.zero
        for _ in 0..<1_000 {
            let pause = backoff.next()
            #expect(pause >= before)
            before = pause
        }
        #expect(before == .seconds(600))
    }
}
