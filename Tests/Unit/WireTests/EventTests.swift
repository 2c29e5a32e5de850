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
        for event in Samples.stepEvents {
            for number in Self.numbers {
                let parts = Samples.parts(of: event, number: number)
                let frame = try ShownFrame(parts.shown)
                #expect(frame.addressee == event.receiver.map { Addressee($0, number: number) })
                #expect(frame.step?.isEmpty == false)
                #expect(parts.content == content(of: event))
                let hash = parts.content.isEmpty ? nil : Hash.sha256(of: parts.content)
                #expect(frame.contentHash == hash)
            }
        }
    }

    private func content(of event: Samples.Entry) -> [UInt8] {
        switch event {
        case .stepDecided(let decided): decided.content
        case .stepRepeated(let repeated): repeated.content
        default: []
        }
    }

    @Test("show a peer what they say to it of logs, and a read without a number")
    func links() throws {
        for event in Samples.linkEvents {
            let parts = Samples.parts(of: event, number: 128)
            let frame = try ShownFrame(parts.shown)
            #expect(parts == EntryParts(shown: frame.encoded(), kept: parts.kept))
            #expect(frame.contentHash == nil && frame.step == nil)
            #expect(frame.addressee == Samples.addressee(of: event, number: 128))
            switch event {
            case .read(let read, let peer, _):
                #expect(frame.what == .read(read))
                #expect(frame.addressee == Addressee(peer, number: nil))
            case .peerAccepted(_, let accepted, _): #expect(frame.what == .accepted(accepted))
            case .timelineShown(let timeline, _): #expect(frame.what == .timeline(timeline))
            case .keyShown(let key, _): #expect(frame.what == .key(key))
            default: Issue.record("\(event) is shown to no peer")
            }
        }
    }

    @Test("are what is kept alone where no peer is shown it, and it is about no step")
    func housekeeping() throws {
        for event in Samples.decidedOperations + Samples.housekeeping {
            let parts = Samples.parts(of: event)
            #expect(!parts.kept.isEmpty)
            #expect(parts == EntryParts(kept: parts.kept))
            #expect(parts.byteCount == parts.kept.count)
        }
        let frame = try ShownFrame([])
        #expect(frame.addressee == nil && frame.what == nil && frame.contentHash == nil)
    }

    @Test("are sampled for every case there is")
    func samplesAreComplete() {
        #expect(Set(Samples.events.map(caseNumber)) == Set(0..<20))
        #expect(Set(Samples.facts.map(caseNumber)) == Set(0..<21))
        for events in [Samples.decidedSteps, Samples.stepEvents] {
            let receivers = Set(events.map(\.receiver))
            #expect(receivers == [nil, Samples.bankA, Samples.bankB, Samples.shop])
        }
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

    @Test("are refused with what an entry of another kind shows, or with a content of none")
    func shownOfAnotherKind() {
        let shown = Array(Set(Samples.events.map { Samples.parts(of: $0).shown }))
        for event in Samples.decidedOperations + Samples.housekeeping + Samples.linkEvents {
            let parts = Samples.parts(of: event)
            #expect(throws: Never.self) { try decode(parts, saga: event.saga) }
            for other in shown + [[0]] where kind(other) != kind(parts.shown) {
                let showing = EntryParts(shown: other, kept: parts.kept)
                #expect(throws: WireError.self) { try decode(showing, saga: event.saga) }
                #expect(throws: WireError.self) { try decode(showing, saga: Samples.command) }
            }
            let holding = EntryParts(shown: parts.shown, kept: parts.kept, content: [1])
            #expect(throws: WireError.self) { try decode(holding, saga: event.saga) }
        }
    }

    /// The number of the field that says what is shown; 0 for nothing.
    private func kind(_ shown: [UInt8]) -> Int {
        switch (try? ShownFrame(shown))?.what {
        case nil: shown.isEmpty ? 0 : -1
        case .step?: 3
        case .read?: 4
        case .key?: 5
        case .timeline?: 6
        case .accepted?: 7
        }
    }

    @Test("of a step are refused where it is not shown, or a content that is not named is there")
    func stepWithoutShown() {
        for event in Samples.stepEvents {
            var unshown = Samples.parts(of: event)
            unshown.shown = []
            #expect(throws: WireError.self) { try decode(unshown, saga: event.saga) }
            var holding = Samples.parts(of: event)
            guard holding.content.isEmpty else { continue }
            holding.content = [1]
            #expect(throws: WireError.self) { try decode(holding, saga: event.saga) }
        }
    }

    @Test("of a step are refused with what another kind of entry keeps of it")
    func stepsOfAnotherKind() {
        let kinds = [
            Samples.decidedSteps, Samples.repeatedSteps, Samples.abandonRequests,
            Samples.forgottenSteps,
        ]
        for (kind, events) in kinds.enumerated() {
            for (other, others) in kinds.enumerated() where other != kind {
                for event in events {
                    for kept in others.map({ Samples.parts(of: $0).kept }) {
                        var parts = Samples.parts(of: event)
                        parts.kept = kept
                        #expect(throws: WireError.self) { try decode(parts, saga: event.saga) }
                    }
                }
            }
        }
    }

    @Test("are refused where they are for another than their receiver, or for none")
    func otherReceivers() throws {
        for event in Samples.decidedSteps + Samples.forgottenSteps {
            let parts = Samples.parts(of: event)
            let frame = try ShownFrame(parts.shown)
            let others = [nil, Samples.bankA, Samples.bankB, Samples.shop]
            for other in others where other != event.receiver {
                let addressee = other.map { Addressee($0, number: 7) }
                var changed = parts
                changed.shown = ShownFrame(
                    to: addressee, frame.what, contentHash: frame.contentHash
                ).encoded()
                #expect(throws: WireError.self) { try decode(changed, saga: event.saga) }
            }
        }
    }

    @Test("of a step say the same without their content, but for it")
    func contentLeftOut() throws {
        var count = 0
        for event in Samples.stepEvents {
            var parts = Samples.parts(of: event)
            guard !parts.content.isEmpty else { continue }
            parts.content = []
            #expect(try decode(parts, saga: event.saga) == withoutContent(event))
            count += 1
        }
        #expect(count > 4)
    }

    private func withoutContent(_ event: Samples.Entry) -> Samples.Entry {
        switch event {
        case .stepDecided(let decided):
            .stepDecided(
                StepDecided(
                    step: decided.step, state: decided.state, refusal: decided.refusal,
                    previous: decided.previous, next: decided.next, deadline: decided.deadline,
                    fingerprint: decided.fingerprint, principal: decided.principal,
                    reserving: decided.reserving, closing: decided.closing))
        case .stepRepeated(let repeated):
            .stepRepeated(
                StepRepeated(
                    step: repeated.step, state: repeated.state, neighbour: repeated.neighbour,
                    deadline: repeated.deadline))
        default: event
        }
    }

    @Test("of what is said again name its content also where that was left out")
    func contentLeftOutOfRepetition() throws {
        let parts = Samples.parts(of: Samples.repeatedSteps[0])
        var left = parts
        left.content = []
        let event = try decode(left, saga: Samples.command)
        #expect(Samples.parts(of: event) == left)
        #expect(left.shown == parts.shown)
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
                    step: StepID(saga: saga, number: 1), state: .cancelled, refusal: .declined,
                    previous: Samples.bankA, next: nil, content: content,
                    deadline: Samples.deadline))
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
        case .stepRepeated: 1
        case .abandonRequested: 2
        case .operationDecided: 3
        case .read: 4
        case .peerKeyTaken: 5
        case .peerSuspended: 6
        case .peerAccepted: 7
        case .peerKeyCompared: 8
        case .peerAnswered: 9
        case .quarantined: 10
        case .inboxAdvanced: 11
        case .nodeOpened: 12
        case .timelineStarted: 13
        case .timelineShown: 14
        case .keyRotated: 15
        case .keyShown: 16
        case .stepForgotten: 17
        case .clockAccepted: 18
        case .intakeSet: 19
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
