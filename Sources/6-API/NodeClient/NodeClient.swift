public import APIModels
public import Chain
import Foundation
public import Ledger
public import Saga

/// Talks to one node's API.
///
/// Every call throws ``NodeClientError``. What a node decides about a command is never an error:
/// refused, conflicting and invalid commands are answers. A value of this type holds nothing open.
public struct NodeClient: Sendable {
    /// The node that every call goes to.
    public let address: NodeAddress
    let exchange: Exchange

    /// - Parameters:
    ///   - address: A TCP address or a Unix socket; nothing is connected yet.
    ///   - token: Shown with every request; a node that listens on TCP wants one. It goes over the
    ///     connection as it is, so use it on this machine or behind something that encrypts.
    public init(_ address: NodeAddress, token: String? = nil) {
        self.address = address
        exchange = Exchange(address, token: token)
    }

    // Commands.

    /// Sends an operation outside any transfer.
    ///
    /// - Parameters:
    ///   - operation: A deposit, a withdrawal, a settlement, or a change of an account or a limit.
    ///   - id: The same operation under the same UUID gets the same answer.
    public func perform(
        _ operation: LedgerOperation, id: CommandID
    ) async throws(NodeClientError) -> CommandAnswer {
        let request = OperationRequest(operation, id: id)
        return try await command(
            .init(request.target.method, request.target.path, json: request), id: id)
    }

    /// Begins a transfer.
    ///
    /// - Parameters:
    ///   - transfer: Its UUID makes it safe to send again.
    ///   - wait: How long the node may wait for a final state before it answers, at most 60 s; the
    ///     answer's state says what came of it.
    public func begin(
        _ transfer: TransferRequest, wait: Duration? = nil
    ) async throws(NodeClientError) -> CommandAnswer {
        var path = "/v1/transfers"
        if let wait { path += "?wait=\(wait.milliseconds)ms" }
        return try await command(
            .init("POST", path, json: transfer, wait: wait ?? .zero), id: transfer.id)
    }

    /// Gives a transfer up before its deadline: it is rolled back unless it is settled by then.
    ///
    /// - Returns: How it stands now; `unknown` where no transfer of that UUID began at this node.
    public func abandon(_ id: CommandID) async throws(NodeClientError) -> TransferState {
        let response = try await exchange.send(.init("DELETE", "/v1/transfers/\(id)"))
        if response.isUnknown("unknownTransfer") { return .unknown }
        return try response.decoded(as: TransferState.self)
    }

    // Looking.

    /// How one transfer stands, with its entries; `nil` where the node never heard of it. Reads
    /// the log: use ``states(of:)`` to wait for many.
    public func transfer(_ id: CommandID) async throws(NodeClientError) -> TransferReport? {
        let response = try await exchange.send(.init("GET", "/v1/transfers/\(id)"))
        if response.isUnknown("unknownTransfer") { return nil }
        return try response.decoded(as: TransferReport.self)
    }

    /// How many transfers stand, in the order of `ids`.
    public func states(of ids: [CommandID]) async throws(NodeClientError) -> [TransferState] {
        var states: [TransferState] = []
        states.reserveCapacity(ids.count)
        while states.count < ids.count {
            let asked = ids[states.count...].prefix(RequestLimits.statesMax)
            let response = try await exchange.send(
                .init("POST", "/v1/transfers/states", lines: asked.map { ["id": $0] }))
            let answers = try response.decodedLines(of: TransferState.self)
            guard answers.count == asked.count else { throw .notUnderstood }
            states += answers
        }
        return states
    }

    /// All accounts, sorted; read page by page, so each page may be newer than the one before.
    public func accounts() async throws(NodeClientError) -> [AccountReport] {
        var accounts: [AccountReport] = []
        var after: String?
        repeat {
            let page = try await self.accounts(after: after, accountsMax: RequestLimits.pageMax)
            accounts += page.accounts
            after = page.next
        } while after != nil
        return accounts
    }

    /// A page of accounts.
    ///
    /// - Parameters:
    ///   - after: What the page before has as `AccountsReport.next`; `nil` for the first.
    ///   - accountsMax: 1 to `RequestLimits.pageMax`.
    public func accounts(
        after: String?, accountsMax: Int
    ) async throws(NodeClientError) -> AccountsReport {
        var path = "/v1/accounts?limit=\(accountsMax)"
        if let after { path += "&after=\(after)" }
        return try await exchange.send(.init("GET", path)).decoded(as: AccountsReport.self)
    }

