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
        (.stepRepeated(StepRepeated(step: step, state: .confirmed, neighbour: node("a"))), command),
        (.abandonRequested(AbandonRequested(step: step, next: nil, principal: ada)), command),
        (.stepForgotten(step, facts: ["x"]), command),
    ]

    static let step = StepID(saga: SagaID(command, contentHash: .zero), number: 3)

    static let timeline: TimelineName = {
        guard let fork = ForkID(bytes: [UInt8](repeating: 7, count: ForkID.byteCount)) else {
            preconditionFailure("16 bytes are a name")
        }
        return TimelineName(number: 1, fork: fork)
    }()

    private static let header = SignedHeader(bytes: [1], signature: [2])

    /// Entries about no step that no peer is shown and that have no principal.
    static let housekeeping: [Event<String>] = [
        .inboxAdvanced, .nodeOpened(node("a"), publicKey: [1]),
        .peerKeyTaken(node("a"), publicKey: [1]), .peerAnswered(node("a")),
        .peerSuspended(node("a"), .denied(.goesBack, header: header)),
        .peerSuspended(
            node("a"),
            .forked(
                NewTimeline(timeline, position: .start, commitHash: .zero), number: 1,
                header: header)),
        .quarantined(
            Quarantined(cause: .contradiction, peer: node("a"), number: 4, shown: [1])),
    ]

    /// Entries about logs that the peer `a` is shown, all but a read under a number.
    static let shownToPeers: [Event<String>] = [
        .read(
            Read(number: 1, header: HeaderName(commit: 1, hash: .zero), acknowledged: 0),
            of: node("a"), header: header),
        .peerAccepted(node("a"), Accepted(timeline, own: nil), by: nil),
        .timelineShown(
            NewTimeline(timeline, position: .start, commitHash: .zero), to: node("a")),
        .keyShown(publicKey: [1], to: node("a")),
    ]

    @Test("Housekeeping, and what is said of logs, belongs to no UUID's stream")
    func belongsToNoStream() {
        #expect((Self.housekeeping + Self.shownToPeers).allSatisfy { $0.saga == nil })
    }

    @Test("An event belongs to its UUID's stream", arguments: events)
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

    @Test("What is said of a step again, or asked of the next, is for that neighbour")
    func neighbours() {
        let (before, after) = (Self.node("a"), Self.node("c"))
        for neighbour in [before, after] {
            let repeated = StepRepeated(step: Self.step, state: .confirmed, neighbour: neighbour)
            #expect(Event<String>.stepRepeated(repeated).receiver == neighbour)
        }
        for next in [nil, after] {
            let request = AbandonRequested(step: Self.step, next: next, principal: nil)
            #expect(Event<String>.abandonRequested(request).receiver == next)
        }
        #expect(Event<String>.stepForgotten(Self.step, facts: []).receiver == nil)
    }

    @Test("What a peer is shown of logs is for that peer")
    func shown() {
        #expect(Self.shownToPeers.allSatisfy { $0.receiver == Self.node("a") })
    }

    @Test("Every entry for a peer has a number, but for a read")
    func numbered() {
        for event in Self.housekeeping + Self.shownToPeers + Self.events.map(\.event) {
            var isRead = false
            if case .read = event { isRead = true }
            #expect(event.isNumbered == (event.receiver != nil && !isRead))
        }
        #expect(Self.shownToPeers.map(\.isNumbered) == [false, true, true, true])
    }

    @Test("Housekeeping is for no peer, whatever node it names")
    func housekeepingHasNoReceiver() {
        let decided: [Event<String>] = [
            .keyRotated(publicKey: [1], by: Self.ada),
            .peerKeyCompared(Self.node("a"), publicKey: [1], by: Self.ada),
            .timelineStarted(Self.timeline, by: Self.ada, approvers: ["b", "c"]),
            .clockAccepted(.distantPast, by: Self.ada, approvers: ["b", "c"]),
            .intakeSet(from: Self.node("a"), .stopped, by: Self.ada),
        ]
        for event in decided + Self.housekeeping {
            #expect(event.receiver == nil && !event.isNumbered)
        }
    }

    @Test("A dead letter is kept up to its limit", arguments: [0, 1, 4_095, 4_096, 4_097])
    func lettersAreCapped(count: Int) {
        let shown = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let quarantined = Quarantined(
            cause: .unreadable, peer: Self.node("a"), number: 1, shown: shown)
        #expect(quarantined.shown == Array(shown.prefix(4_096)))
    }

    @Test("The names of the causes of quarantine, and of denials, do not change")
    func causesAreStable() {
        #expect(
            Quarantined.Cause.allCases.map(\.rawValue)
                == ["unreadable", "wrongStep", "unexpectedAnswer", "contradiction"])
        #expect(
            Denial.allCases.map(\.rawValue) == [
                "goesBack", "unknownNumber", "unknownHeader", "unknownAcknowledgment",
                "contradiction",
            ])
    }
}
