import Chain
import Saga
import TestKit
import Testing

@testable import Node

/// What is shown of what is wrong, and when the node is not ready because of it.
struct ConditionRuleTests {
    private static let start = Timestamp(milliseconds: 1_795_000_000_000)

    struct Row: Sendable, CustomTestStringConvertible {
        let code: NodeCondition.Code
        let shownAfter: Int
        /// `nil`: it only warns.
        let blocksAfter: Int?

        var testDescription: String { code.rawValue }
    }

    static let rows: [Row] = [
        Row(code: .stopping, shownAfter: 0, blocksAfter: 0),
        Row(code: .logUnavailable, shownAfter: 0, blocksAfter: 0),
        Row(code: .busUnavailable, shownAfter: 0, blocksAfter: 0),
        Row(code: .standingBy, shownAfter: 0, blocksAfter: 0),
        Row(code: .starting, shownAfter: 0, blocksAfter: 0),
        Row(code: .engineNotAnswering, shownAfter: 5, blocksAfter: 5),
        Row(code: .clockNotTrusted, shownAfter: 0, blocksAfter: 0),
        Row(code: .publishingFailing, shownAfter: 2, blocksAfter: 10),
        Row(code: .inboxFailing, shownAfter: 2, blocksAfter: 10),
        Row(code: .peerUnreachable, shownAfter: 2, blocksAfter: nil),
        Row(code: .openSagasFull, shownAfter: 2, blocksAfter: 10),
        Row(code: .inputQueueFull, shownAfter: 2, blocksAfter: 10),
        Row(code: .journalBehind, shownAfter: 10, blocksAfter: nil),
        Row(code: .peerSuspended, shownAfter: 0, blocksAfter: nil),
        Row(code: .peerStopped, shownAfter: 0, blocksAfter: nil),
        Row(code: .peerDenied, shownAfter: 0, blocksAfter: nil),
        Row(code: .peerKeyNotCompared, shownAfter: 0, blocksAfter: nil),
        Row(code: .peerShareFull, shownAfter: 2, blocksAfter: nil),
        Row(code: .peerSilent, shownAfter: 300, blocksAfter: nil),
    ]

    @Test("Every condition is in the table")
    func all() {
        #expect(Self.rows.map(\.code) == NodeCondition.Code.allCases)
    }

    @Test("It is shown, and keeps the node from being ready, once it has lasted", arguments: rows)
    func lasting(_ row: Row) {
        var conditions = NodeConditions(peers: 1)
        conditions.raise(row.code, "first", at: Self.start, sinceBoot: .seconds(100))
        for second in [0, 1, 2, 5, 9, 10, 299, 300, 3_600] {
            let now = Duration.seconds(100 + second)
            // It fails again, for another reason: its beginning is the first one's.
            let isNews = conditions.raise(
                row.code, "at \(second)", at: Self.start + .seconds(second), sinceBoot: now)
            #expect(!isNews)
            let shown = conditions.shown(sinceBoot: now)
            #expect(shown.map(\.code) == (second >= row.shownAfter ? [row.code] : []))
            guard let condition = shown.first else { continue }
            #expect(condition.since == Self.start)
            #expect(condition.why == "at \(second)")
            #expect(condition.isBlocking == row.blocksAfter.map { second >= $0 } ?? false)
        }
        #expect(conditions.clear(row.code) == Self.start)
        #expect(conditions.clear(row.code) == nil)
        #expect(conditions.shown(sinceBoot: .seconds(9_999)).isEmpty)
    }

    @Test("What is awaited keeps the reason of a failure, and is gone when it ends")
    func awaited() {
        var conditions = NodeConditions(peers: 1)
        conditions.raise(.publishingFailing, "no broker", at: Self.start, sinceBoot: .zero)
        conditions.expect(
            .publishingFailing, "not yet", at: Self.start + .seconds(5), sinceBoot: .seconds(5))
        #expect(conditions.shown(sinceBoot: .seconds(11)).map(\.why) == ["no broker"])
        conditions.clear(.publishingFailing)
        conditions.expect(
            .publishingFailing, "not yet", at: Self.start, sinceBoot: .seconds(20))
        #expect(conditions.shown(sinceBoot: .seconds(21)).isEmpty)
        #expect(conditions.shown(sinceBoot: .seconds(30)).map(\.why) == ["not yet"])
    }

