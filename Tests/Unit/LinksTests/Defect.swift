/// A rule of the link left out, as in LinkModel's file `checks`: each is found by the walk.
enum Defect: String, CaseIterable {
    // Of the sender.
    case shownBeforeDurable, numbersStartAgain, acknowledgedEarly, loneReadIsEvidence
    case oldTimelineAcknowledges, neverShownAgain, namesNothingAgain, newestHeaderAlways
    case forkUnderSurvivingKey
    // Of the receiver.
    case gapTaken, repeatedTaken, cutCounts, retiredKeyCounts, headerNotContinued, skipsToFork
    case numberKeptAtFork, keysOfSurvivingLog, onlyAGapIsAnswered, retiredKeyUnanswered
    // Of the table, where it concerns the link.
    case goesOnSilently, forkIsOldToo
    // Found while the module was written.
    case oldReadIsEvidence, notHeardWhileAwaiting

    /// How often each node loses its log in a walk that finds it.
    var losses: [Int] {
        switch self {
        case .forkIsOldToo: [1, 1]
        case .oldTimelineAcknowledges, .forkUnderSurvivingKey, .skipsToFork, .numberKeptAtFork,
            .keysOfSurvivingLog, .goesOnSilently, .headerNotContinued, .notHeardWhileAwaiting:
            [1, 0]
        default: [0, 0]
        }
    }

    /// What the walk finds.
    var broken: Claim {
        switch self {
        case .shownBeforeDurable, .numbersStartAgain: .takenIsDurable
        case .acknowledgedEarly, .oldTimelineAcknowledges: .acknowledgedIsTaken
        case .gapTaken, .repeatedTaken, .skipsToFork, .numberKeptAtFork: .inOrder
        case .cutCounts: .isComplete
        case .retiredKeyCounts, .keysOfSurvivingLog: .isGenuine
        case .headerNotContinued: .oneBranch
        case .loneReadIsEvidence, .oldReadIsEvidence: .suspectsOnlyLoss
        case .neverShownAgain, .namesNothingAgain, .newestHeaderAlways, .onlyAGapIsAnswered,
            .retiredKeyUnanswered, .forkUnderSurvivingKey, .goesOnSilently, .forkIsOldToo,
            .notHeardWhileAwaiting:
            .progress
        }
    }
}

/// What LinkModel claims of a link, and that folding the log makes the same values.
enum Claim: String, Error {
    case takenIsDurable, inOrder, isComplete, isGenuine, oneBranch, acknowledgedIsTaken
    case suspectsOnlyLoss, isFold, progress
}
