import Foundation
import Saga
import Testing

@Suite("The protocol table")
struct ProtocolTableTests {
    /// The table of the design, "The saga protocol", copied by hand and not from the code.
    static let cells: [(state: StepState, prompt: Prompt, move: Move)] = [
        (.unknown, .reserve, .perform),
        (.unknown, .abandon, .quarantine(.unexpectedAnswer)),
        (.unknown, .confirm, .quarantine(.unexpectedAnswer)),
        (.unknown, .cancel, .quarantine(.unexpectedAnswer)),
        (.unknown, .deadline, .ignore),

        (.deciding, .reserve, .ignore),
        (.deciding, .abandon, .askToStop),
        (.deciding, .confirm, .quarantine(.unexpectedAnswer)),
        (.deciding, .cancel, .quarantine(.unexpectedAnswer)),
        (.deciding, .deadline, .askToStop),

        (.reserved, .reserve, .ignore),
        (.reserved, .abandon, .abandonNext),
        (.reserved, .confirm, .confirm),
        (.reserved, .cancel, .cancel),
        (.reserved, .deadline, .ignore),

        (.confirmed, .reserve, .repeat),
        (.confirmed, .abandon, .ignore),
        (.confirmed, .confirm, .ignore),
        (.confirmed, .cancel, .quarantine(.contradiction)),
        (.confirmed, .deadline, .ignore),

        (.cancelled, .reserve, .repeat),
        (.cancelled, .abandon, .ignore),
        (.cancelled, .confirm, .quarantine(.contradiction)),
        (.cancelled, .cancel, .ignore),
        (.cancelled, .deadline, .ignore),
    ]

    @Test("A step in each state does about each prompt what the design says", arguments: cells)
    func movesAsDesigned(state: StepState, prompt: Prompt, move: Move) {
        #expect(state.move(on: prompt) == move)
    }

    @Test("The table has one row for each state and each prompt")
    func isComplete() {
        struct Place: Hashable {
            let state: StepState
            let prompt: Prompt
        }
        let places = Self.cells.map { Place(state: $0.state, prompt: $0.prompt) }
        let all = StepState.allCases.flatMap { state in
            Prompt.allCases.map { Place(state: state, prompt: $0) }
        }
        #expect(places.count == 25)
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

    @Test("A prompt is named by the word that the table of the model has")
    func promptsHaveAName() {
        #expect(
            Prompt.allCases.map(\.rawValue)
                == ["reserve", "abandon", "confirm", "cancel", "deadline"])
    }

    @Test("Only what asks is done or said again, only an answer is ever a contradiction")
    func movesFitTheDirection() {
        for cell in Self.cells {
            switch cell.state.move(on: cell.prompt) {
            case .repeat, .perform: #expect(cell.prompt == .reserve)
            case .abandonNext: #expect(cell.prompt == .abandon)
            case .askToStop: #expect([.abandon, .deadline].contains(cell.prompt))
            case .confirm: #expect(cell.prompt == .confirm)
            case .cancel: #expect(cell.prompt == .cancel)
            case .quarantine(.contradiction): #expect([.confirm, .cancel].contains(cell.prompt))
            case .quarantine(.unexpectedAnswer):
                #expect([.abandon, .confirm, .cancel].contains(cell.prompt))
            case .ignore: break
            }
        }
    }

    @Test("Time that passes quarantines nothing and decides nothing", arguments: StepState.allCases)
    func deadlines(state: StepState) {
        #expect(state.move(on: .deadline) == (state == .deciding ? .askToStop : .ignore))
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

/// The model of the links has its own tables: they must equal the program's, or it proves nothing
/// about it.
@Suite("The tables of the model of links")
struct LinkModelTableTests {
    /// What the model calls the moves.
    private static let moves: [String: Move] = [
        "perform": .perform, "askToStop": .askToStop, "abandonNext": .abandonNext,
        "makeFinal": .confirm, "giveBack": .cancel, "repeat": .repeat, "ignore": .ignore,
        "quarantineUnasked": .quarantine(.unexpectedAnswer),
        "quarantineDenial": .quarantine(.contradiction),
    ]

    /// The arguments of every row of a macro in a file of the model.
    private static func rows(_ macro: String, in file: String) throws -> [[String]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Assurance/LinkModel")
        let text = try String(
            contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("\(macro)("), let end = line.lastIndex(of: ")") else { return nil }
            let arguments = line[line.index(line.startIndex, offsetBy: macro.count + 1)..<end]
            return arguments.split(separator: ",").map { argument in
                argument.filter { !$0.isWhitespace }
            }
        }
    }

    @Test("Every cell of the model's protocol table is the program's")
    func cells() throws {
        let rows = try Self.rows("CELL", in: "table.pml")
        #expect(rows.count == StepState.allCases.count * Prompt.allCases.count)
        for state in StepState.allCases {
            for prompt in Prompt.allCases {
                let found = rows.filter { $0.prefix(2) == ["\(state)", prompt.rawValue] }
                #expect(found.count == 1, "\(state), \(prompt)")
                let move = found.first?.last.flatMap { Self.moves[$0] }
                #expect(move == state.move(on: prompt), "\(state), \(prompt)")
            }
        }
    }

    @Test("Every change of a step's state that the model allows is the program's, and no other")
    func changes() throws {
        let rows = try Self.rows("CHANGE", in: "changes.pml")
        let expected = StepState.allCases.flatMap { state in
            StepState.allCases.filter { state.canBecome($0) }.map { ["\(state)", "\($0)"] }
        }
        #expect(Set(rows) == Set(expected))
    }
}
