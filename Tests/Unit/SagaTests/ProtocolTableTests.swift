import Saga
import Testing

@Suite("The protocol table")
struct ProtocolTableTests {
    /// The table of the design, "The saga protocol", copied by hand and not from the code.
    static let cells: [(state: StepState, message: Message.Kind, move: Move)] = [
        (.unknown, .reserve, .perform),
        (.unknown, .abandon, .bury),
        (.unknown, .confirm, .quarantine(.unexpectedAnswer)),
        (.unknown, .cancel, .quarantine(.unexpectedAnswer)),

        (.deciding, .reserve, .ignore),
        (.deciding, .abandon, .askToStop),
        (.deciding, .confirm, .quarantine(.unexpectedAnswer)),
        (.deciding, .cancel, .quarantine(.unexpectedAnswer)),

        (.reserved, .reserve, .ignore),
        (.reserved, .abandon, .abandonNext),
        (.reserved, .confirm, .confirm),
        (.reserved, .cancel, .cancel),

        (.confirmed, .reserve, .answer),
        (.confirmed, .abandon, .answer),
        (.confirmed, .confirm, .ignore),
        (.confirmed, .cancel, .quarantine(.contradiction)),

        (.cancelled, .reserve, .answer),
        (.cancelled, .abandon, .answer),
        (.cancelled, .confirm, .quarantine(.contradiction)),
        (.cancelled, .cancel, .ignore),
    ]

    @Test("A step in each state does about each message what the design says", arguments: cells)
    func movesAsDesigned(state: StepState, message: Message.Kind, move: Move) {
        #expect(state.move(on: message) == move)
    }

    @Test("The table has one row for each state and each kind of message")
    func isComplete() {
        struct Place: Hashable {
            let state: StepState
            let message: Message.Kind
        }
        let places = Self.cells.map { Place(state: $0.state, message: $0.message) }
        let all = StepState.allCases.flatMap { state in
            Message.Kind.allCases.map { Place(state: state, message: $0) }
        }
        #expect(places.count == 20)
        #expect(places.count == all.count)
        #expect(Set(places) == Set(all))
    }

    /// A row per state it is in, a column per state it may be in next, in the order of `allCases`.
    static let changes: [(from: StepState, allowed: [Bool])] = [
        // unknown, deciding, reserved, confirmed, cancelled
        (.unknown, [false, true, true, true, true]),
        (.deciding, [false, false, true, true, true]),
        (.reserved, [false, false, false, true, true]),
        (.confirmed, [false, false, false, false, false]),
        (.cancelled, [false, false, false, false, false]),
    ]

    @Test("A step goes only forward, and never leaves a terminal state", arguments: changes)
    func changesOnlyForward(from: StepState, allowed: [Bool]) {
        #expect(StepState.allCases.map { from.canBecome($0) } == allowed)
    }

    @Test("Every state stands in the table of changes, against every state")
    func changesAreComplete() {
        #expect(Self.changes.map(\.from) == StepState.allCases)
        #expect(Self.changes.map(\.allowed.count).reduce(0, +) == 25)
    }

    @Test("A state is terminal exactly if nothing follows it", arguments: StepState.allCases)
    func terminalMeansFinal(state: StepState) {
        let isFinal = StepState.allCases.allSatisfy { !state.canBecome($0) }
        #expect(state.isTerminal == isFinal)
    }

    static let directions: [(message: Message.Kind, isForward: Bool)] = [
        (.reserve, true), (.abandon, true), (.confirm, false), (.cancel, false),
    ]

    @Test("Questions travel forward, answers travel back", arguments: directions)
    func messagesHaveADirection(message: Message.Kind, isForward: Bool) {
        #expect(message.travelsForward == isForward)
    }

    @Test("A message is named by the word that stands in records' headers")
    func messagesHaveAName() {
        #expect(
            Message.Kind.allCases.map { "\($0)" } == ["reserve", "abandon", "confirm", "cancel"])
    }

    @Test("Only a question is ever answered again, only an answer is ever a contradiction")
    func movesFitTheDirection() {
        for cell in Self.cells {
            switch cell.state.move(on: cell.message) {
            case .answer, .perform, .bury, .askToStop, .abandonNext:
                #expect(cell.message.travelsForward)
            case .confirm, .cancel, .quarantine:
                #expect(!cell.message.travelsForward)
            case .ignore:
                break
            }
        }
    }

    @Test("The numbers of the states, which logs keep, do not change")
    func statesHaveStableNumbers() {
        #expect(StepState.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(
            StepState.allCases == [.unknown, .deciding, .reserved, .confirmed, .cancelled])
        #expect(
            Move.Contradiction.allCases.map(\.rawValue) == ["unexpectedAnswer", "contradiction"])
    }
}
