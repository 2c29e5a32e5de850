import APIModels
public import AccessControl
import Chain
import Engine
import EventLog
package import HTTPServer
public import Ledger
public import LedgerWire
public import Node
import Projection
import Saga
public import ServiceLifecycle
import Statements
import Wire

/// A bank's node together with what its API has to see of it: what every kind of node shows, and
/// the statements, which its commits are folded into.
public struct BankNode: Sendable {
    let served: ServedNode<Ledger>
    let projection: StatementProjection
    let follower: ProjectionFollower<StatementProjection>

    /// - Parameters:
    ///   - parts: The node is made of these, and its commits are watched on the way.
    ///   - statements: The file that accounts' statements are kept in, a cache of the log; `nil`
    ///     keeps them in memory.
    ///   - tokens: Those that a server of this bank asks for, if one does: health and metrics tell
    ///     when their file cannot be used.
    public init(
        _ parts: Node<Ledger>.Parts, statements: String? = nil, tokens: TokenRegister? = nil
    ) {
        let projection = StatementProjection(at: statements, of: parts.configuration.node)
        let follower = ProjectionFollower(
            projection, name: "statements", log: parts.log, logger: parts.logger)
        self.projection = projection
        self.follower = follower
        served = ServedNode(parts, tokens: tokens, onDurable: { follower.take($0) })
    }

    /// The node itself; ``services`` run it.
    public var node: Node<Ledger> { served.node }

    /// What to run, in the order in which to start it; to be shut down the other way round, after
    /// the servers.
    public var services: [any Service] { [node, follower] }

    /// What is wrong with the token file; `nil` while it can be used, and where none is needed.
    public var tokenFault: TokenFault? { served.tokenFault }

    /// What waits for each peer's word, as far as the statements have come; `nil` while they are
    /// not there.
    @Sendable func holds() async -> [HoldReport]? {
        try? await statementBook?.tally().holds.map(HoldReport.init)
    }

    /// The most transfers of one UUID whose entries are read.
    private static let readMax = 16

    /// - Parameters:
    ///   - id: The transfer's UUID.
    ///   - content: The one with that content; `nil` where the UUID is enough.
    /// - Returns: `nil` for a UUID that no transfer has here, or none of that content. Where more
    ///   than ``readMax`` have it, a report without entries: peers can bring any number.
    /// - Throws: ``NodeError``, ``LogError``.
    /// - Complexity: Reads the entries under the UUID, and for their times the commits they are in.
    func report(of id: CommandID, content: Hash?) async throws -> TransferReport? {
        let (records, position, isCrowded) = try await node.read { state in
            let named = content.map { [state[SagaID(id, contentHash: $0)]].compactMap(\.self) }
            let max = TransferReport.contentsMax
            let isCrowded = (state.commands[id]?.sagaCount ?? 0) > Self.readMax
            return (named ?? state.sagas(named: id, max: max), state.position, isCrowded)
        }
        guard let record = records.first else { return nil }
        guard records.count == 1 else {
            return TransferReport(
                id: id, contents: records.map(\.contentHash), state: .ambiguous)
        }
        guard !isCrowded else {
            return TransferReport(
                id: id, contents: [record.contentHash], state: TransferState(record))
        }
        let entries = try await served.log.entries(of: id).filter { $0.position <= position }
        var reports = TransferReport.Entries(of: SagaID(id, contentHash: record.contentHash))
        var commit: Commit?
        for entry in entries {
            if commit.map({ $0.header.last < entry.position }) ?? true {
                commit = try await served.log.commit(containing: entry.position)
            }
            guard let commit else { break }
            try reports.add(entry, of: commit.header)
        }
        return TransferReport(
            id: id, contents: [record.contentHash], state: TransferState(record),
            order: reports.order, entries: reports.list)
    }
}

extension BankNode: AnsweringNode {
    package func routes(for access: Access) -> RouteTable {
        NodeRouter(self, access: access).table
    }
}
