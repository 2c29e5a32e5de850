public import Chain
public import Ledger
public import LedgerWire
public import Projection
public import Saga
import Synchronization

/// A bank's statements as a projection of its log: opens their file, and replaces it where it is
/// damaged or another log's.
public final class StatementProjection: Projection {
    /// Statements are a bank's.
    public typealias Participant = Ledger

    private let path: String?
    private let node: NodeName
    private let opened = Mutex<StatementBook?>(nil)

    /// - Parameters:
    ///   - path: Of the statements' file; `nil` keeps them in memory until they are closed.
    ///   - node: The bank whose statements these are.
    public init(at path: String?, of node: NodeName) {
        self.path = path
        self.node = node
    }

    /// The statements while they are open. That they are of the log is for a follower to say.
    public var book: StatementBook? { opened.withLock { $0 } }

    /// The last commit that the statements hold; opens or makes their file.
    public func end() async throws(ProjectionError) -> ProjectionEnd {
        if let book { return try await book.end() }
        let book = try await StatementBook.open(at: path, node: node)
        opened.withLock { $0 = book }
        return try await book.end()
    }

    /// As `Projection.apply(_:)`, in one transaction.
    /// - Throws: `ProjectionError`: `.unavailable` — also where they are not open.
    public func apply(
        _ batches: [CommittedBatch<LedgerFact>]
    ) async throws(ProjectionError) -> Position {
        guard let book else {
            throw ProjectionError(.unavailable, "The statements are closed.")
        }
        return try await book.apply(batches)
    }

    /// Removes the file, if it was made for statements.
    public func rebuild() async throws(ProjectionError) {
        await close()
        guard let path else { return }
        try StatementBook.checkIsOwn(path)
        StatementBook.remove(at: path)
    }

    /// Closes the file once the calls in progress have ended.
    public func close() async {
        let last = opened.withLock { opened in
            defer { opened = nil }
            return opened
        }
        await last?.close()
    }
}
