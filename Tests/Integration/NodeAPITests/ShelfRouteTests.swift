import APIModels
import AccessControl
import Chain
import Engine
import EventLog
import HTTPServer
import HistoryFile
import Hummingbird
import HummingbirdTesting
import MessageBus
import Node
import Saga
import ServiceLifecycle
import ShelfAPI
import Stock
import StockWire
import TestKit
import Testing
import Wire
import Yams

/// The API of one shop: what it answers to orders, and to what is none.
struct ShelfRouteTests {
    /// The shop's only peer, which does not run.
    private static let peer = Cast.bankB
    static let peerKey = SigningKey()

    private static func shelf(
        on bus: any MessageBus = InMemoryMessageBus()
    ) throws -> ShelfNode {
        let name = try #require(NodeName("shop-a"))
        var parts = Node<Stock>.Parts(
            configuration: .init(node: name, peers: [peer]), participant: Stock(),
            log: InMemoryEventLog(), history: HistoryFile(inMemory: []), bus: bus,
            key: SigningKey(), peerKeys: [peer: peerKey.publicKey], peersAddedBy: Cast.ada,
            logger: .quiet)
        parts.settings.tick = .milliseconds(10)
        parts.settings.inboxWait = .milliseconds(100)
        return ShelfNode(parts)
    }

    static func running(
        on bus: InMemoryMessageBus = InMemoryMessageBus(),
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let name = try #require(NodeName("shop-a"))
        try await bus.create(Topic.all(of: name, peers: [peer]))
        let shelf = try Self.shelf(on: bus)
        let group = ServiceGroup(services: shelf.services, logger: .quiet)
        let router = shelf.routes(for: .everybody(SocketUsers(takesOwnProcess: true))).router()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the shop is ready") {
                (try? await shelf.node.read { _ in () }) != nil ? true : nil
            }
            let result = await Result(catching: {
                try await Application(router: router, logger: .quiet).test(.router, body)
            })
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    private static func stocking(_ fields: String) -> String {
        "{\"id\":\"\(String.fresh())\",\(fields)}"
    }

    private static func order(_ take: String, _ more: String = "") -> String {
        stocking("\"take\":[\(take)]\(more)")
    }

    @Test("Every route of a shelf is described with its role, and nothing else is")
    func description() async throws {
        let access = Access.everybody(SocketUsers(takesOwnProcess: true))
        let served = try Self.shelf().routes(for: access).routes.map { route in
            "\(route.method.rawValue) \(route.path) \(route.role?.rawValue ?? "none")"
        }
        try await Self.running { client in
            let seen = try await client.ask(.get, "/openapi.yaml")
            #expect(seen.status == 200)
            let document = try #require(try Yams.load(yaml: seen.text) as? [String: Any])
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let described = paths.flatMap { path, operations in
                operations.map { method, operation in
                    let role = (operation as? [String: Any])?["x-role"] as? String
                    return "\(method.uppercased()) \(path) \(role ?? "none")"
                }
            }
            #expect(described.sorted() == served.sorted())
        }
    }

    @Test("Stock is listed by page, and an order at one shop is sold or refused at once")
    func orders() async throws {
        try await Self.running { client in
            for item in ["tea", "coffee", "cups"] {
                let body = Self.stocking("\"item\":\"\(item)\",\"units\":5")
                #expect(try await client.ask(.post, "/v1/stock", body).status == 200)
            }
            let page = try await client.ask(.get, "/v1/shelves?limit=2")
            #expect(page.items("shelves").map { $0["item"] as? String } == ["coffee", "cups"])
            #expect(page.string("next") == "cups")
            let rest = try await client.ask(.get, "/v1/shelves?limit=2&after=cups")
            #expect(rest.items("shelves").map { $0["item"] as? String } == ["tea"])
            #expect(rest.string("next") == nil)

            let two = "{\"shelf\":\"shop-a\",\"item\":\"tea\",\"units\":2}"
            let sold = try await client.ask(.post, "/v1/orders", Self.order("\(two),\(two)"))
            #expect(sold.status == 200)
            #expect(sold.string("verdict") == "applied" && sold.string("state") == "sold")
            let id = try #require(sold.string("id"))
            let looked = try await client.ask(.get, "/v1/orders/\(id)")
            #expect(looked.string("state") == "sold")

            let refused = try await client.ask(.post, "/v1/orders", Self.order(two))
            #expect(refused.status == 422 && refused.string("reason") == "stock.soldOut")
            #expect(refused.string("code") == "AG01")
            let shelves = try await client.ask(.get, "/v1/shelves?after=cups").items("shelves")
            #expect(shelves.first?["free"] as? Int == 1)
            #expect(shelves.first?["reserved"] as? Int == 0)
        }
    }

    @Test("An operator of a shelf stops a peer, and takes its orders again")
    func intake() async throws {
        try await Self.running { client in
            let steps: [(word: String, stopped: [String])] = [
                ("stopped", ["bank-b"]), ("stopped", ["bank-b"]), ("open", []), ("open", []),
            ]
            for step in steps {
                let seen = try await client.ask(
                    .put, "/v1/peers/bank-b/intake", RouteTests.intake(step.word))
                #expect(seen.status == 200, "\(seen.text)")
                #expect(seen.fields["stoppedPeers"] as? [String] == step.stopped)
            }
            let unknown = try await client.ask(
                .put, "/v1/peers/bank-a/intake", RouteTests.intake("stopped"))
            #expect(unknown.status == 404 && unknown.string("code") == "unknownPeer")
        }
    }

