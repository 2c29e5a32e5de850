public import Chain
public import Saga
public import Wire

/// What is derived from a node's log beside it and can be derived again: statements, for example.
///
/// It remembers the position and the hash of the last commit that it holds, and continues only with
/// the commit that follows that one. A cache: it may lose its newest commits in a power failure, or
/// all of them, and gets them from the log again. One caller at a time changes it, its follower.
public protocol Projection: Sendable {
    /// The participant whose facts it is derived from.
    associatedtype Participant: WireParticipant

    /// The last commit that it holds. Opens it, where it is not open.
    ///
    /// - Throws: ``ProjectionError``, with all its codes.
    func end() async throws(ProjectionError) -> ProjectionEnd

    /// Adds batches, all or none; passes over those that it holds already.
    ///
    /// - Parameter batches: In the log's order, without a gap between them.
    /// - Returns: The last entry that it holds now.
    /// - Throws: ``ProjectionError``: `.otherHistory` — a batch does not follow the last one that
    ///   it holds. Nothing has changed.
    func apply(
        _ batches: [CommittedBatch<Participant.Fact>]
    ) async throws(ProjectionError) -> Position

    /// Discards all that it holds, also where that is damaged: it then ends at
    /// ``ProjectionEnd/start``, and its follower applies the log from the first entry.
    ///
    /// - Throws: ``ProjectionError``: `.foreign` — what is there was not made for it, and stays.
    func rebuild() async throws(ProjectionError)

    /// Gives back what it holds open; the next ``end()`` opens it again.
    func close() async
}

/// The last commit that a projection holds.
public struct ProjectionEnd: Hashable, Sendable {
    /// The commit's last entry.
    public let position: Position
    /// The commit's hash: tells its log's history from another's.
    public let commitHash: Hash

    /// Before the first commit.
    public static let start = ProjectionEnd(position: .start, commitHash: .zero)

    /// Takes the parts as they are, as a projection keeps them.
    public init(position: Position, commitHash: Hash) {
        self.position = position
        self.commitHash = commitHash
    }

    /// Whether `commit` is the next one of the same history.
    public func isFollowed(by commit: Commit) -> Bool {
        commit.header.first == position + 1 && commit.header.previousHash == commitHash
    }
}