    /// A page of an account's statement, oldest line first; `nil` where there is no such account.
    ///
    /// - Parameters:
    ///   - account: One of the node's.
    ///   - after: What the page before has as `StatementReport.next`; `nil` for the first.
    ///   - linesMax: 1 to `RequestLimits.pageMax`.
    public func statement(
        of account: AccountID, after: String? = nil, linesMax: Int = RequestLimits.pageStandard
    ) async throws(NodeClientError) -> StatementReport? {
        var path = "/v1/accounts/\(account)/statement?limit=\(linesMax)"
        if let after { path += "&after=\(after)" }
        let response = try await exchange.send(.init("GET", path))
        if response.isUnknown("unknownAccount") { return nil }
        return try response.decoded(as: StatementReport.self)
    }

    /// One account; `nil` where there is none of that id.
    public func account(_ id: AccountID) async throws(NodeClientError) -> AccountReport? {
        let response = try await exchange.send(.init("GET", "/v1/accounts/\(id)"))
        if response.isUnknown("unknownAccount") { return nil }
        return try response.decoded(as: AccountReport.self)
    }

    /// The node's balances, those of its customers added up.
    public func books() async throws(NodeClientError) -> BooksReport {
        try await exchange.send(.init("GET", "/v1/books")).decoded(as: BooksReport.self)
    }

    /// The node's name, position, peers and conditions.
    public func node() async throws(NodeClientError) -> NodeReport {
        try await exchange.send(.init("GET", "/v1/node")).decoded(as: NodeReport.self)
    }

    /// Lets a suspended peer count again: accepts the new timeline of one that lost the end of its
    /// log, or, of one that denied a log, that both are whole again.
    ///
    /// - Parameters:
    ///   - peer: One of the node's peers.
    ///   - key: The one that signs the timeline, as people compared it; `nil` for the one that
    ///     counts already.
    /// - Throws: ``NodeClientError`` with the code `unknownPeer` — it is no peer of the node;
    ///   `timelineNotShown` — it has shown no timeline that can be accepted under that key.
    public func accept(
        _ peer: NodeName, under key: PublicKey? = nil
    ) async throws(NodeClientError) -> NodeReport {
        let query = key.map { "?key=\(Hexadecimal.text(of: $0.bytes))" } ?? ""
        return try await exchange.send(.init("POST", "/v1/peers/\(peer)/accept\(query)"))
            .decoded(as: NodeReport.self)
    }

    /// Tells the node a peer's key that people have compared. A repetition changes nothing.
    ///
    /// - Parameters:
    ///   - peer: One of the peers that the node was started with.
    ///   - key: The one that signs the peer's log.
    /// - Throws: ``NodeClientError`` with the code `unknownPeer` — it is no peer of the node;
    ///   `otherPeerKey` — the log knows another key, has taken something of the peer, and has not
    ///   lost its end since.
    public func compare(
        _ key: PublicKey, of peer: NodeName
    ) async throws(NodeClientError) -> NodeReport {
        let body = ["key": Hexadecimal.text(of: key.bytes)]
        return try await exchange.send(.init("PUT", "/v1/peers/\(peer)/key", json: body))
            .decoded(as: NodeReport.self)
    }

    /// Stops taking new steps from a peer, or takes them again. A repetition changes nothing.
    ///
    /// - Parameters:
    ///   - peer: One of the node's peers.
    ///   - intake: Steps that are held already are settled or released under either.
    /// - Throws: ``NodeClientError`` with the code `unknownPeer` — it is no peer of the node.
    public func setIntake(
        from peer: NodeName, _ intake: Intake
    ) async throws(NodeClientError) -> NodeReport {
        let body = ["intake": intake.rawValue]
        return try await exchange.send(.init("PUT", "/v1/peers/\(peer)/intake", json: body))
            .decoded(as: NodeReport.self)
    }

    /// Asks whether the node takes commands now.
    ///
    /// - Throws: ``NodeClientError`` `.unavailable` — it runs, but is not ready.
    public func checkHealth() async throws(NodeClientError) {
        _ = try await exchange.send(.init("GET", "/readyz")).success()
    }

    /// Whether the node is ready, and what is wrong with it: of a node that is not, too.
    public func readiness() async throws(NodeClientError) -> ReadinessReport {
        let answer = try await exchange.send(.init("GET", "/readyz"))
        do throws(NodeClientError) {
            return try answer.decoded(as: ReadinessReport.self)
        } catch {
            guard let conditions = error.problem?.conditions else { throw error }
            return ReadinessReport(notReadyFor: conditions)
        }
    }

    private func command(
        _ call: Call, id: CommandID
    ) async throws(NodeClientError) -> CommandAnswer {
        let answer = try await exchange.send(call).answer()
        return CommandAnswer(id: id, answer.verdict, state: answer.state)
    }
}

extension Duration {
    /// Whole milliseconds, at least one.
    fileprivate var milliseconds: Int64 {
        max(1, components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
