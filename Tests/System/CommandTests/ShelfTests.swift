import APIModels
import Foundation
import Saga
import Synchronization
import TestKit
import TestTags
import Testing

@testable import NodeClient

/// Three shops, each a process of the program with `kind: shelf`: another participant than that of
/// a bank, under the same protocol.
@Suite(.serialized, .tags(.process, .slow))
struct ShelfTests {
    @Test("An order over three shops is sold at all of them, or put back at all")
    func orders() async throws {
        try await Shops.running { shops in
            try await shops.stockAll(10)
            let sold = try await shops.order(units: 3, last: 3)
            #expect(sold.state == "sold" && sold.reason == nil)
            try await shops.expectShelves([7, 7, 7])

            let tooMany = try await shops.order(units: 3, last: 8)
            #expect(tooMany.state == "putBack")
            #expect(tooMany.reason == "stock.soldOut" && tooMany.code == "AG01")
            try await shops.expectShelves([7, 7, 7])
        }
    }

    @Test("An order that is sent again gets its first answer, another one under its UUID none")
    func repetition() async throws {
        try await Shops.running { shops in
            try await shops.stockAll(10)
            let id = UUID().uuidString.lowercased()
            _ = try await shops.order(id, units: 3, last: 3)
            let again = try await shops.order(id, units: 3, last: 3)
            #expect(again.verdict == "duplicate" && again.state == "sold")
            try await shops.expectShelves([7, 7, 7])
            let other = await #expect(throws: NodeClientError.self) {
                _ = try await shops.order(id, units: 4, last: 4)
            }
            #expect(other?.problem?.code == "conflict")
            try await shops.expectShelves([7, 7, 7])
        }
    }

    @Test(
        "Also when one of the processes is killed in between, after any of its commits",
        arguments: [
            Crash("shop-a", 1), Crash("shop-a", 2), Crash("shop-b", 1), Crash("shop-b", 2),
            Crash("shop-c", 1),
        ], [Int64(3), 11])
    func killed(_ crash: Crash, atLast units: Int64) async throws {
        try await Shops.running { shops in
            try await shops.stockAll(10)
            let shop = try shops.shop(crash.shop)
            try await shop.stop()
            try await shop.start(["GIRO_CRASH_AT": "durable:\(crash.commit)"])

            let id = UUID().uuidString.lowercased()
            var crashes = 0
            let answer = try await eventually("the order is final") {
                if !shop.isRunning {
                    crashes += 1
                    try await shop.ending(code: 86)
                    try await shop.start()
                }
                let answer = try? await shops.order(id, units: 3, last: units, wait: "1s")
                return answer?.state == "pending" ? nil : answer
            }
            #expect(crashes == 1, "it was to crash in between")
            let isSold = units == 3
            #expect(answer.state == (isSold ? "sold" : "putBack"))
            try await shops.expectShelves(isSold ? [7, 7, 7] : [10, 10, 10])
        }
    }

    @Test("A shop has health, readiness and metrics, as a bank has them")
    func shared() async throws {
        try await Shops.running { shops in
            let client = try shops.shop("shop-a").client
            #expect(try await client.readiness().blocking.isEmpty)
            #expect(try await client.node().peers.map(\.text) == ["shop-b", "shop-c"])
            _ = try await client.exchange.send(.init("GET", "/healthz")).success()
            let metrics = try await client.exchange.send(.init("GET", "/metrics")).success()
            #expect(String(decoding: metrics, as: UTF8.self).contains("giro_up 1\n"))
            // A bank's routes are no shop's.
            let books = try await client.exchange.send(.init("GET", "/v1/books"))
            #expect(books.status == 404)
        }
    }

    @Test("Shops are verified, have no books, and what prints a bank's log says that it is none")
    func books() async throws {
        try await Shops.running { shops in
            try await shops.stockAll(10)
            for (command, code, told) in [
                (["books"], Int32(0), "shop-a is a shelf: it has no books."),
                (["verify"], 0, "verified"), (["log", "show", "shop-a"], 2, "shop-a is a shelf"),
            ] {
                let ending = try await Running(command + ["--directory", shops.directory])
                    .ending()
                let text = ending.output + ending.errors
                #expect(ending.code == code && text.contains(told), "\(command): \(text)")
            }
        }
    }
}

/// A shop's process ends, as in a crash, once it has made so many commits durable.
struct Crash: Sendable {
    let shop: String
    let commit: Int

    init(_ shop: String, _ commit: Int) {
        (self.shop, self.commit) = (shop, commit)
    }
}

/// Three shops in their own folder, which is removed with the test.
private struct Shops: Sendable {
    let directory: String
    let all: [Shop]

