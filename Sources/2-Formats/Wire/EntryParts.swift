/// The bytes of an entry: what its addressee is shown, what only the node and its auditors see, and
/// the content beside the two.
public struct EntryParts: Hashable, Sendable {
    /// A `Shown` (links.proto); empty where no peer and no auditor of a peer is ever shown it.
    public var shown: [UInt8]
    /// A `Kept` (journal.proto).
    public var kept: [UInt8]
    /// What the entry is about, with the first entry of a step, a late yes to it, and where a
    /// reservation is said again; bound by its hash in ``shown``, so that the entry can be proved
    /// without it.
    public var content: [UInt8]

    /// Takes the parts as they are: nothing is checked.
    public init(shown: [UInt8] = [], kept: [UInt8], content: [UInt8] = []) {
        self.shown = shown
        self.kept = kept
        self.content = content
    }

    /// Of all parts.
    public var byteCount: Int { shown.count + kept.count + content.count }
}
