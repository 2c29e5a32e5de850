import APIModels
import Chain
import CoreMetrics
import Hummingbird
import HummingbirdTesting
import Ledger
import LedgerWire
import Links
import MessageBus
import Node
import PrometheusText
import Saga
import TestKit
import Testing

struct MetricsTests {
    @Test("What swift-metrics counts is written as Prometheus reads it")
    func format() {
        let registry = PrometheusRegistry()
        registry.describe("size", "Sizes \\ of\nthings.", bounds: [1, 2.5])
        let odd = [("path", "a\"b\\c\nd"), ("1st", "x"), ("__name", "y")]
        Counter(label: "got.it", dimensions: odd, factory: registry).increment(by: 3)
        Counter(label: "got.it", dimensions: odd.reversed(), factory: registry).increment()
        Meter(label: "level", factory: registry).set(-1.5)
        let size = Recorder(label: "size", factory: registry)
        for value in [1, 2, 3] { size.record(value) }
        #expect(
            registry.text() == #"""
                # HELP got_it got_it
                # TYPE got_it counter
                got_it{_1st="x",label__name="y",path="a\"b\\c\nd"} 4
                # HELP level level
                # TYPE level gauge
                level -1.5
                # HELP size Sizes \\ of\nthings.
                # TYPE size histogram
                size_bucket{le="1"} 1
                size_bucket{le="2.5"} 2
                size_bucket{le="+Inf"} 3
                size_sum 6
                size_count 3

                """#)
    }

    @Test("A name's series are bounded, whatever labels come")
    func bounded() {
        let registry = PrometheusRegistry()
        for number in 0..<5_000 {
            Counter(label: "many", dimensions: [("n", "\(number)")], factory: registry)
                .increment()
        }
        let lines = registry.text().split(separator: "\n")
        #expect(lines.count <= 2_010)
        #expect(lines.contains(#"many{overflow="true"} 3000"#))
    }

    @Test("A node's metrics say what happened to it")
    func node() async throws {
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let body = Body.transfer(5)
                #expect(try await client.ask(.post, "/v1/transfers?wait=20s", body).status == 200)
                #expect(try await client.ask(.post, "/v1/transfers", body).status == 200)
                #expect(
                    try await client.ask(.post, "/v1/transfers", Body.transfer(5_000)).status
                        == 422)
                #expect(try await client.batch([Body.transfer(1, to: Banks.anna)]) == ["applied"])
                #expect(try await client.ask(.get, "/v1/nothing").status == 404)
                let wanted = [
                    #"giro_verdicts_total{verdict="applied"} 2"#,
                    #"giro_verdicts_total{verdict="duplicate"} 1"#,
                    #"giro_refusals_total{reason="ledger.insufficientFunds"} 1"#,
                    #"giro_steps_closed{outcome="confirmed",reason=""} 2"#,
                    #"giro_steps_closed{outcome="operationApplied",reason=""} 4"#,
                    #"giro_steps_closed{outcome="refused",reason="ledger.insufficientFunds"} 1"#,
                    #"giro_build_info{version="\#(GiroVersion.current)"} 1"#,
                    #"giro_sagas_open{state="reserved"} 0"#, "giro_up 1",
                    "giro_queue_inputs 0", "giro_quarantine_records 0",
                    #"giro_inbox_lag_records{peer="bank-b"} 0"#, "giro_relay_lag_entries 0",
                    #"""
                    giro_http_requests_total{method="POST",route="/v1/transfers",status="422"} 1
                    """#,
                    #"giro_http_request_seconds_count{route="/v1/transfers"} 3"#,
                ]
                let text = try await eventually {
                    let seen = try await client.ask(.get, "/metrics")
                    #expect(seen.headers[.contentType] == PrometheusRegistry.mediaType)
                    let lines = Set(seen.text.split(separator: "\n").map(String.init))
                    return wanted.allSatisfy(lines.contains) ? seen.text : nil
                }
                for name in ["decide", "append", "reply"] {
                    #expect(text.contains("giro_\(name)_seconds_bucket{le=\"0.01\"}"))
                }
                // Each name is explained once, and every line is of a name that is.
                let types = text.matches(of: #/# TYPE (\S+)/#).map { String($0.1) }
                #expect(types.count == Set(types).count)
                for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                    let name = line.prefix { $0 != "{" && $0 != " " }
                    #expect(types.contains { name.hasPrefix($0) }, "\(line)")
                }
            }
        }
    }

    /// Records on bank-b's topic: two that are none of its log, and a proof of an answer to a
    /// question that was not asked.
    private static func rejected(
        _ key: SigningKey, for peer: NodeName
    ) throws -> [Record] {
        var log = PeerLog(of: Cast.bankB, key: key)
        let saga = SagaID(.init(high: 1, low: 1), contentHash: .zero)
        let answer = StepDecided<LedgerFact>(
            step: StepID(saga: saga, number: 1), state: .confirmed, previous: peer, next: nil)
        log.append([.stepDecided(answer)], for: Ledger.self)
        return try [[0xFF], [0xFF], log.excerpt(for: peer).encoded()].map {
            Record(key: [], headers: [], value: $0)
        }
    }

    @Test("What was quarantined is counted, by its cause")
    func quarantined() async throws {
        try await Banks.running(silent: ["bank-b"]) { banks in
            let key = try #require(banks.keys[Cast.bankB])
            let records = try Self.rejected(key, for: Cast.bankA)
            _ = try await banks.bus.publish(records, to: "transfers.bank-b.bank-a")
            try await banks.router().test(.router) { client in
                let wanted = [
                    #"giro_quarantined{cause="unexpectedAnswer"} 1"#,
                    #"giro_quarantined{cause="unreadable"} 0"#, "giro_quarantine_records 1",
                    "giro_peers_suspended 0", "giro_records_dropped_total 2",
                ]
                try await eventually {
                    let text = try await client.ask(.get, "/metrics").text
                    let lines = Set(text.split(separator: "\n").map(String.init))
                    return wanted.allSatisfy(lines.contains) ? true : nil
                }
            }
        }
    }

    @Test("The lag of the inbox has a series for each peer, and none besides")
    func inboxes() async throws {
        let long = "transfers.bank-c.bank-a"
        try await Banks.running(
            ["bank-a", "bank-b", "bank-c"], silent: ["bank-b", "bank-c"],
            parts: { parts in
                guard let bus = parts.bus as? InMemoryMessageBus else { return }
                parts.bus = LongTopic(bus: bus, topic: long, unread: 3)
            }
        ) { banks in
            try await banks.router().test(.router) { client in
                let wanted: Set = [
                    #"giro_inbox_lag_records{peer="bank-b"} 0"#,
                    #"giro_inbox_lag_records{peer="bank-c"} 3"#,
                ]
                try await eventually {
                    let text = try await client.ask(.get, "/metrics").text
                    let lines = text.split(separator: "\n").map(String.init)
                    let lags = lines.filter { $0.hasPrefix("giro_inbox_lag_records") }
                    return Set(lags) == wanted ? true : nil
                }
            }
        }
    }

    @Test("A transfer in progress is counted, with its age; a stopped node reports giro_up 0")
    func open() async throws {
        try await Banks.running(silent: ["bank-b"]) { banks in
            try await banks.openAccountsAtA()
            try await banks.router().test(.router) { client in
                let body = Body.transfer(5)
                #expect(try await client.ask(.post, "/v1/transfers", body).status == 202)
                try await eventually {
                    let text = try await client.ask(.get, "/metrics").text
                    return text.contains("giro_sagas_open{state=\"reserved\"} 1\n") ? true : nil
                }
            }
            try await banks.router("bank-b").test(.router) { client in
                let text = try await client.ask(.get, "/metrics").text
                #expect(text.contains("giro_up 0\n"))
            }
        }
    }

    @Test("A shelf has a bank's series, but for those that follow from statements")
    func shelf() async throws {
        let ofBanksOnly: Set = [
            "giro_statements_position", "giro_steps_closed", "giro_peer_holds",
            "giro_peer_oldest_hold_age_seconds", "giro_saga_oldest_age_seconds",
        ]
        try await Banks.running(silent: ["bank-b"]) { banks in
            try await banks.openAccountsAtA()
            try await banks.router().test(.router) { bank in
                try await ShelfRouteTests.running { shelf in
                    let asked = "giro_http_requests_total"
                    let here = try await bank.series(having: ofBanksOnly.union([asked]))
                    let there = try await shelf.series(having: [asked])
                    #expect(Set(here.keys).subtracting(there.keys) == ofBanksOnly)
                    for (name, series) in there { #expect(series == here[name], "\(name)") }
                }
            }
        }
    }

    @Test("A shelf counts what is in quarantine by its cause, and its open sagas")
    func ofShelf() async throws {
        let bus = InMemoryMessageBus()
        try await ShelfRouteTests.running(on: bus) { shelf in
            let shop = try #require(NodeName("shop-a"))
            let records = try Self.rejected(ShelfRouteTests.peerKey, for: shop)
            _ = try await bus.publish(records, to: "transfers.bank-b.shop-a")
            let wanted = [
                #"giro_quarantined{cause="unexpectedAnswer"} 1"#,
                #"giro_quarantined{cause="unreadable"} 0"#, "giro_quarantine_records 1",
                #"giro_sagas_open{state="deciding"} 0"#, #"giro_sagas_open{state="reserved"} 0"#,
            ]
            try await eventually {
                let text = try await shelf.ask(.get, "/metrics").text
                let lines = Set(text.split(separator: "\n").map(String.init))
                return wanted.allSatisfy(lines.contains) ? true : nil
            }
        }
    }
}

/// Says of one topic that it holds more than it does, as if the node had not read it all.
private struct LongTopic: MessageBus {
    let bus: InMemoryMessageBus
    let topic: String
    let unread: Int64

    func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        let held = try await bus.offsets(of: topic)
        return topic == self.topic ? held.lowerBound..<(held.upperBound + unread) : held
    }

    func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64? {
        try await bus.publish(records, to: topic)
    }

    func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        try await bus.records(
            in: topic, from: offset, recordsMax: recordsMax, wait: wait)
    }

    func create(_ topics: [Topic]) async throws(BusError) { try await bus.create(topics) }

    func close() async { await bus.close() }
}

extension TestClientProtocol {
    /// The series of `/metrics` by their names, once all of `names` are there.
    fileprivate func series(having names: Set<String>) async throws -> [String: Set<String>] {
        try await eventually {
            let text = try await ask(.get, "/metrics").text
            var found: [String: Set<String>] = [:]
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                guard let end = line.lastIndex(of: " ") else { continue }
                let series = line[..<end]
                found[String(series.prefix { $0 != "{" }), default: []].insert(String(series))
            }
            return names.isSubset(of: found.keys) ? found : nil
        }
    }
}
