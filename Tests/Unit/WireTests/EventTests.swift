import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

@Suite("An entry's parts")
struct EventTests {
    private func decode(
        _ parts: EntryParts, saga: CommandID?
    ) throws(WireError) -> Samples.Entry {
        try Event.decode(parts, saga: saga, for: Everything.self)
    }

    private static let numbers: [UInt64] = [1, 127, 128, UInt64(Int64.max)]

    @Test("say the event again, whatever its number for a peer")
    func roundTrip() throws {
        for event in Samples.events {
            for number in Self.numbers {
                let parts = Samples.parts(of: event, number: number)
                #expect(try decode(parts, saga: event.saga) == event)
            }
        }
    }

    @Test("name the receiver with its number, and the hash of the content beside them")
    func frames() throws {
        for event in Samples.events {
            guard case .stepDecided(let decided) = event else { continue }
            for number in Self.numbers {
                let parts = Samples.parts(of: event, number: number)
                let frame = try ShownFrame(parts.shown)
                #expect(frame.addressee == event.receiver.map { Addressee($0, number: number) })
                #expect(frame.step?.isEmpty == false)
                #expect(parts.content == decided.content)
                let hash = decided.content.isEmpty ? nil : Hash.sha256(of: decided.content)
                #expect(frame.contentHash == hash)
            }
        }
    }

    @Test("are what is kept alone where the entry is about no step")
    func housekeeping() throws {
        for event in Samples.decidedOperations + Samples.housekeeping {
            let parts = Samples.parts(of: event)
            #expect(!parts.kept.isEmpty)
            #expect(parts == EntryParts(kept: parts.kept))
            #expect(parts.byteCount == parts.kept.count)
        }
        let frame = try ShownFrame([])
        #expect(frame.addressee == nil && frame.step == nil && frame.contentHash == nil)
    }

    @Test("are sampled for every case there is")
    func samplesAreComplete() {
        #expect(Set(Samples.events.map(caseNumber)) == Set(0..<14))
        #expect(Set(Samples.facts.map(caseNumber)) == Set(0..<21))
        let receivers = Samples.decidedSteps.map(\.receiver)
        #expect(Set(receivers) == [nil, Samples.bankA, Samples.bankB, Samples.shop])
    }

    @Test("are refused with an unknown field at the end of one")
    func unknownFields() {
        for event in Samples.events {
            var kept = Samples.parts(of: event)
            kept.kept += Protobuf.unknown
            #expect(throws: WireError.self) { try decode(kept, saga: event.saga) }
            var shown = Samples.parts(of: event)
            shown.shown += Protobuf.unknown
            #expect(throws: WireError.self) { try decode(shown, saga: event.saga) }
        }
    }

    @Test("are refused where the entry is about no step, and shows something or has a content")
    func shownWithoutStep() {
        let steps = Samples.decidedSteps.map { Samples.parts(of: $0).shown }
        for event in Samples.decidedOperations + Samples.housekeeping {
            let parts = Samples.parts(of: event)
            #expect(throws: Never.self) { try decode(parts, saga: event.saga) }
            for shown in steps.prefix(1) + steps.suffix(1) + [[0]] {
                let showing = EntryParts(shown: shown, kept: parts.kept)
                #expect(throws: WireError.self) { try decode(showing, saga: event.saga) }
            }
            let holding = EntryParts(kept: parts.kept, content: [1])
            #expect(throws: WireError.self) { try decode(holding, saga: event.saga) }
        }
    }

    @Test("of a step are refused where it is not shown, or a content that is not named is there")
    func stepWithoutShown() {
        for event in Samples.decidedSteps {
            var unshown = Samples.parts(of: event)
            unshown.shown = []
            #expect(throws: WireError.self) { try decode(unshown, saga: event.saga) }
            var holding = Samples.parts(of: event)
            guard holding.content.isEmpty else { continue }
            holding.content = [1]
            #expect(throws: WireError.self) { try decode(holding, saga: event.saga) }
        }
    }

