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
        /// The peer has signed that it took a commit which neither the log nor the journal has.
        case contradicted(by: NodeName, commit: UInt64)
    }

    /// The bank whose log was restored.
    public let node: NodeName
    /// What was done nevertheless.
    public let report: Restoration.Report
    /// On the topic, whosever they are.
    public let records: Int
    /// The proof that something is missing.
    public let fault: Fault

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
                else copy the topic back from a mirror or a backup and run this again. \
                \(remedyWithoutJournal)
                """
        case .gap(let signedEnd):
            return """
                The log is restored up to entry \(end) only: journal.\(node) proves that it went \
                on to \(signedEnd), and what follows entry \(end) is missing from the topic, or \
                hidden among records of others\(found). No money moves until this is resolved: \
                the bank does not start on this log. A copy of the log that is longer is better: \
                put it back. Else copy the topic back from a mirror or a backup and run this \
                again. \(remedyWithoutJournal)
                """
        case .otherLog:
            return """
                The log ends at entry \(end), and journal.\(node) continues another history of \
                it\(found): nothing was changed from there on, and no money moves. Move the log \
                away, make an empty one and restore into that: giro restore \(node)
                """
        case .contradicted(let peer, let commit):
            return """
                The log ends at entry \(end), as journal.\(node) does\(found), but \(peer) has \
                signed that it took commit \(commit) of this log, which neither has. No money \
                moves: the bank does not start on this log. \
                \(Self.remedy(for: node, contradictedBy: peer, at: commit))
                """
        }
    }

    /// A log of which something is left can be continued; an empty one cannot.
    private var remedyWithoutJournal: String {
        report.end > .start
            ? "Where there is none, accept the loss: \(Self.acceptance(of: node))"
            : LossRefusal.remedyWithoutBoth(for: node)
    }
}

extension IncompleteJournal {
    /// The command by which people continue a log that has lost its end.
    static func acceptance(of node: NodeName) -> String {
        "giro restore \(node) --accept-loss --approved-by NAME --approved-by NAME"
    }

    /// What an operator of `node` does where a peer has signed that it took a commit which neither
    /// log nor journal has. Which of the two is right only people find out.
    static func remedy(
        for node: NodeName, contradictedBy peer: NodeName, at commit: UInt64
    ) -> String {
        """
        Either the log was put back to an earlier state and the journal has lost its end as well, \
        or \(peer) signs what never was. Compare the two logs (giro verify, with copies of both in \
        one folder): that of \(peer) keeps the header of commit \(commit) as \(node) signed it, \
        or there was no such commit. If there was: copy journal.\(node) back from a mirror or a \
        backup that has it, then giro restore \(node); where there is none, two approvers accept \
        the loss: \(acceptance(of: node)). If there was not: run the bank without \(peer), whose \
        transfers stay pending meanwhile: remove peers/\(peer).pub from its folder and start it.
        """
    }
}
