public import Chain
public import MessageBus
public import Saga
import Wire

/// What a journal's topic holds, by what its bank has signed. A journal is read twice: first all of
/// it by this, then by a ``JournalReader``.
///
/// Others can write to the topic. So only headers with a valid signature say anything here; of the
/// rest is counted what it is.
public struct JournalSurvey: Sendable {
    let node: NodeName
    let keys: KeyRing
    /// The records noted so far, of every kind.
    public private(set) var records = 0
    /// Records that are no commit.
    public private(set) var unreadable = 0
    /// Commits that the bank has not signed.
    public private(set) var unsigned = 0
    /// Where each timeline begins, by the key that says so and its number: a timeline is only
    /// known to replace the end of the one before once its first commit is found.
    private var starts: [KeyID: [UInt64: Position]] = [:]
    private var newestByKey: [KeyID: WitnessedHeader] = [:]

    /// - Parameters:
    ///   - node: The bank whose journal it is.
    ///   - keys: What the bank signs its log with, and did in former times.
    public init(of node: NodeName, keys: KeyRing) {
        self.node = node
        self.keys = keys
    }

    /// - Complexity: One signature to verify per commit.
    public mutating func note(_ delivered: DeliveredRecord) {
        records += 1
        guard let record = try? CommitRecord(delivered.record.value) else {
            unreadable += 1
            return
        }
        guard let witnessed = try? WitnessedHeader(record), witnessed.isOf(node, signedBy: keys)
        else {
            unsigned += 1
            return
        }
        let header = witnessed.header
        let start = starts[header.keyID]?[header.timeline] ?? header.first
        starts[header.keyID, default: [:]][header.timeline] = min(start, header.first)
        let known = newestByKey[header.keyID]?.header
        if known.map({ ($0.timeline, $0.last) < (header.timeline, header.last) }) ?? true {
            newestByKey[header.keyID] = witnessed
        }
    }

    /// Of each key the newest header that it has signed; keys in the order of the ring.
    public var newest: [WitnessedHeader] { keys.keys.compactMap { newestByKey[$0.keyID] } }

    /// Whether a higher timeline has replaced the commit. One that only an older key has signed
    /// does not: that key was handed over, and may be anybody's since.
    public func isReplaced(_ header: CommitHeader) -> Bool {
        guard let age = keys.age(of: header.keyID) else { return false }
        return starts.contains { key, timelines in
            guard let starter = keys.age(of: key), starter <= age else { return false }
            return timelines.contains { $0.key > header.timeline && $0.value <= header.last }
        }
    }
}
