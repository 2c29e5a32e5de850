public import Chain
public import MessageBus
import Saga
package import Wire

/// Makes the commits of a journal's records again, in the log's order: for restoring a log, and for
/// consumers that want to verify what they read.
///
/// Others can write to the topic, and writers publish again what they published before. So a commit
/// counts only if the bank has signed it, it continues the one before it, and its body is what was
/// signed. Everything else is passed over.
///
/// Behind a gap, where the broker has lost records, the reader waits until they come again: their
/// node publishes them as soon as it notices. One that has reached the topic's end may read it once
/// more, for what stood before the records that were missing.
public struct JournalReader: Sendable {
    private let survey: JournalSurvey
    private var chain: Chain
    /// Records under the header that is the bank's next at that moment, with another body than was
    /// signed. Once the right one was found, others under its header are repetitions.
    public private(set) var unfitting = 0
    /// A commit was found that is signed and comes next, but behind another commit than the last.
    public private(set) var isForked = false

    /// - Parameters:
    ///   - link: The end of what is known already.
    ///   - survey: Of the whole topic.
    public init(after link: Chain.Link = .start, _ survey: JournalSurvey) {
        self.survey = survey
        chain = Chain(node: survey.node, keys: survey.keys, after: link)
    }

    /// The last commit that was found.
    public var end: Chain.Link { chain.end }

    /// - Returns: The record's commit, verified, where it is the log's next; else `nil`.
    /// - Complexity: One signature to verify where the header's place is the next one's.
    public mutating func take(_ delivered: DeliveredRecord) -> Commit? {
        guard let record = try? CommitRecord(delivered.record.value),
            let witnessed = try? WitnessedHeader(record),
            witnessed.header.first == chain.end.position + 1,
            !survey.isReplaced(witnessed.header),
            witnessed.isOf(survey.node, signedBy: survey.keys)
        else { return nil }
        guard witnessed.header.previousHash == chain.end.commitHash else {
            // What a key says after it was handed over may be anybody's.
            isForked = isForked || (end.signer ?? witnessed.header.keyID) == witnessed.header.keyID
            return nil
        }
        guard
            let commit = try? Commit(
                headerBytes: record.header, signature: record.signature, body: record.body),
            (try? chain.extend(with: commit)) != nil
        else {
            unfitting += 1
            return nil
        }
        isForked = false
        return commit
    }
}

extension WitnessedHeader {
    /// The header of a journal's record; its signature is not checked.
    package init(_ record: CommitRecord) throws(WireError) {
        try self.init(SignedHeader(bytes: record.header, signature: record.signature))
    }
}