    @Test("A repeated order has its first answer; no state is made up for one that was never sent")
    func repetition() async throws {
        try await Self.running { client in
            let order = Self.order("{\"shelf\":\"shop-a\",\"item\":\"tea\",\"units\":2}")
            _ = try await client.ask(.post, "/v1/orders", order)
            let again = try await client.ask(.post, "/v1/orders", order)
            #expect(again.status == 200 && again.string("verdict") == "duplicate")
            #expect(again.string("state") == "refused")
            #expect(again.string("reason") == "stock.soldOut")
            let unknown = try await client.ask(.get, "/v1/orders/\(String.fresh())")
            #expect(unknown.status == 404)
        }
    }

    @Test(
        "Malformed commands are invalid, and nothing of them is recorded",
        arguments: [
            ("/v1/stock", "\"item\":\"tea\",\"units\":0", "invalidUnits"),
            ("/v1/stock", "\"item\":\"tea\",\"units\":1e3", "invalidUnits"),
            ("/v1/stock", "\"item\":\"green tea\",\"units\":1", "invalidUnits"),
            ("/v1/stock", "\"item\":\"tea\"", "missingField"),
            ("/v1/stock", "\"item\":\"tea\",\"units\":1,\"shelf\":\"shop-a\"", "unknownField"),
            ("/v1/orders", "\"take\":[]", "invalidOrder"),
            ("/v1/orders", "\"timeout\":\"1s\"", "missingField"),
            ("/v1/orders", "\"take\":[1]", "fieldType"),
            (
                "/v1/orders", "\"take\":[{\"shelf\":\"shop-b\",\"item\":\"tea\",\"units\":1}]",
                "wrongNode"
            ),
            (
                "/v1/orders",
                "\"take\":[{\"shelf\":\"shop-a\",\"item\":\"tea\",\"units\":1,\"colour\":\"red\"}]",
                "unknownField"
            ),
            (
                "/v1/orders",
                "\"take\":[{\"shelf\":\"shop-a\",\"item\":\"tea\",\"units\":1}],\"timeout\":\"2h\"",
                "invalidTimeout"
            ),
        ])
    func malformed(_ path: String, _ fields: String, _ reason: String) async throws {
        try await Self.running { client in
            let before = try await client.ask(.get, "/v1/shelves").text
            let seen = try await client.ask(.post, path, Self.stocking(fields))
            #expect(seen.status == 400 && seen.string("reason") == reason, "\(seen.text)")
            #expect(try await client.ask(.get, "/v1/shelves").text == before)
        }
    }

    @Test(
        "A page of shelves is asked for as the page before says, or refused",
        arguments: [
            "after=", "after=green%20tea", "after=\(String(repeating: "t", count: 65))",
            "limit=0", "limit=+1",
        ])
    func malformedPages(_ query: String) async throws {
        try await Self.running { client in
            let seen = try await client.ask(.get, "/v1/shelves?\(query)")
            #expect(seen.status == 400 && seen.string("reason") == "invalidPage", "\(seen.text)")
        }
    }

    @Test("Pages of any size have every shelf once, sorted", arguments: [1, 2, 3, 7, 20])
    func pages(_ size: Int) async throws {
        try await Self.running { client in
            let items = (0..<20).map { "item-\(($0 * 7) % 20 + 10)" }
            for item in items {
                let body = Self.stocking("\"item\":\"\(item)\",\"units\":1")
                #expect(try await client.ask(.post, "/v1/stock", body).status == 200)
            }
            var (listed, next): ([String], String?) = ([], nil)
            repeat {
                let after = next.map { "&after=\($0)" } ?? ""
                let page = try await client.ask(.get, "/v1/shelves?limit=\(size)\(after)")
                let here = page.items("shelves").compactMap { $0["item"] as? String }
                #expect((1...size).contains(here.count))
                listed += here
                next = page.string("next")
            } while next != nil && listed.count < items.count
            #expect(listed == items.sorted())
            #expect(next == nil)
        }
    }

    @Test("An order has at most 16 items at a shop, and 16 shops")
    func limits() async throws {
        try await Self.running { client in
            let item = "{\"shelf\":\"shop-a\",\"item\":\"tea\",\"units\":1}"
            let items = Array(repeating: item, count: 17).joined(separator: ",")
            let tooMany = try await client.ask(.post, "/v1/orders", Self.order(items))
            #expect(tooMany.status == 400 && tooMany.string("reason") == "invalidOrder")
            let others = (1...16).map { "{\"shelf\":\"s\($0)\",\"item\":\"tea\",\"units\":1}" }
            let shops = ([item] + others).joined(separator: ",")
            let tooLong = try await client.ask(.post, "/v1/orders", Self.order(shops))
            #expect(tooLong.status == 400 && tooLong.string("reason") == "tooManySteps")
        }
    }
}
