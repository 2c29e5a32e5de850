import Saga
import Testing

@Suite("Contents and events")
struct ContentAndEventTests {
    static let command = CommandID(high: 1, low: 2)

    static func node(_ name: String) -> NodeName {
        guard let node = NodeName(name) else { preconditionFailure("\(name) is no node's name") }
        return node
    }

    static let ada: Principal = {
        guard let ada = Principal("unix:ada") else { preconditionFailure("ada is no principal") }
        return ada
    }()

    static func content(_ reading: Content<String>.Reading, hash: Hash = .zero) -> Content<String> {
        Content(bytes: [1, 2, 3], hash: hash, reading: reading)
    }

    static let itinerary = Itinerary<String>(steps: [
        .init(node: node("a"), actions: ["x"]), .init(node: node("b"), actions: ["y"]),
    ])

    static let readings: [(reading: Content<String>.Reading, owners: [String?])] = [
        (.understood(itinerary), [nil, "a", "b", nil]),
        (.unknownParts(owners: [node("c"), node("d")]), [nil, "c", "d", nil]),
        (.unknownParts(owners: []), [nil, nil, nil, nil]),
        (.unreadable, [nil, nil, nil, nil]),
    ]

    @Test("A content names its steps' owners as far as it can be read", arguments: readings)
    func namesOwners(reading: Content<String>.Reading, owners: [String?]) {
        let content = Self.content(reading)
        #expect((-1...2).map { content.node(at: $0)?.text } == owners)
    }

    @Test("Contents are the same if their hashes are, whatever a node could read of them")
    func comparesByHash() throws {
        let other = try #require(Hash(bytes: [UInt8](repeating: 1, count: 32)))
        let read = Self.content(.understood(Self.itinerary))
        #expect(read == Self.content(.unreadable))
        #expect(read != Self.content(read.reading, hash: other))
        #expect(Set([read, Self.content(.unreadable)]).count == 1)
    }

    static let events: [(event: Event<String>, saga: CommandID?)] = [
        (
            .stepDecided(
                StepDecided(
                    step: StepID(saga: SagaID(command, contentHash: .zero), number: 3),
                    state: .reserved, previous: nil, next: nil)), command
        ),
        (
            .operationDecided(
                OperationDecided(
                    id: command, fingerprint: .zero, principal: ada,
                    outcome: .refused(.declined))), command
        ),
        (.abandonRequested(command, by: ada), command),
        (.inboxAdvanced, nil),
        (.inboxRestarted(node("a")), nil),
        (
            .quarantined(
                Quarantined(cause: .unknownSender, inbox: node("a"), offset: 4, record: [1])), nil
        ),
        (.nodeOpened(node("a"), publicKey: [1]), nil),
    ]

    @Test("An event belongs to its UUID's stream, housekeeping to none", arguments: events)
    func belongsToAStream(event: Event<String>, saga: CommandID?) {
        #expect(event.saga == saga)
    }

    /// By state, the receiver of a step whose neighbours are `a` and `c`.
    static let receivers: [(state: StepState, receiver: String?)] = [
        (.unknown, nil), (.deciding, nil), (.reserved, "c"), (.confirmed, "a"), (.cancelled, "a"),
    ]

    @Test("A step's entry is for the neighbour that its state concerns", arguments: receivers)
    func receiver(state: StepState, receiver: String?) {
        let sides = [nil, Self.node("a"), Self.node("c")]
        for previous in sides {
            for next in sides {
                let event = Event<String>.stepDecided(
                    StepDecided(
                        step: StepID(saga: SagaID(Self.command, contentHash: .zero), number: 3),
                        state: state, previous: previous, next: next, content: [1],
                        deadline: .distantPast, fingerprint: .zero, principal: Self.ada,
                        reserving: ["x"], closing: ["y"]))
                // At an end of the itinerary there is no such neighbour.
                let expected = receiver.flatMap { $0 == "c" ? next : previous }
                #expect(event.receiver == expected)
            }
        }
    }

    @Test("Every state says for whom a step's entry is")
    func receiversAreComplete() {
        #expect(Self.receivers.map(\.state) == StepState.allCases)
    }

    @Test("An entry about no step is for no peer, whatever node it names")
    func housekeepingHasNoReceiver() {
        let header = SignedHeader(bytes: [1], signature: [2])
        let naming: [Event<String>] = [
            .witnessed(Self.node("a"), header), .peerSuspended(Self.node("a"), header),
            .peerAccepted(Self.node("a"), by: Self.ada), .keyRotated(publicKey: [1], by: Self.ada),
            .timelineStarted(1, by: Self.ada, approvers: ["b", "c"]),
            .clockAccepted(.distantPast, by: Self.ada, approvers: ["b", "c"]),
            .intakeSet(from: Self.node("a"), .stopped, by: Self.ada),
            .quarantined(
                Quarantined(
                    cause: .contradiction, inbox: Self.node("a"), offset: 4, record: [1],
                    peer: Self.node("a"))),
        ]
        for event in naming + Self.events.map(\.event) {
            #expect(event.receiver == nil)
        }
    }

    @Test("A quarantined record is kept up to its limit", arguments: [0, 1, 4_095, 4_096, 4_097])
    func recordsAreCapped(count: Int) {
        let record = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let quarantined = Quarantined(
            cause: .unreadable, inbox: Self.node("a"), offset: 1, record: record)
        #expect(quarantined.record == Array(record.prefix(4_096)))
    }

    @Test("The names of the causes of quarantine do not change")
    func causesAreStable() {
        #expect(
            Quarantined.Cause.allCases.map(\.rawValue) == [
                "unreadable", "unauthenticated", "unknownSender", "hashMismatch", "wrongStep",
                "unexpectedAnswer", "contradiction",
            ])
    }
}
