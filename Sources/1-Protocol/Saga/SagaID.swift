/// Names a saga among all nodes: the UUID that its client made, and what is to be done under it.
///
/// The UUID alone is first come, first served only at the node where the saga begins. Elsewhere two
/// contents under one UUID are two sagas, so no node can take another's UUID away by using it
/// first.
public struct SagaID: Hashable, Sendable {
    /// The UUID of the command that began the saga.
    public let command: CommandID
    /// SHA-256 of the saga's ``Content``. The deadline is no part of it.
    public let contentHash: Hash

    /// Takes the parts as they are: nothing is checked.
    public init(_ command: CommandID, contentHash: Hash) {
        self.command = command
        self.contentHash = contentHash
    }
}

extension SagaID: Comparable, CustomStringConvertible {
    /// Orders by UUID, then by the content's hash.
    public static func < (left: SagaID, right: SagaID) -> Bool {
        (left.command, left.contentHash) < (right.command, right.contentHash)
    }

    /// The UUID alone, which is what people look for.
    public var description: String { command.description }
}
