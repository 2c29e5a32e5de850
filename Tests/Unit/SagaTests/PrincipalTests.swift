import Saga
import Testing

@Suite("A principal")
struct PrincipalTests {
    @Test(
        "is 1 to 128 printable characters of ASCII without spaces",
        arguments: [
            ("a", true), ("unix:ada", true), ("token:operator/web-shop", true), ("!~", true),
            (String(repeating: "a", count: 128), true), (String(repeating: "a", count: 129), false),
            ("", false), ("ada lovelace", false), ("ada\n", false), ("ada\0", false),
            ("ada\u{7f}", false), ("adä", false),
        ])
    func rules(_ text: String, isOne: Bool) {
        #expect(Principal(text)?.text == (isOne ? text : nil))
    }

    private static let ada = ContentAndEventTests.ada

    private static let decisions: [(event: Event<String>, principal: Principal?)] = [
        (.abandonRequested(request(by: ada)), ada), (.abandonRequested(request(by: nil)), nil),
        (.peerAccepted(ContentAndEventTests.node("a"), accepted, by: ada), ada),
        (.peerAccepted(ContentAndEventTests.node("a"), accepted, by: nil), nil),
        (.peerKeyCompared(ContentAndEventTests.node("a"), publicKey: [1], by: ada), ada),
        (
            .timelineStarted(
                ContentAndEventTests.timeline, by: ada, approvers: ["grace", "alan"]), ada
        ),
        (.keyRotated(publicKey: [1], by: ada), ada),
        (.clockAccepted(.distantPast, by: ada, approvers: ["grace", "alan"]), ada),
        (.intakeSet(from: ContentAndEventTests.node("a"), .stopped, by: ada), ada),
        (
            .operationDecided(
                OperationDecided(
                    id: command, fingerprint: .zero, principal: ada,
                    outcome: .applied("fact"))), ada
        ),
        (.stepDecided(step(by: ada)), ada), (.stepDecided(step(by: nil)), nil),
        (.nodeOpened(ContentAndEventTests.node("a"), publicKey: [1]), nil),
    ]

    private static let accepted = Accepted(ContentAndEventTests.timeline, own: nil)

    private static func request(by principal: Principal?) -> AbandonRequested {
        AbandonRequested(step: step(by: nil).step, next: nil, principal: principal)
    }

    private static let command = CommandID(high: 1, low: 2)

    private static func step(by principal: Principal?) -> StepDecided<String> {
        StepDecided(
            step: StepID(saga: SagaID(command, contentHash: .zero), number: 0), state: .reserved,
            previous: nil, next: nil, fingerprint: principal == nil ? nil : .zero,
            principal: principal)
    }

    @Test("is named by what people and clients decide", arguments: decisions)
    func named(event: Event<String>, principal: Principal?) {
        #expect(event.principal == principal)
    }

    @Test("is named by no entry that follows from peers or from the log itself")
    func unnamed() {
        let events = ContentAndEventTests.housekeeping + ContentAndEventTests.shownToPeers
        #expect(events.allSatisfy { $0.principal == nil && $0.approvers.isEmpty })
    }

    @Test("is kept apart from the names of those who approved")
    func approvers() {
        let accepted = Event<String>.timelineStarted(
            ContentAndEventTests.timeline, by: Self.ada, approvers: ["b", "c"])
        #expect(accepted.approvers == ["b", "c"])
        #expect(Event<String>.keyRotated(publicKey: [], by: Self.ada).approvers.isEmpty)
    }
}
