import Engine
import Saga
import Testing

/// Who may say what: a message counts only from the neighbour who has to say it.
@Suite struct SenderTests {
    /// bank-b owns step 1; bank-a and the shop are its neighbours.
    static let trip = Trip(Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1)))

    @Test(
        "A message from anybody but the neighbour is quarantined and changes nothing",
        arguments: Wrong.all, StepState.allCases)
    func wrongSender(_ wrong: Wrong, in state: StepState) throws {
        var bench = Bench()
        let trip =
            state == .deciding
            ? Trip(Self.trip.route.adding(.approve(), to: 1)) : Self.trip
        bench.bring(trip, to: state)
        let before = bench[.bankB].state
        var message = trip.message(wrong.kind, wrong.number, from: wrong.sender)
        message = message.to(.bankB)
        let outcome = bench.deliver(message)

        let isUnknown = !wrong.kind.travelsForward && (wrong.number != 1 || state == .unknown)
        #expect(outcome.entries == [.quarantined(isUnknown ? .unexpectedAnswer : .wrongStep)])
        #expect(outcome.messages.isEmpty)
        #expect(bench[.bankB].state.participant == before.participant)
        #expect(bench[.bankB].state.commands == before.commands)
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "The last step has no next node, so no node may answer it",
        arguments: [
            Message.Kind.confirm, .cancel,
        ])
    func afterTheLast(_ kind: Message.Kind) {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.bring(trip, to: .confirmed)
        for sender in [NodeName.bankA, .hub, .shop] {
            bench.deliver(trip.message(kind, 1, from: sender))
            let letters = bench[.bankB].state.deadLetters
            #expect(letters[DeadLetterSource(.wrongStep, on: sender, from: sender)]?.count ?? 0 > 0)
        }
    }

    @Test(
        "Step 0 enters through the API and by no message",
        arguments: [
            Message.Kind.reserve, .abandon,
        ])
    func stepZero(_ kind: Message.Kind) {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .bea, to: .alice))
        for sender in [NodeName.bankA, .hub] {
            let outcome = bench.deliver(trip.message(kind, 0, from: sender))
            #expect(outcome.entries == [.quarantined(.wrongStep)])
        }
        #expect(bench[.bankB].state[trip.saga] == nil)
    }

    @Test("Unreadable content hides the owners, but no peer may send a message for step 0")
    func unreadableStepZero() {
        var bench = Bench()
        let trip = Trip(.raw([0xFF]), owners: [.bankB, .bankA])
        let outcome = bench.deliver(trip.message(.reserve, 0, from: .bankA))
        #expect(outcome.entries == [.quarantined(.wrongStep)])
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let kind: Message.Kind
        let number: Int
        let sender: NodeName

        var testDescription: String { "\(kind) \(number) from \(sender)" }

        static let all = [
            // Not in the itinerary at all, or on the wrong side.
            Wrong(kind: .reserve, number: 1, sender: .hub),
            Wrong(kind: .reserve, number: 1, sender: .shop),
            Wrong(kind: .abandon, number: 1, sender: .hub),
            Wrong(kind: .abandon, number: 1, sender: .shop),
            Wrong(kind: .confirm, number: 1, sender: .hub),
            Wrong(kind: .confirm, number: 1, sender: .bankA),
            Wrong(kind: .cancel, number: 1, sender: .hub),
            Wrong(kind: .cancel, number: 1, sender: .bankA),
            // Another node's step.
            Wrong(kind: .reserve, number: 2, sender: .bankA),
            Wrong(kind: .reserve, number: 2, sender: .shop),
            Wrong(kind: .abandon, number: 2, sender: .bankA),
            Wrong(kind: .confirm, number: 0, sender: .shop),
            Wrong(kind: .cancel, number: 2, sender: .shop),
            // Beyond the end.
            Wrong(kind: .reserve, number: 3, sender: .shop),
            Wrong(kind: .abandon, number: 15, sender: .bankA),
            Wrong(kind: .confirm, number: 3, sender: .shop),
        ]
    }
}

extension Message {
    /// The same, addressed to `receiver`, whichever node owns its step.
    func to(_ receiver: NodeName) -> Message {
        Message(
            kind, from: sender, to: receiver, step: step, content: content, deadline: deadline,
            refusal: refusal)
    }
}
