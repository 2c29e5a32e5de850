import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

@Suite("An entry's payload")
struct EventTests {
    private func decode(
        _ payload: [UInt8], saga: CommandID?
    ) throws(WireError) -> Samples.Entry {
        try Event.decode(payload, saga: saga, for: Everything.self)
    }

    @Test("says the event again")
    func roundTrip() throws {
        for event in Samples.events {
            let payload = Event.encode(event, for: Everything.self)
            #expect(try decode(payload, saga: event.saga) == event)
        }
    }

    @Test("is sampled for every case there is")
    func samplesAreComplete() {
        #expect(Set(Samples.events.map(caseNumber)) == Set(0..<13))
        #expect(Set(Samples.facts.map(caseNumber)) == Set(0..<19))
    }

    @Test("is refused with an unknown field at its end")
    func unknownFields() {
        for event in Samples.events {
            let payload = Event.encode(event, for: Everything.self) + Protobuf.unknown
            #expect(throws: WireError.self) { try decode(payload, saga: event.saga) }
        }
    }

    @Test("is refused under a saga where it needs none, and under none where it needs one")
    func saga() {
        for event in Samples.events {
            let payload = Event.encode(event, for: Everything.self)
            let wrong = event.saga == nil ? Samples.command : nil
            #expect(throws: WireError.self) { try decode(payload, saga: wrong) }
        }
    }

    @Test("of a fact says it again, and is refused with an unknown field", arguments: Samples.facts)
    func facts(_ fact: Everything.Fact) throws {
        let bytes = Everything.encode(fact)
        #expect(try Everything.decodeFact(bytes, of: Samples.step) == fact)
        #expect(throws: WireError.self) {
            try Everything.decodeFact(bytes + Protobuf.unknown, of: Samples.step)
        }
    }

    @Test("of a fact leaves it to the entry which step it is about")
    func stepsOfFacts() throws {
        for step in [Samples.step.next, Samples.namesakeStep] {
            for (fact, other) in zip(Samples.stepFacts(Samples.step), Samples.stepFacts(step)) {
                let bytes = Everything.encode(fact)
                #expect(bytes == Everything.encode(other), "the step is no part of \(fact)")
                #expect(try Everything.decodeFact(bytes, of: step) == other)
            }
        }
    }

    @Test("of an operation says its fact again under no step", arguments: Samples.operationFacts)
    func operations(_ fact: Everything.Fact) throws {
        #expect(try Everything.decodeFact(Everything.encode(fact), of: nil) == fact)
    }

    @Test("is refused where a step's fact stands under none", arguments: factsOfSteps)
    func factsWithoutStep(_ fact: Everything.Fact) throws {
        #expect(throws: WireError.self) {
            try Everything.decodeFact(Everything.encode(fact), of: nil)
        }
        let payload = Event.encode(Samples.operation(.applied(fact)), for: Everything.self)
        #expect(throws: WireError.self) { try decode(payload, saga: Samples.command) }
    }

    private static let factsOfSteps = Samples.stepFacts(Samples.step)

    @Test("about a step is about the saga of its UUID and its content's hash")
    func sagaOfStep() throws {
        func confirmed(_ saga: SagaID) -> Samples.Entry {
            .stepDecided(
                StepDecided(
                    step: StepID(saga: saga, number: 1), state: .confirmed, previous: nil,
                    next: nil))
        }
        let payload = Event.encode(confirmed(Samples.saga), for: Everything.self)
        #expect(try decode(payload, saga: Samples.command) == confirmed(Samples.saga))
        #expect(try decode(payload, saga: Samples.otherCommand) == confirmed(Samples.otherSaga))
        #expect(payload != Event.encode(confirmed(Samples.namesake), for: Everything.self))
    }

    /// Does not compile when a case is added: then it wants a sample and a number.
    private func caseNumber(_ event: Samples.Entry) -> Int {
        switch event {
        case .stepDecided: 0
        case .operationDecided: 1
        case .abandonRequested: 2
        case .inboxAdvanced: 3
        case .inboxRestarted: 4
        case .quarantined: 5
        case .nodeOpened: 6
        case .witnessed: 7
        case .peerSuspended: 8
        case .peerAccepted: 9
        case .timelineStarted: 10
        case .keyRotated: 11
        case .clockAccepted: 12
        }
    }

    private func caseNumber(_ fact: Everything.Fact) -> Int {
        switch fact {
        case .first(.first(.opened)): 0
        case .first(.first(.frozen)): 1
        case .first(.first(.unfrozen)): 2
        case .first(.first(.closed)): 3
        case .first(.first(.exposureLimited)): 4
        case .first(.first(.deposited)): 5
        case .first(.first(.withdrawn)): 6
        case .first(.first(.peerSettled)): 7
        case .first(.first(.held)): 8
        case .first(.first(.settled)): 9
        case .first(.first(.released)): 10
        case .first(.second(.stocked)): 11
        case .first(.second(.reserved)): 12
        case .first(.second(.sold)): 13
        case .first(.second(.putBack)): 14
        case .second(.asked): 15
        case .second(.approved): 16
        case .second(.confirmed): 17
        case .second(.cancelled): 18
        }
    }
}

@Suite("An entry's payload is refused")
struct MalformedEventTests {
    private static let hash = Samples.hash.bytes

    private static func decided(_ fields: [UInt8]...) -> [UInt8] {
        Protobuf.field(1, Array(fields.joined()))
    }

    private static let number = Protobuf.field(1, UInt64(1))
    private static let state = Protobuf.field(2, UInt64(2))
    private static let contentHash = Protobuf.field(6, hash)

