import Saga
import Testing

@testable import Engine

/// Who may say what: an entry counts only from the neighbour who has to say it.
@Suite struct SenderTests {
    /// bank-b owns step 1; bank-a and the shop are its neighbours.
    static let trip = Trip(Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1)))

    @Test(
        "An entry of anybody but the neighbour is a dead letter and changes nothing",
        arguments: Wrong.all, StepState.allCases)
    func wrongSender(_ wrong: Wrong, in state: StepState) throws {
        var bench = Bench()
        let trip =
            state == .deciding
            ? Trip(Self.trip.route.adding(.approve(), to: 1)) : Self.trip
        bench.bring(trip, to: state)
        let before = bench[.bankB].state
        let word = trip.word(wrong.prompt, wrong.number, from: wrong.sender)
        let outcome = bench.deliver(word.to(.bankB))

        let isUnknown = wrong.prompt != .reserve && (wrong.number != 1 || state == .unknown)
        #expect(outcome.entries == [.quarantined(isUnknown ? .unexpectedAnswer : .wrongStep)])
        #expect(outcome.words.isEmpty)
        #expect(bench[.bankB].state.participant == before.participant)
        #expect(bench[.bankB].state.commands == before.commands)
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "The last step has no next node, so no node may answer it",
        arguments: [
            Prompt.confirm, .cancel,
        ])
    func afterTheLast(_ prompt: Prompt) {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.bring(trip, to: .confirmed)
        for sender in [NodeName.bankA, .hub, .shop] {
            bench.deliver(trip.word(prompt, 1, from: sender))
            let letters = bench[.bankB].state.deadLetters
            #expect(letters[DeadLetterSource(.wrongStep, from: sender), default: 0] > 0)
        }
    }

    /// No entry can ask for step 0, which enters through the API: there is no step before it.
    @Test(
        "What concerns a step beyond all itineraries is a dead letter",
        arguments: [
            (Prompt.reserve, 16), (.abandon, 16), (.confirm, -1), (.cancel, -1),
        ])
    func beyond(_ prompt: Prompt, _ number: Int) {
        var bench = Bench()
        let outcome = bench.deliver(Self.trip.word(prompt, number, from: .bankA).to(.bankB))
        #expect(outcome.entries == [.quarantined(.wrongStep)])
        #expect(bench[.bankB].state[Self.trip.saga] == nil)
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let prompt: Prompt
        let number: Int
        let sender: NodeName

        var testDescription: String { "\(prompt) \(number) from \(sender)" }

        static let all = [
            // Not in the itinerary at all, or on the wrong side.
            Wrong(prompt: .reserve, number: 1, sender: .hub),
            Wrong(prompt: .reserve, number: 1, sender: .shop),
            Wrong(prompt: .abandon, number: 1, sender: .hub),
            Wrong(prompt: .abandon, number: 1, sender: .shop),
            Wrong(prompt: .confirm, number: 1, sender: .hub),
            Wrong(prompt: .confirm, number: 1, sender: .bankA),
            Wrong(prompt: .cancel, number: 1, sender: .hub),
            Wrong(prompt: .cancel, number: 1, sender: .bankA),
            // Another node's step.
            Wrong(prompt: .reserve, number: 2, sender: .bankA),
            Wrong(prompt: .reserve, number: 2, sender: .shop),
            Wrong(prompt: .abandon, number: 2, sender: .bankA),
            Wrong(prompt: .confirm, number: 0, sender: .shop),
            Wrong(prompt: .cancel, number: 2, sender: .shop),
            // Beyond the end.
            Wrong(prompt: .reserve, number: 3, sender: .shop),
            Wrong(prompt: .abandon, number: 15, sender: .bankA),
            Wrong(prompt: .confirm, number: 3, sender: .shop),
        ]
    }
}
