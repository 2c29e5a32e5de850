import Simulation
import Testing

/// Plants one bug at a time: the simulator is worth what it finds.
@Suite struct MutationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let mutation: Mutation
        /// The checkers that may object first.
        let checkers: Set<String>
        /// How many seeds it may take.
        let seedsMax: UInt64

        var testDescription: String { mutation.rawValue }

        init(_ mutation: Mutation, _ checkers: Set<String>, within seedsMax: UInt64 = 10) {
            self.mutation = mutation
            self.checkers = checkers
            self.seedsMax = seedsMax
        }
    }

    static let rows = [
        Row(.replyBeforeDurable, ["VerdictsHold"]),
        Row(.answerBeforeDurable, ["NothingAheadOfDisk", "JournalEqualsLog"]),
        Row(.emptyBatchNotHeldBack, ["NothingAheadOfDisk", "JournalEqualsLog", "VerdictsHold"]),
        Row(.relayBeforeDurable, ["JournalEqualsLog"]),
        Row(
            .unknownOutcomeTrusted, ["VerdictsHold", "JournalEqualsLog", "ReplayEqualsLive"],
            within: 30),
        Row(.diskForgets, ["DenseLog"]),
        Row(.snapshotTooFar, ["ReplayEqualsLive"]),
        Row(.recoveryStopsShort, ["DenseLog"]),
        Row(.failedPublicationSkipped, ["NoMessageSkipped", "JournalEqualsLog"]),
        Row(.messagesBeforeJournal, ["JournalEqualsLog"]),
        Row(.relayStartsAtHead, ["JournalEqualsLog"]),
        Row(.journalNotRefilled, ["JournalEqualsLog"]),
        Row(.cursorBeforeEffect, ["InboxNotSkipped"]),
        Row(.inboxCheckedByExistence, ["InboxNotSkipped"], within: 60),
        Row(.inboxRestartNotTold, ["InboxNotSkipped"]),
        Row(.codeNotChecked, ["OneOutcome"]),
        Row(.tombstoneForgotten, ["NothingAheadOfDisk"]),
        Row(.contentNotCompared, ["OneOutcome", "Conservation", "NothingAheadOfDisk"]),
        Row(.onlyReserveCompared, ["OneOutcome"], within: 60),
        Row(.abandonReleases, ["OneOutcome"]),
        Row(.placeNotChecked, ["OneOutcome"], within: 20),
        Row(.fingerprintNotCompared, ["VerdictsHold"]),
        Row(.duplicateToldAsNew, ["VerdictsHold"]),
        Row(.exposureIgnored, ["ExposureWithinLimit"]),
        Row(.neverAsksAgain, ["Terminal"]),
    ]

    @Test("A planted bug is caught", arguments: rows)
    func isCaught(_ row: Row) {
        for seed in 1...row.seedsMax {
            let report = Simulation(seed: seed, mutation: row.mutation).run()
            guard let failure = report.failure else { continue }
            #expect(row.checkers.contains(failure.checker), "\(report)")
            return
        }
        Issue.record("\(row.mutation) was not caught in \(row.seedsMax) seeds")
    }

    @Test("Every planted bug has a row")
    func allHaveRows() {
        #expect(Self.rows.map(\.mutation) == Mutation.allCases)
    }
}
