import Foundation
import TestTags
import Testing

/// Two processes of one bank on PostgreSQL and a broker, under load: one active, one standing by.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct StandbyProcessTests {
    @Test("A standby takes over from a killed active process; every answer given stays valid")
    func killed() async throws {
        try await withLoadedBanks(standby: true) { scene in
            try await scene.load.waitForOutcomes(60, from: 0)
            try await scene.places[0].kill()
            try await scene.load.waitForOutcomes(60, from: 1)
        } after: { scene in
            report("killed", scene)
            try await scene.check(at: 1)
        }
    }

    @Test("A standby takes over from a paused process; resumed, it stops and answers nothing wrong")
    func paused() async throws {
        try await withLoadedBanks(standby: true, heartbeatTimeout: 2_000) { scene in
            let (old, load, looks) = (scene.places[0], scene.load, scene.looks)
            try await load.waitForOutcomes(60, from: 0)
            await looks.crowd(at: 0)
            old.pause()
            try await load.waitForOutcomes(20, from: 1)
            // Asked after the takeover, over connections that are open: if the old process answered
            // before it looks whose log it is, it would be here.
            async let crowd: Void = looks.crowd(at: 0)
            try await load.waitForOutcomes(40, from: 1)
            let waiting = load.underWay + looks.underWay
            #expect(waiting > LookLoad.crowdSize)
            let woken = ContinuousClock.now
            old.resume()
            let ending = try await old.ending()
            print(
                "standby: woken, \(waiting) requests waiting, the old process ended after "
                    + "\(milliseconds(.now - woken)) ms")
            #expect(ending.code == 75, "\(ending.errors.suffix(1_000))")
            #expect(ending.errors.contains("giro: fenced: "))
            #expect(
                !ending.errors.contains("the statements are invalid"), "they are as good as ever")
            await crowd
            try await load.waitForOutcomes(20, from: 1)
        } after: { scene in
            report("stood still", scene)
            try checkSilence(of: 0, after: 1, scene)
            try await scene.check(at: 1)
        }
    }

    /// The old process answered nothing that it was asked after the new one's first answer.
    private func checkSilence(of old: Int, after new: Int, _ scene: LoadedBanks) throws {
        let attempts = scene.load.attempts.filter { $0.outcome != nil }
        let looks = scene.looks.looks.filter { $0.sight != nil }
        let takenOver = try #require(
            attempts.filter { $0.place == new }.map(\.ended).min())
        #expect(!attempts.contains { $0.place == old && $0.began > takenOver })
        #expect(!looks.contains { $0.place == old && $0.began > takenOver })
        let late =
            attempts.count { $0.place == old && $0.ended > takenOver }
            + looks.count { $0.place == old && $0.ended > takenOver }
        print("standby: \(late) answers of the old process came after the takeover, all true")
    }

    @Test("Active and standby swap several times, by crash and by order")
    func swapped() async throws {
        try await withLoadedBanks(standby: true) { scene in
            for round in 0..<4 {
                let (active, standby) = (round % 2, 1 - round % 2)
                try await scene.load.waitForOutcomes(20, from: active)
                if round == 2 {
                    try await scene.places[active].stop()
                } else {
                    try await scene.places[active].kill()
                }
                try await scene.load.waitForOutcomes(20, from: standby)
                try await scene.places[active].start("--standby")
                try await scene.places[active].waitUntilStandingBy()
            }
        } after: { scene in
            report("swapped four times", scene)
            try await scene.check(at: 0)
        }
    }

    private func report(_ fate: String, _ scene: LoadedBanks) {
        let told = scene.load.attempts.count { $0.outcome != nil }
        let failed = scene.load.attempts.filter { $0.outcome == nil }
        let failing = (failed.map(\.ended).max() ?? .now) - (failed.map(\.began).min() ?? .now)
        print(
            "standby: the active \(fate): no answer for \(milliseconds(scene.load.longestSilence))"
                + " ms; \(failed.count) requests failed within \(milliseconds(failing)) ms;"
                + " \(told) answers, \(scene.looks.looks.count { $0.sight != nil }) looks")
    }

    private func milliseconds(_ duration: Duration) -> Int64 {
        Int64(duration / .milliseconds(1))
    }
}
