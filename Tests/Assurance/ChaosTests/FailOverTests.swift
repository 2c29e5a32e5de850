import Testing

@testable import Chaos

/// A failover counts only where the standby took over, and a missing takeover is found.
struct FailOverTests {
    private let begin = ContinuousClock.now
    private let calm = FailOver.calmMax

    private func outcome(_ looks: [(at: Duration, FailOver.Look)]) -> FailOver.Outcome? {
        var judging = FailOver(at: begin)
        for (moment, look) in looks {
            if let outcome = judging.judge(look, at: begin + moment) { return outcome }
        }
        return nil
    }

    @Test("A standby that has opened the log has taken over, whatever else there is")
    func takenOver() {
        #expect(outcome([(.seconds(4), .init())]) == nil)
        #expect(
            outcome([(.seconds(4), .init()), (.seconds(5), .init(hasOpenedLog: true))])
                == .takenOver)
        #expect(
            outcome([(.seconds(1), .init(hasOpenedLog: true, isReady: true, isDisturbed: true))])
                == .takenOver)
    }

    @Test("A standby that nothing disturbs and that does not take over is a violation")
    func leftAlone() {
        #expect(outcome([(calm - .seconds(1), .init())]) == nil)
        #expect(outcome([(calm, .init())]) == .leftAlone)
    }

    @Test("After a disturbance it has as long again")
    func disturbed() {
        let until = (at: Duration.seconds(15), FailOver.Look(isDisturbed: true))
        #expect(outcome([until, (calm, .init())]) == nil)
        #expect(outcome([until, (calm + .seconds(15), .init())]) == .leftAlone)
    }

    @Test("One that is disturbed all the time is prevented, and that is counted")
    func prevented() {
        let looks = (1...60).map { (at: Duration.seconds($0), FailOver.Look(isDisturbed: true)) }
        #expect(outcome(looks) == .prevented)
        #expect(outcome(looks.dropLast()) == nil)
    }

    @Test("One that was the writer already cannot take over")
    func missedTheWriter() {
        #expect(outcome([(calm, .init(isReady: true))]) == .missedTheWriter)
    }

    @Test("What a standby needs is its process, its database and the broker")
    func disturbances() {
        func disturbs(_ fault: Fault, place: Int = 2, server: Int = 1) -> Bool {
            Strike(fault: fault, place: place, server: server, start: 0, lasting: 1)
                .disturbsTakeover(at: 1)
        }
        #expect(disturbs(.killNode, place: 1) && !disturbs(.killNode, place: 0))
        #expect(disturbs(.partition(.database, .drop), place: 1))
        #expect(disturbs(.partition(.broker, .hold), place: 1))
        #expect(!disturbs(.partition(.broker, .hold), place: 0))
        #expect(disturbs(.killPostgres, server: 0) && !disturbs(.killPostgres, server: 1))
        #expect(disturbs(.wipeBroker) && !disturbs(.fillDisk))
    }
}