    static let names = ["shop-a", "shop-b", "shop-c"]

    static func running(_ body: (Shops) async throws -> Void) async throws {
        let directory = Banks.newFolder()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let made = try await Running(
            ["init", "--directory", directory, "--kind", "shelf"] + names
        ).ending()
        try #require(made.code == 0, "\(made.errors)")
        let shops = Shops(
            directory: directory, all: names.map { Shop($0, directory: directory) })
        for shop in shops.all { try await shop.start() }
        for shop in shops.all { try await shop.waitUntilReady() }
        do {
            try await body(shops)
        } catch {
            for shop in shops.all { await shop.discard() }
            throw error
        }
        for shop in shops.all { try await shop.stop() }
    }

    func shop(_ name: String) throws -> Shop {
        try #require(all.first { $0.name == name })
    }

    func stockAll(_ units: Int64) async throws {
        for shop in all { try await shop.stock(units) }
    }

    /// Sends an order to the first shop: `units` at it and at the second, `last` at the third.
    func order(
        _ id: String = UUID().uuidString.lowercased(), units: Int64, last: Int64,
        wait: String = "30s"
    ) async throws -> OrderSeen {
        let takes = zip(Self.names, [units, units, last]).map {
            Order.Take(shelf: $0, item: Shop.item, units: $1)
        }
        let order = Order(id: id, take: takes, timeout: "1h")
        let call = Call("POST", "/v1/orders?wait=\(wait)", json: order, wait: .seconds(30))
        return try await all[0].client.exchange.send(call).decoded(as: OrderSeen.self)
    }

    /// What is free at each shop, once nothing is reserved any more.
    func expectShelves(_ free: [Int64]) async throws {
        for (shop, expected) in zip(all, free) {
            let shelf = try await eventually("\(shop.name) has nothing reserved") {
                let shelf = try? await shop.shelf()
                return shelf?.reserved == 0 ? shelf : nil
            }
            #expect(shelf.free == expected, "\(shop.name)")
        }
    }
}

private struct Order: Encodable {
    struct Take: Encodable {
        let shelf: String
        let item: String
        let units: Int64
    }

    let id: String
    let take: [Take]
    let timeout: String
}

private struct OrderSeen: Decodable, Sendable {
    let verdict: String
    let state: String?
    let reason: String?
    let code: String?
}

/// A shop's process, which may be restarted.
private final class Shop: Sendable {
    static let item = "tea"

    struct Shelf: Decodable, Sendable {
        let item: String
        let free: Int64
        let reserved: Int64
    }

    private struct Shelves: Decodable {
        let shelves: [Shelf]
    }

    private struct Stocking: Encodable {
        let id: String
        let item: String
        let units: Int64
    }

    let name: String
    let client: NodeClient
    private let directory: String
    private let current = Mutex<Running?>(nil)

    init(_ name: String, directory: String) {
        (self.name, self.directory) = (name, directory)
        client = NodeClient(.unixSocket(path: "\(directory)/\(name)/giro.sock"))
    }

    private var running: Running? { current.withLock { $0 } }

    var isRunning: Bool { running?.isRunning ?? false }

    func start(_ environment: [String: String] = [:]) async throws {
        let running = try await Running.tied(
            ["node", "--directory", directory, name],
            environment: environment.merging(["GIRO_RETRY_FIRST_MILLISECONDS": "50"]) { $1 })
        current.withLock { $0 = running }
    }

    func waitUntilReady() async throws {
        try await eventually("\(name) is ready") {
            (try? await client.checkHealth()) != nil ? true : nil
        }
    }

    func stop() async throws {
        running?.terminate()
        try await ending(code: 0)
    }

    /// Waits for its end.
    func ending(code: Int32) async throws {
        let running = try #require(self.running)
        let ending = try await running.ending()
        #expect(ending.code == code, "\(name): \(ending.errors.suffix(1_000))")
        current.withLock { $0 = nil }
    }

    /// Ends it however, for a test that has failed.
    func discard() async {
        running?.kill()
        _ = try? await running?.ending()
        current.withLock { $0 = nil }
    }

    func stock(_ units: Int64) async throws {
        let stocking = Stocking(
            id: UUID().uuidString.lowercased(), item: Self.item, units: units)
        _ = try await client.exchange.send(.init("POST", "/v1/stock", json: stocking)).success()
    }

    func shelf() async throws -> Shelf {
        let seen = try await client.exchange.send(.init("GET", "/v1/shelves"))
            .decoded(as: Shelves.self)
        return try #require(seen.shelves.first)
    }
}