    @Test("of a step say the same without their content, but for it")
    func contentLeftOut() throws {
        var count = 0
        for event in Samples.decidedSteps {
            guard case .stepDecided(let decided) = event, !decided.content.isEmpty else { continue }
            var parts = Samples.parts(of: event)
            parts.content = []
            let left = StepDecided(
                step: decided.step, state: decided.state, refusal: decided.refusal,
                previous: decided.previous, next: decided.next, deadline: decided.deadline,
                fingerprint: decided.fingerprint, principal: decided.principal,
                reserving: decided.reserving, closing: decided.closing)
            #expect(try decode(parts, saga: event.saga) == .stepDecided(left))
            count += 1
        }
        #expect(count > 2)
    }

    @Test("are refused under a saga where they need none, and under none where they need one")
    func saga() {
        for event in Samples.events {
            let parts = Samples.parts(of: event)
            let wrong = event.saga == nil ? Samples.command : nil
            #expect(throws: WireError.self) { try decode(parts, saga: wrong) }
        }
    }

    @Test("of a fact say it again, and are refused with an unknown field", arguments: Samples.facts)
    func facts(_ fact: Everything.Fact) throws {
        let bytes = Everything.encode(fact)
        #expect(try Everything.decodeFact(bytes, of: Samples.step) == fact)
        #expect(throws: WireError.self) {
            try Everything.decodeFact(bytes + Protobuf.unknown, of: Samples.step)
        }
    }

    @Test("of a fact leave it to the entry which step it is about")
    func stepsOfFacts() throws {
        for step in [Samples.step.next, Samples.namesakeStep] {
            for (fact, other) in zip(Samples.stepFacts(Samples.step), Samples.stepFacts(step)) {
                let bytes = Everything.encode(fact)
                #expect(bytes == Everything.encode(other), "the step is no part of \(fact)")
                #expect(try Everything.decodeFact(bytes, of: step) == other)
            }
        }
    }

    @Test("of an operation say its fact again under no step", arguments: Samples.operationFacts)
    func operations(_ fact: Everything.Fact) throws {
        #expect(try Everything.decodeFact(Everything.encode(fact), of: nil) == fact)
    }

    @Test("are refused where a step's fact stands under none", arguments: factsOfSteps)
    func factsWithoutStep(_ fact: Everything.Fact) throws {
        #expect(throws: WireError.self) {
            try Everything.decodeFact(Everything.encode(fact), of: nil)
        }
        let parts = Samples.parts(of: Samples.operation(.applied(fact)))
        #expect(throws: WireError.self) { try decode(parts, saga: Samples.command) }
    }

    private static let factsOfSteps = Samples.stepFacts(Samples.step)

    @Test("of a step are about the saga of its UUID and its content's hash")
    func sagaOfStep() throws {
        func cancelled(_ saga: SagaID, _ content: [UInt8] = []) -> Samples.Entry {
            .stepDecided(
                StepDecided(
                    step: StepID(saga: saga, number: 1), state: .cancelled,
                    previous: Samples.bankA, next: nil, content: content))
        }
        for content in [[], Samples.transferContent.bytes] {
            let event = cancelled(Samples.saga, content)
            let parts = Samples.parts(of: event)
            #expect(try decode(parts, saga: Samples.command) == event)
            #expect(
                try decode(parts, saga: Samples.otherCommand)
                    == cancelled(Samples.otherSaga, content))
        }
        let parts = Samples.parts(of: cancelled(Samples.saga))
        let namesake = Samples.parts(of: cancelled(Samples.namesake))
        #expect(parts.shown != namesake.shown)
        #expect(parts.kept == namesake.kept, "which step it is, only the part that is shown says")
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
        case .intakeSet: 13
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
        case .first(.first(.transitSet)): 19
        case .first(.first(.owedLimited)): 20
        }
    }
}
