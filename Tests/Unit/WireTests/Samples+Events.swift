import Saga
import TestKit
import Wire

/// What entries say.
extension Samples {
    typealias Entry = Event<Everything.Fact>

    static let events: [Entry] = stepEvents + linkEvents + decidedOperations + housekeeping

    /// Entries about steps: they show something, also where no peer is shown it.
    static let stepEvents: [Entry] =
        decidedSteps + repeatedSteps + abandonRequests + forgottenSteps

    /// The entry's addressee, if it has one, with that number if it is numbered.
    static func addressee(of event: Entry, number: UInt64) -> Addressee? {
        event.receiver.map { Addressee($0, number: event.isNumbered ? number : nil) }
    }

    /// The parts of the entry that says it, as the one with that number for its receiver.
    static func parts(of event: Entry, number: UInt64 = 7) -> EntryParts {
        Event.encode(event, to: addressee(of: event, number: number), for: Everything.self)
    }
}

// MARK: Steps

extension Samples {
    /// Every state with every reason, and at least one with everything there can be.
    static let decidedSteps: [Entry] =
        middleSteps + otherSteps.map(Entry.stepDecided) + [.stepDecided(fullStep)]

    private static let middleSteps: [Entry] =
        ([.deciding, .reserved, .confirmed] as [StepState]).map { middleStep($0, nil) }
        + allRefusals.map { middleStep(.cancelled, $0) }

    private static func middleStep(_ state: StepState, _ refusal: Refusal?) -> Entry {
        .stepDecided(
            StepDecided(
                step: namesakeStep, state: state, refusal: refusal, previous: bankA, next: shop))
    }

    /// At an end of the itinerary a decision is for no peer, as is one that is still open; and a
    /// step that is new here has a content in whatever state it is, unless that is too long.
    private static let otherSteps: [StepDecided<Everything.Fact>] = [
        .init(step: namesakeStep, state: .reserved, previous: bankA, next: nil),
        .init(step: namesakeStep, state: .confirmed, previous: nil, next: bankB),
        .init(
            step: namesakeStep, state: .cancelled, refusal: .declined, previous: nil, next: bankB),
        .init(
            step: step, state: .deciding, previous: bankA, next: shop,
            content: transferContent.bytes, deadline: deadline),
        .init(
            step: step, state: .confirmed, previous: bankA, next: nil,
            content: transferContent.bytes, deadline: deadline),
        .init(
            step: step, state: .cancelled, refusal: .declined, previous: bankA, next: shop,
            content: transferContent.bytes, deadline: Timestamp(milliseconds: 0)),
        .init(
            step: namesakeStep, state: .cancelled, refusal: .notUnderstood, previous: bankA,
            next: nil, deadline: deadline),
    ]

    private static let fullStep: StepDecided<Everything.Fact> = {
        let step = StepID(saga: saga, number: 15)
        let facts = operationFacts + stepFacts(step)
        return StepDecided(
            step: step, state: .reserved, previous: nil, next: bankB,
            content: transferContent.bytes, deadline: deadline, fingerprint: .zero,
            principal: longest, reserving: facts, closing: facts.reversed())
    }()

    private static let longest = known(
        Principal(String(repeating: "~", count: Principal.charactersMax)))

    static let repeatedSteps: [Entry] =
        [repeatedReserved(deadline), repeatedReserved(Timestamp(milliseconds: 0))]
        + [repeated(.confirmed, nil)] + allRefusals.map { repeated(.cancelled, $0) }

    private static func repeatedReserved(_ deadline: Timestamp) -> Entry {
        .stepRepeated(
            StepRepeated(
                step: step, state: .reserved, neighbour: shop, content: transferContent.bytes,
                deadline: deadline))
    }

    private static func repeated(_ state: StepState, _ refusal: Refusal?) -> Entry {
        .stepRepeated(
            StepRepeated(step: namesakeStep, state: state, refusal: refusal, neighbour: bankA))
    }

    /// Of the client at the origin, at once and passed on later; of the step before, likewise.
    static let abandonRequests: [Entry] = [
        abandon(StepID(saga: saga, number: 0), nil, Cast.ada),
        abandon(StepID(saga: saga, number: 0), bankB, Cast.ada),
        abandon(StepID(saga: saga, number: 0), bankB, nil),
        abandon(step, nil, nil),
        abandon(step, shop, nil),
    ]

    private static func abandon(
        _ step: StepID, _ next: NodeName?, _ principal: Principal?
    ) -> Entry {
        .abandonRequested(AbandonRequested(step: step, next: next, principal: principal))
    }