    private static let fact = Protobuf.field(3, Everything.encode(Samples.operationFacts[0]))

    private static func principal(_ number: UInt64) -> [UInt8] {
        Protobuf.field(number, "unix:ada")
    }

    @Test(
        "under a saga",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("an event of a newer version", Protobuf.field(8, [])),
            Malformed("a step without anything", decided()),
            Malformed("step 16", decided(Protobuf.field(1, UInt64(16)), state, contentHash)),
            Malformed("no state", decided(number, contentHash)),
            Malformed("a newer state", decided(number, Protobuf.field(2, UInt64(5)), contentHash)),
            Malformed(
                "a newer refusal", decided(number, state, Protobuf.field(3, "new"), contentHash)),
            Malformed("a wrong name", decided(number, state, Protobuf.field(4, "A"), contentHash)),
            Malformed("no next name", decided(number, state, Protobuf.field(5, "-"), contentHash)),
            Malformed("no content hash", decided(number, state)),
            Malformed("a short content hash", decided(number, state, Protobuf.field(6, [1]))),
            Malformed(
                "a short fingerprint", decided(number, state, contentHash, Protobuf.field(8, [1]))),
            Malformed("an empty fact", decided(number, state, contentHash, Protobuf.field(9, []))),
            Malformed(
                "a fact of nobody", decided(number, state, contentHash, Protobuf.field(10, [2]))),
            Malformed("unknown in the step", decided(number, state, contentHash, Protobuf.unknown)),
            Malformed("an operation without anything", Protobuf.field(2, [])),
            Malformed(
                "a client's step of no principal",
                decided(number, state, contentHash, Protobuf.field(8, hash))),
            Malformed(
                "a client's step of a principal with a space",
                decided(
                    number, state, contentHash, Protobuf.field(8, hash),
                    Protobuf.field(12, "unix ada"))),
            Malformed(
                "an operation without fact",
                Protobuf.field(2, Protobuf.field(1, hash) + principal(4))),
            Malformed(
                "an operation without principal",
                Protobuf.field(2, Protobuf.field(1, hash) + fact)),
            Malformed(
                "an operation refused for a newer reason",
                Protobuf.field(
                    2, Protobuf.field(1, hash) + Protobuf.field(2, "new") + principal(4))),
            Malformed(
                "an operation refused and applied",
                Protobuf.field(
                    2,
                    Protobuf.field(1, hash) + Protobuf.field(2, "stock.soldOut")
                        + fact + principal(4))),
            Malformed("unknown in an operation", Protobuf.field(2, Protobuf.unknown)),
            Malformed("an abandon request of no principal", Protobuf.field(3, [])),
            Malformed(
                "unknown in an abandon request",
                Protobuf.field(3, principal(1) + Protobuf.unknown)),
        ])
    func underSaga(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Event.decode(malformed.bytes, saga: Samples.command, for: Everything.self)
        }
    }

    @Test("but not the same, well written")
    func wellWritten() throws {
        let payload = Self.decided(Self.number, Self.state, Self.contentHash)
        let event = try Event.decode(payload, saga: Samples.command, for: Everything.self)
        #expect(
            event
                == .stepDecided(
                    StepDecided(
                        step: Samples.namesakeStep, state: .reserved, previous: nil, next: nil)))
    }

    @Test(
        "without a saga",
        arguments: [
            Malformed("unknown in an advance", Protobuf.field(4, Protobuf.unknown)),
            Malformed("unknown in a restart", Protobuf.field(5, Protobuf.unknown)),
            Malformed("quarantined for no cause", Protobuf.field(6, [])),
            Malformed(
                "quarantined from no name",
                Protobuf.field(
                    6, Protobuf.field(1, "contradiction") + Protobuf.field(4, "Not A Name"))),
            Malformed("quarantined for a newer cause", Protobuf.field(6, Protobuf.field(1, "new"))),
            Malformed(
                "a record too long in quarantine",
                Protobuf.field(
                    6,
                    Protobuf.field(1, "unreadable")
                        + Protobuf.field(3, [UInt8](repeating: 0, count: 4_097)))),
            Malformed(
                "unknown in quarantine",
                Protobuf.field(6, Protobuf.field(1, "unreadable") + Protobuf.unknown)),
            Malformed("opened by nobody", Protobuf.field(7, Protobuf.field(2, hash))),
            Malformed("opened without a key", Protobuf.field(7, Protobuf.field(1, "bank-a"))),
            Malformed(
                "opened with a long key",
                Protobuf.field(7, Protobuf.field(1, "bank-a") + Protobuf.field(2, hash + [0]))),
            Malformed(
                "a peer accepted by none", Protobuf.field(10, Protobuf.field(1, "bank-a"))),
            Malformed(
                "a timeline started by none", Protobuf.field(11, Protobuf.field(1, UInt64(1)))),
            Malformed("a key rotated by none", Protobuf.field(12, Protobuf.field(1, hash))),
            Malformed(
                "a clock accepted by none", Protobuf.field(13, Protobuf.field(1, UInt64(1)))),
            Malformed(
                "a key rotated by a principal that is too long",
                Protobuf.field(
                    12,
                    Protobuf.field(1, hash)
                        + Protobuf.field(2, String(repeating: "a", count: 129)))),
            Malformed(
                "unknown in an opening",
                Protobuf.field(
                    7,
                    Protobuf.field(1, "bank-a") + Protobuf.field(2, hash) + Protobuf.unknown)),
        ])
    func withoutSaga(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Event.decode(malformed.bytes, saga: nil, for: Everything.self)
        }
    }
}
