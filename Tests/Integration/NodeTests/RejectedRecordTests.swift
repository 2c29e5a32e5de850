import Engine
import EventLog
import Links
import Logging
import MessageBus
import Saga
import TestKit
import Testing

@testable import Node

/// What is said of peers' records and entries that have no effect.
struct RejectedRecordTests {
    private func letter(_ cause: Quarantined.Cause, _ peer: NodeName) -> RejectedRecords.Kind {
        .deadLetter(DeadLetterSource(cause, from: peer))
    }

    private static let reasons: [LinkOutcome.Reason] = [
        .otherLink, .empty, .suspended, .keyNotCompared, .notAccepted, .old, .gap, .olderTimeline,
        .otherHeader, .otherKey, .badSignature, .timelineUnderOtherKey,
        .badProof(.otherHistory(at: .start)),
    ]

    @Test("The first of each cause and peer is logged at once, later ones rarely, with a count")
    func lines() {
        var records = RejectedRecords()
        let (b, c) = (letter(.contradiction, Cast.bankB), letter(.contradiction, Cast.bankC))
        records.add(b, kept: 1, at: .zero)
        records.add(c, kept: 2, at: .zero)
        #expect(
            Set(records.lines(at: .zero)) == [.init(kind: b, kept: 1), .init(kind: c, kept: 2)])
        for _ in 0..<4_000 { records.add(b, kept: 1, dropped: 1, at: .seconds(1)) }
        #expect(records.lines(at: .seconds(1)) == [])
        // What was counted is logged, though nothing more comes.
        #expect(
            records.lines(at: .seconds(2)) == [.init(kind: b, kept: 4_000, dropped: 4_000)])
        #expect(records.lines(at: .seconds(1_000)) == [])
        records.add(.notTaken(Cast.bankB, .noExcerpt), dropped: 1, at: .seconds(3))
        #expect(records.lines(at: .seconds(3)).count == 1)
    }

    @Test("An hour of them makes few lines; after ten quiet minutes the next is a first one")
    func hour() {
        var records = RejectedRecords()
        let kind = letter(.unexpectedAnswer, Cast.bankB)
        var told: [Int] = []
        for second in 0..<3_600 {
            records.add(kind, kept: 1, at: .seconds(second))
            if !records.lines(at: .seconds(second)).isEmpty { told.append(second) }
        }
        #expect(told.prefix(6) == [0, 2, 6, 14, 30, 62])
        #expect(told.count < 16)
        _ = records.lines(at: .seconds(4_300))
        records.add(kind, kept: 1, at: .seconds(4_300))
        #expect(records.lines(at: .seconds(4_300)).count == 1)
        records.add(kind, kept: 1, at: .seconds(4_301))
        #expect(records.lines(at: .seconds(4_301)).isEmpty)
        #expect(records.lines(at: .seconds(4_302)).count == 1)
    }

    @Test("Every cause has a description")
    func words() {
        for cause in Quarantined.Cause.allCases {
            #expect(DeadLetterSource(cause, from: Cast.bankB).inWords.count > 20)
        }
        let meanings: [RejectedRecords.Meaning] =
            [.stranger, .noExcerpt] + Self.reasons.map { RejectedRecords.Meaning($0) }
        #expect(Set(meanings).count == meanings.count)
        for meaning in meanings { #expect(meaning.inWords.count > 20) }
    }

    @Test("A node that is sent garbage says so, with the cause and its meaning")
    func garbage() async throws {
        let (bus, lines) = (InMemoryMessageBus(), Lines())
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.change = { $0.logger = lines.logger }
        try network.start("bank-a", on: InMemoryEventLog())
        try await network.openAccounts()
        let noise = Record(key: [], headers: [], value: [0xFF])
        _ = try await bus.publish([noise, noise, noise], to: "transfers.bank-b.bank-a")
        let line = try await eventually {
            lines.all.first { $0.message.hasPrefix("nothing was taken of records") }
        }
        #expect(line.level == .warning)
        #expect(line.metadata["cause"] == "noExcerpt")
        #expect(line.metadata["peer"] == "bank-b")
        #expect("\(line.metadata["meaning"] ?? "")".contains("no excerpt"))
        try await network.stopAll()
    }
}
