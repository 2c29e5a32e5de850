package import APIModels
import AccessControl
import Chain
import Engine
import Hummingbird
import NIOCore
import Node
import PrometheusText
import Saga
package import Wire

/// The routes that every kind of node has: health, readiness, metrics, and the node itself.
package struct SharedRoutes<P: WireParticipant>: Sendable {
    private typealias Context = NodeContext

    private let served: ServedNode<P>
    private let access: Access
    private let look: @Sendable () async -> Void
    private let holds: @Sendable () async -> [HoldReport]?

    /// - Parameters:
    ///   - look: Sets the gauges that only this kind of node has.
    ///   - holds: What waits for each peer's word, where the kind keeps count of it.
    package init(
        _ served: ServedNode<P>, _ access: Access,
        look: @escaping @Sendable () async -> Void = {},
        holds: @escaping @Sendable () async -> [HoldReport]? = { nil }
    ) {
        (self.served, self.access) = (served, access)
        (self.look, self.holds) = (look, holds)
    }

    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/healthz", nil, health),
            APIRoute(.get, "/readyz", nil, readiness),
            APIRoute(.get, "/metrics", .reader, metrics),
            APIRoute(.get, "/v1/node", .reader, node),
            APIRoute(.post, "/v1/peers/{peer}/accept", .operator, acceptPeer),
            APIRoute(.put, "/v1/peers/{peer}/key", .operator, comparePeerKey),
            APIRoute(.put, "/v1/peers/{peer}/intake", .operator, setIntake),
        ]
    }

    /// Whether the process answers: nothing is asked of the node.
    @Sendable private func health(_: Request, _: Context) async throws -> Response {
        .json(["status": "ok"])
    }

    /// Whether what the node decides gets done: nothing that is wrong with it keeps it from that,
    /// and it reads its state as any command would. Everybody may ask; a caller without a token
    /// learns what is wrong, and not with whom.
    @Sendable private func readiness(_: Request, _ context: Context) async throws -> Response {
        let (position, conditions) = await served.readiness(within: Self.readinessTime)
        let reports = conditions.map { ConditionReport($0, isFull: context.sender != nil) }
        guard !conditions.contains(where: \.isBlocking) else { throw Problem.notReady(reports) }
        let fault = served.tokenFault
        if case .tokens = access, fault?.isClosed == true { throw Problem.tokensUnusable }
        return .json(
            ReadinessReport(
                node: served.name, position: position, conditions: reports,
                tokenFault: fault?.error.code.rawValue))
    }

    private static var readinessTime: Duration { .seconds(5) }

    /// The text that Prometheus reads. Answers also while the node does not: then it says so.
    @Sendable private func metrics(_: Request, _: Context) async throws -> Response {
        await served.look()
        await look()
        return Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.mediaType],
            body: .init(byteBuffer: ByteBuffer(string: served.metrics.registry.text())))
    }

    @Sendable private func node(_: Request, _: Context) async throws -> Response {
        .json(try await served.report(holds: await holds()))
    }

    /// Accepts the new timeline of a peer that lost the end of its log, or that a log which the
    /// peer denied is whole again; does nothing for one that counts already under that key. The
    /// query may name the key.
    @Sendable private func acceptPeer(
        _ request: Request, _ context: Context
    ) async throws -> Response {
        let peer = try NodeName(field: context.text("peer"), named: "peer")
        let key = try request.uri.queryParameters["key"].map { try PublicKey(field: String($0)) }
        let principal = try context.principal()
        _ = try await served.command { .acceptPeer(peer, under: key, by: principal, $0) }
        return try await node(request, context)
    }

    /// Takes the key of a peer that people have compared. The path is looked at before the body is
    /// wanted.
    @Sendable private func comparePeerKey(
        _ request: Request, _ context: Context
    ) async throws -> Response {
        let peer = try NodeName(field: context.text("peer"), named: "peer")
        var fields = try await request.fields(context)
        let key = try PublicKey(field: fields.string("key"))
        try fields.end()
        let principal = try context.principal()
        let verdict = try await served.command {
            .comparePeerKey(peer, key, by: principal, $0)
        }
        guard verdict != .conflict else { throw Problem.otherPeerKey }
        return try await node(request, context)
    }

    /// Stops taking new steps from a peer, or takes them again; does nothing where that is so. The
    /// path is looked at before the body is wanted.
    @Sendable private func setIntake(
        _ request: Request, _ context: Context
    ) async throws -> Response {
        let peer = try NodeName(field: context.text("peer"), named: "peer")
        var fields = try await request.fields(context)
        let intake = try Intake(field: fields.string("intake"))
        try fields.end()
        let principal = try context.principal()
        _ = try await served.command { .setIntake(from: peer, intake, by: principal, $0) }
        return try await node(request, context)
    }
}