    @Test("Conditions are per peer, blocking ones first; no peer is silent while its inbox fails")
    func order() {
        let (b, c) = (Cast.bankB, Cast.bankC)
        var conditions = NodeConditions(peers: 2)
        for (code, peer) in [
            (.peerSilent, c), (.peerSuspended, c), (.peerSuspended, b), (.openSagasFull, nil),
        ] as [(NodeCondition.Code, NodeName?)] {
            conditions.raise(code, of: peer, "", at: Self.start, sinceBoot: .zero)
        }
        let shown = conditions.shown(sinceBoot: .seconds(360))
        #expect(
            shown.map(\.code) == [.openSagasFull, .peerSuspended, .peerSuspended, .peerSilent])
        #expect(shown.map(\.peer) == [nil, b, c, c])
        conditions.raise(.inboxFailing, of: c, "", at: Self.start, sinceBoot: .seconds(357))
        #expect(!conditions.shown(sinceBoot: .seconds(360)).contains { $0.code == .peerSilent })
        conditions.clear(.peerSuspended, of: b)
        let left = conditions.shown(sinceBoot: .seconds(360))
        #expect(left.map(\.code) == [.openSagasFull, .inboxFailing, .peerSuspended])
        #expect(left.map(\.peer) == [nil, c, c])
    }

    @Test("One inbox of two that fails only warns; a node that reads none is not ready")
    func inboxes() {
        let (b, c) = (Cast.bankB, Cast.bankC)
        var conditions = NodeConditions(peers: 2)
        conditions.raise(.inboxFailing, of: b, "", at: Self.start, sinceBoot: .zero)
        for second in [2, 10, 3_600] {
            let shown = conditions.shown(sinceBoot: .seconds(second))
            #expect(shown.map(\.peer) == [b])
            #expect(shown.map(\.isBlocking) == [false])
        }
        conditions.raise(.inboxFailing, of: c, "", at: Self.start, sinceBoot: .seconds(3_600))
        // What has not lasted yet is part of a day's work.
        #expect(conditions.shown(sinceBoot: .seconds(3_601)).map(\.isBlocking) == [false])
        let all = conditions.shown(sinceBoot: .seconds(3_610))
        #expect(all.map(\.peer) == [b, c])
        #expect(all.map(\.isBlocking) == [true, true])
        conditions.clear(.inboxFailing, of: b)
        let rest = conditions.shown(sinceBoot: .seconds(3_610))
        #expect(rest.map(\.peer) == [c])
        #expect(rest.map(\.isBlocking) == [false])
    }

    /// A condition that lasts beside a peer's silence.
    struct Beside: Sendable, CustomTestStringConvertible {
        let code: NodeCondition.Code
        let peer: NodeName?
        /// Whether it may be what keeps bank-b from being heard.
        let explains: Bool

        var testDescription: String { "\(code.rawValue) \(peer?.text ?? "")" }
    }

    static let besides: [Beside] = [
        Beside(code: .publishingFailing, peer: nil, explains: true),
        Beside(code: .inboxFailing, peer: Cast.bankB, explains: true),
        Beside(code: .peerUnreachable, peer: Cast.bankB, explains: true),
        Beside(code: .inboxFailing, peer: Cast.bankC, explains: false),
        Beside(code: .peerUnreachable, peer: Cast.bankC, explains: false),
        Beside(code: .peerSuspended, peer: Cast.bankB, explains: false),
        Beside(code: .peerStopped, peer: Cast.bankB, explains: false),
        Beside(code: .peerDenied, peer: Cast.bankB, explains: false),
        Beside(code: .peerKeyNotCompared, peer: Cast.bankB, explains: false),
        Beside(code: .peerShareFull, peer: Cast.bankB, explains: false),
        Beside(code: .openSagasFull, peer: nil, explains: false),
        Beside(code: .journalBehind, peer: nil, explains: false),
    ]

    @Test(
        "A peer is not called silent where its topics or the journal fail, and only there",
        arguments: besides)
    func silent(_ beside: Beside) {
        var conditions = NodeConditions(peers: 2)
        conditions.raise(.peerSilent, of: Cast.bankB, "", at: Self.start, sinceBoot: .zero)
        conditions.raise(beside.code, of: beside.peer, "", at: Self.start, sinceBoot: .zero)
        let shown = conditions.shown(sinceBoot: .seconds(360))
        #expect(shown.contains { $0.code == beside.code && $0.peer == beside.peer })
        #expect(shown.contains { $0.code == .peerSilent } == !beside.explains)
        conditions.clear(beside.code, of: beside.peer)
        #expect(conditions.shown(sinceBoot: .seconds(360)).map(\.code) == [.peerSilent])
    }

    @Test("Every condition says what it means and what to do")
    func words() throws {
        let (a, b) = (try #require(NodeName("bank-a")), try #require(NodeName("bank-b")))
        for code in NodeCondition.Code.allCases {
            #expect(code.meaning.hasSuffix("."))
            #expect(!code.remedy(for: a, peer: b).isEmpty)
        }
        #expect(
            NodeCondition.Code.peerSuspended.remedy(for: a, peer: b)
                .contains("giro peer accept bank-a bank-b"))
        #expect(
            NodeCondition.Code.peerStopped.remedy(for: a, peer: b)
                .contains("giro peer resume bank-a bank-b"))
        #expect(
            NodeCondition.Code.peerKeyNotCompared.remedy(for: a, peer: b)
                .contains("giro peer add bank-a bank-b"))
    }

    @Test("A relay that always has something to do is late only with what it was late with")
    func backlog() {
        var backlog = Backlog()
        #expect(backlog.publish(upTo: Position(7)) == nil)
        #expect(backlog.add(Position(1)) == .begins(Position(1)))
        #expect(backlog.add(Position(5)) == nil)
        #expect(backlog.publish(upTo: Position(0)) == nil)
        #expect(backlog.publish(upTo: Position(3)) == .begins(Position(5)))
        #expect(backlog.publish(upTo: Position(4)) == nil)
        #expect(backlog.publish(upTo: Position(5)) == .ends)
        #expect(backlog.add(Position(6)) == .begins(Position(6)))
    }
}
