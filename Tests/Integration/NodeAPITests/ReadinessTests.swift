import APIModels
import AccessControl
import Chain
import Engine
import Foundation
import Hummingbird
import HummingbirdTesting
import Ledger
import LedgerWire
import Node
import NodeClient
import Saga
import Synchronization
import TestKit
import Testing

/// What `/readyz` says to whom.
struct ReadinessTests {
    /// Time that passes when a test says so, besides as ever.
    private final class PassingClock: Sendable {
        private let passed = Mutex(Duration.zero)

        func pass(_ time: Duration) { passed.withLock { $0 += time } }

        var nodeClock: NodeClock {
            NodeClock(
                now: { NodeClock.system.now() + self.passed.withLock { $0 } },
                sinceBoot: { NodeClock.system.sinceBoot() + self.passed.withLock { $0 } },
                sleep: NodeClock.system.sleep)
        }
    }

    @Test("A node that refuses all clients is not ready; who may know more, learns more")
    func notReady() async throws {
        let clock = PassingClock()
        try await TCPBank.serving(parts: { parts in
            parts.configuration.limits.openSagasMax = 0
            parts.clock = clock.nodeClock
        }) { bank in
            #expect(try await bank.ask("GET", "/readyz", nil).status == 200)
            clock.pass(.seconds(11))
            for role in [nil, .reader, .operator] as [Role?] {
                let answer = try await bank.ask("GET", "/readyz", role)
                #expect(answer.status == 503)
                #expect(answer.code == "openSagasFull")
                #expect(answer.header("retry-after") != nil)
                #expect(answer.body.contains(#""since":"#))
                #expect(answer.body.contains("limits.openSagasMax (0)") == (role != nil))
            }
            // An unknown token is not refused, and does not show more.
            let stranger = NodeClient(
                .tcp(host: "127.0.0.1", port: bank.port), token: "giro_nobody")
            let report = try await stranger.readiness()
            #expect(report.status == "notReady" && report.position == nil)
            #expect(report.conditions.map(\.code) == ["openSagasFull"])
            #expect(report.conditions.map(\.blocks) == [true])
            #expect(report.conditions.compactMap(\.why).isEmpty)
            let reader = try await bank.client(.reader).readiness()
            #expect(reader.conditions.first?.why?.contains("openSagasMax") == true)
            #expect(try await bank.client(.reader).node().conditions == reader.conditions)
            let metrics = try await bank.ask("GET", "/metrics", .reader).body.split(separator: "\n")
            for line in [
                "giro_ready 0", #"giro_condition{condition="openSagasFull"} 1"#,
                #"giro_condition{condition="peerSilent"} 0"#,
                #"giro_condition_seconds{condition="peerSilent"} 0"#,
            ] {
                #expect(metrics.contains { $0 == line }, "\(line)")
            }
            let seconds = #/giro_condition_seconds\{condition="openSagasFull"\} (\d+)/#
            let age = metrics.firstNonNil { $0.wholeMatch(of: seconds)?.1 }.flatMap { Int($0) }
            #expect(age.map { $0 >= 11 } == true)
        }
    }

    @Test("A silent peer is a warning, named only to those that may know")
    func warning() async throws {
        let clock = PassingClock()
        try await Banks.running(silent: ["bank-b"], parts: { parts in
            parts.clock = clock.nodeClock
        }) { banks in
            try await banks.openAccountsAtA()
            try await banks.router().test(.router) { client in
                #expect(
                    try await client.ask(.post, "/v1/transfers", Body.transfer(5)).status == 202)
                let seen = try await eventually {
                    clock.pass(.seconds(1))
                    let seen = try await client.ask(.get, "/readyz")
                    #expect(seen.status == 200)
                    return seen.items("conditions").isEmpty ? nil : seen
                }
                let condition = seen.items("conditions")[0]
                #expect(condition["code"] as? String == "peerSilent")
                #expect(condition["peer"] as? String == "bank-b")
                #expect(condition["blocks"] as? Bool == false)
                #expect(seen.string("status") == "ready")
                // What waits for the peer is said with its age, amount and deadline.
                let hold = try await eventually {
                    try await client.ask(.get, "/v1/node").items("holds").first {
                        $0["count"] as? Int == 1
                    }
                }
                #expect(hold["peer"] as? String == "bank-b")
                #expect(hold["amount"] as? Int == 5 && hold["currency"] as? String == "EUR")
                let since = try #require(hold["oldestSince"] as? Int)
                #expect(try #require(hold["deadline"] as? Int) > since)
                let metrics = try await client.ask(.get, "/metrics").text
                #expect(metrics.contains("giro_peer_holds{peer=\"bank-b\"} 1\n"))
                #expect(metrics.contains("giro_peer_oldest_hold_age_seconds{peer=\"bank-b\"}"))
            }
        }
    }

    @Test("A node that does not run says so")
    func starting() async throws {
        try await Banks.running(silent: ["bank-a"]) { banks in
            try await banks.router().test(.router) { client in
                let seen = try await client.ask(.get, "/readyz")
                #expect(seen.status == 503)
                #expect(seen.string("code") == "starting")
                #expect(seen.items("conditions").count == 1)
            }
        }
    }
}

extension Sequence {
    fileprivate func firstNonNil<Value>(_ transform: (Element) -> Value?) -> Value? {
        for element in self { if let value = transform(element) { return value } }
        return nil
    }
}
