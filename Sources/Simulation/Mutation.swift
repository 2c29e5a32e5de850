/// A bug planted into a run, to prove that the simulator would find it.
///
/// All of them are in what the simulator puts around the production code: in its shell, or in the
/// ``Mind`` that stands between the shell and the engine. No production build holds any of them.
public enum Mutation: String, Sendable, CaseIterable {
    // The shell lets something out too early.
    /// Replies leave when they are computed, not when what they rest on is durable.
    case replyBeforeDurable
    /// Answers and repeated questions leave when they are computed.
    case answerBeforeDurable
    /// A batch that wrote nothing is released although commits before it are in flight.
    case emptyBatchNotHeldBack
    /// The relay gets a commit when it is sealed.
    case relayBeforeDurable

    // The shell trusts what it should look up.
    /// An append of unknown outcome is taken for done.
    case unknownOutcomeTrusted
    /// The disk forgets the newest commit in a crash.
    case diskForgets
    /// A snapshot is labelled with the commit before the one it was taken after.
    case snapshotTooFar
    /// Recovery leaves out the newest commit.
    case recoveryStopsShort

    // The relay.
    /// A publication that failed is taken for done.
    case failedPublicationSkipped
    /// Messages leave before the journal has the commit they follow from.
    case messagesBeforeJournal
    /// After a restart the relay takes all that is durable for published.
    case relayStartsAtHead
    /// An emptied journal is continued, not refilled.
    case journalNotRefilled

    // The inbox.
    /// After a restart the inbox is read on from where memory had been, not from the log's cursor.
    case cursorBeforeEffect
    /// That some record stands at the cursor is enough, whichever it is.
    case inboxCheckedByExistence
    /// The inbox is read from the beginning without telling the engine.
    case inboxRestartNotTold
    /// Authentication codes are not looked at.
    case codeNotChecked

    // The engine.
    /// Abandon at an unknown step is answered and not remembered.
    case tombstoneForgotten
    /// A second content under one UUID is taken for the first.
    case contentNotCompared
    /// As before, but Reserve is compared.
    case onlyReserveCompared
    /// Who asks for an end takes it for granted.
    case abandonReleases
    /// Any peer may answer for any other.
    case placeNotChecked
    /// A UUID that was used is a duplicate, whatever is sent under it.
    case fingerprintNotCompared
    /// A repeated command is told that it was applied just now.
    case duplicateToldAsNew
    /// A peer may owe more than its limit.
    case exposureIgnored
    /// Open questions are asked once.
    case neverAsksAgain
}
