public import Chain
public import Engine
public import EventLog
public import Saga
public import Wire

/// A verified log, whatever kind of node it is of.
public protocol VerifiedLog: Sendable {
    /// The node whose log was read.
    var node: NodeName { get }
    /// The end of what was verified.
    var end: Chain.Link { get }
    /// The commits that were verified.
    var commits: Int { get }
    /// Whether the log has reached the newest of its keys.
    var isOfNewestKey: Bool { get }
    /// What else other nodes' logs are held against.
    var testimony: Testimony { get }
}

/// A node's log, read from its first entry: the chain is verified, every entry adds up, and peers
/// have signed what the log keeps of theirs.
public struct LogAudit<P: WireParticipant>: VerifiedLog {
    /// The node whose log was read.
    public let node: NodeName
    /// The end of what was verified.
    public let end: Chain.Link
    /// The commits that were verified.
    public let commits: Int
    /// What the entries make.
    public let state: State<P>
    /// Whether the log has reached the newest of its keys. If it was there once, a log that is not
    /// was cut, and maybe continued by a holder of the old key.
    public let isOfNewestKey: Bool
    /// What else other nodes' logs are held against.
    public let testimony: Testimony

    /// Reads and verifies a log.
    ///
    /// - Parameters:
    ///   - log: Read once, from its first commit to its end.
    ///   - node: The node that the log must be of.
    ///   - participant: That of the node's kind, before anything happened.
    ///   - keys: What the log must be signed with; from a trusted place, not from the log.
    ///   - progress: Called now and then with the position that was reached.
    /// - Throws: `LogError`: it cannot be read. ``AuditFault``: it is not what was written.
    public static func read(
        _ log: any EventLog, of node: NodeName, as participant: P, keys: KeyRing,
        progress: (Position) -> Void = { _ in }
    ) async throws -> LogAudit {
        var recovery = Recovery(node: node, participant: participant, keys: keys)
        var count = 0
        var testimony = Testimony()
        var peerHeaders = PeerHeaders()
        while true {
            let commits = try await log.commits(after: recovery.end.position, entriesMax: 10_000)
            if commits.isEmpty { break }
            for commit in commits {
                let events: [Event<P.Fact>]
                do {
                    events = try recovery.fold(commit)
                } catch {
                    throw AuditFault(
                        node: node, position: recovery.end.position + 1, cause: "\(error)")
                }
                for (entry, event) in zip(commit.entries, events) {
                    guard let fault = peerHeaders.fault(in: event) else { continue }
                    throw AuditFault(node: node, position: entry.position, cause: fault)
                }
                testimony.add(events, of: commit)
            }
            count += commits.count
            progress(recovery.end.position)
        }
        return LogAudit(
            node: node, end: recovery.end, commits: count, state: recovery.state,
            isOfNewestKey: recovery.signer.map { $0 == keys.newest } ?? true,
            testimony: testimony)
    }
}

/// Where a log stops being what was written.
public struct AuditFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The node whose log was read.
    public let node: NodeName
    /// The entry that is wrong, or the first of its commit.
    public let position: Position
    /// The check that failed, in words.
    public let cause: String

    /// Names node, position and cause in a sentence.
    public var description: String {
        "The log of \(node) is not what was written, from position \(position) on: \(cause)."
    }
}
