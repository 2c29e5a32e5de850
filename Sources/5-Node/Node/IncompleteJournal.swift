public import Chain
public import Saga

/// Records on a journal's topic that are not of its bank's log.
public struct ForeignRecords: Hashable, Sendable, CustomStringConvertible {
    /// They are no commits.
    public let unreadable: Int
    /// They are commits that the bank has not signed.
    public let unsigned: Int
    /// They have a header that the bank has signed, and another body than it has signed.
    public let unfitting: Int

    /// All of them.
    public var count: Int { unreadable + unsigned + unfitting }

    /// The numbers that are not zero, in words.
    public var description: String {
        [
            (unreadable, "unreadable"), (unsigned, "not signed by this bank"),
            (unfitting, "with entries that this bank has not signed"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}

/// A journal from which a log could not be restored as a whole. What could be appended was.
public struct IncompleteJournal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason why the log may not be whole.
    public enum Fault: Hashable, Sendable {
        /// No record of the topic is of this bank's log.
        case nothing
        /// The bank has signed more than could be made of the records.
        case gap(signedEnd: Position)
        /// The journal is of another history than the log.
        case otherLog
    }

    /// The bank whose log was restored.
    public let node: NodeName
    /// What was done nevertheless.
    public let report: Restoration.Report
    /// On the topic, whosever they are.
    public let records: Int
    /// The proof that something is missing.
    public let fault: Fault

    private var acceptance: String {
        "giro restore \(node) --accept-loss --approved-by NAME --approved-by NAME"
    }

    /// Says what happened, what it means for the money and what to do.
    public var description: String {
        let found = report.passedOver.count == 0 ? "" : " (\(report.passedOver))"
        let end = report.end
        switch fault {
        case .nothing:
            return """
                Nothing was restored: journal.\(node) holds \(records) records, and none is of \
                this bank's log\(found). No money moves, and a bank that starts without its log \
                would pay twice: do not start it. Check that node.key and bus are this bank's; \
                else copy the topic back from a mirror or a backup and run this again. Where \
                neither log nor journal is left: \(acceptance)
                """
        case .gap(let signedEnd):
            return """
                The log is restored up to entry \(end) only: journal.\(node) proves that it went \
                on to \(signedEnd), and what follows entry \(end) is missing from the topic, or \
                hidden among records of others\(found). No money moves until this is resolved: \
                the bank does not start on this log. A copy of the log that is longer is better: \
                put it back. Else copy the topic back from a mirror or a backup and run this \
                again, or accept the loss: \(acceptance)
                """
        case .otherLog:
            return """
                The log ends at entry \(end), and journal.\(node) continues another history of \
                it\(found): nothing was changed from there on, and no money moves. Move the log \
                away, make an empty one and restore into that: giro restore \(node)
                """
        }
    }
}