    static let forgottenSteps: [Entry] = [
        .stepForgotten(namesakeStep, facts: []), .stepForgotten(step, facts: stepFacts(step)),
    ]
}

// MARK: Links

extension Samples {
    static let signedHeader = SignedHeader(
        bytes: [1, 2, 3], signature: [UInt8](repeating: 9, count: 64))
    /// The longest header there may be.
    static let longHeader = SignedHeader(
        bytes: [UInt8](repeating: 7, count: 1_024), signature: [UInt8](repeating: 0, count: 64))

    static func read(_ header: SignedHeader, _ number: UInt64, acknowledged: UInt64) -> Entry {
        let name = HeaderName(commit: 9, hash: .sha256(of: header.bytes))
        return .read(
            Read(number: number, header: name, acknowledged: acknowledged), of: bankB,
            header: header)
    }

    static let fork = TimelineName(
        number: 3, fork: known(ForkID(bytes: [UInt8](repeating: 0xf0, count: 16))))
    static let otherFork = TimelineName(
        number: .init(Int64.max), fork: known(ForkID(bytes: [UInt8](repeating: 0, count: 16))))

    /// Of a log of which everything was lost, of one that lost its end, and of one that did so as
    /// often as can be said.
    static let timelines = [
        NewTimeline(fork, position: .start, commitHash: .zero),
        NewTimeline(
            fork, position: Position(40), commitHash: hash,
            earlier: [
                .init(timeline: 1, number: 5, position: .start),
                .init(timeline: 2, number: 9, position: Position(21)),
            ]),
        NewTimeline(
            otherFork, position: Position(.init(Int64.max)), commitHash: hash,
            earlier: (1...UInt64(NewTimeline.earlierMax)).map {
                NewTimeline.Beginning(
                    timeline: $0, number: $0 * 300, position: Position($0 * 400))
            }),
    ]

    /// What a peer is shown of the two logs.
    static let linkEvents: [Entry] = answers + timelines.map { Entry.timelineShown($0, to: bankB) }

    private static let answers: [Entry] = [
        read(signedHeader, 7, acknowledged: 3), read(signedHeader, 0, acknowledged: 0),
        read(longHeader, .init(Int64.max), acknowledged: .init(Int64.max)),
        .peerAccepted(bankB, Accepted(fork, own: nil), by: Cast.ada),
        .peerAccepted(shop, Accepted(otherFork, own: fork), by: nil),
        .keyShown(publicKey: hash.bytes, to: bankB),
    ]
}

// MARK: Without steps and peers

extension Samples {
    static let decidedOperations: [Entry] =
        allRefusals.map { operation(.refused($0)) }
        + operationFacts.map { operation(.applied($0)) }

    static func operation(_ outcome: OperationDecided<Everything.Fact>.Outcome) -> Entry {
        .operationDecided(
            OperationDecided(
                id: command, fingerprint: hash, principal: Cast.ada, outcome: outcome))
    }

    /// What no peer is shown, and stands under no UUID.
    static let housekeeping: [Entry] = ownLog + suspensions + quarantines

    private static let ownLog: [Entry] = [
        .inboxAdvanced,
        .nodeOpened(bankA, publicKey: hash.bytes),
        .timelineStarted(fork, by: Cast.ada, approvers: ["ada", "grace"]),
        .keyRotated(publicKey: hash.bytes, by: Cast.ada),
        .intakeSet(from: Cast.bankB, .stopped, by: Cast.ada),
        .intakeSet(from: Cast.bankB, .open, by: Cast.ada),
        .clockAccepted(
            Timestamp(milliseconds: 1_795_000_000_000), by: Cast.ada,
            approvers: ["ada", "grace"]),
        .peerKeyTaken(bankB, publicKey: hash.bytes),
        .peerKeyCompared(bankB, publicKey: hash.bytes, by: Cast.ada),
        .peerAnswered(bankB),
    ]

    private static let suspensions: [Entry] =
        timelines.map {
            Entry.peerSuspended(bankB, .forked($0, number: 12, header: signedHeader))
        } + Denial.allCases.map { Entry.peerSuspended(bankB, .denied($0, header: longHeader)) }

    private static let quarantines: [Entry] =
        Quarantined.Cause.allCases.map { quarantined($0, number: 41, shown: [1, 2, 3]) } + [
            quarantined(.unreadable, number: 1, shown: []),
            quarantined(
                .unreadable, number: .init(Int64.max), shown: Array(repeating: 7, count: 9_000)),
        ]

    private static func quarantined(
        _ cause: Quarantined.Cause, number: UInt64, shown: [UInt8]
    ) -> Entry {
        .quarantined(Quarantined(cause: cause, peer: bankB, number: number, shown: shown))
    }
}
