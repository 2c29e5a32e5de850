import Saga
import TestTags
import Testing

/// The protocol as Promela models, checked exhaustively: see Tests/Assurance/Model/README.md for
/// version 1 and Tests/Assurance/LinkModel/README.md for version 2.
@Suite("The models of the protocol", .serialized, .tags(.process, .slow))
struct ModelTests {
    @Test(
        "Every form of a model comes out as it has to",
        arguments: Model.allCases.flatMap(\.checks))
    func comesOut(_ check: ModelCheck) async throws {
        let (code, report) = try await check.run()
        #expect(code == 0, "\(report)")
        let words = report.split(separator: "\n").last?.split(separator: " ").map(String.init)
        #expect(words?.prefix(3) == [check.name, check.kind.rawValue, check.expected][...])
        #expect(words?.last == "ok", "\(report)")
    }

    @Test(
        "The protocol as it is is checked for two, three and four steps, both ways",
        arguments: Model.allCases)
    func sizes(_ model: Model) {
        for kind in [ModelCheck.Kind.safety, .progress] {
            for steps in 2...4 {
                #expect(
                    model.checks.contains {
                        $0.kind == kind && $0.expected == "holds"
                            && $0.defines.contains("STEPS=\(steps)")
                    })
            }
        }
    }

    @Test(
        "Version 2's table with a loss, and its link with every fault, are checked both ways",
        arguments: ["LOSS", "LINK", "SENDER_LOSES", "RECEIVER_LOSES"])
    func linkForms(_ form: String) {
        for kind in [ModelCheck.Kind.safety, .progress] {
            #expect(
                Model.version2.checks.contains {
                    $0.kind == kind && $0.expected == "holds" && $0.defines.contains(form)
                })
        }
    }

    /// The models' parameters besides their variants.
    static let sizes: Set<String> = [
        "STEPS", "DECIDES_LATER", "LATE", "PATIENT", "PROGRESS", "COVERAGE", "LOSS", "LOSER",
        "SECOND_LOSS", "LINK", "NUMBERS", "ROTATION", "SENDER_LOSES", "RECEIVER_LOSES",
    ]

    @Test(
        "Every wrong variant that a model has is checked, and has to fail",
        arguments: Model.allCases)
    func variantsFail(_ model: Model) throws {
        let conditions = try model.text().split(separator: "\n")
            .filter { ["#ifdef", "#ifndef", "#if", "#elif"].contains($0.prefix { $0 != " " }) }
            .flatMap { $0.split { !($0.isLetter || $0.isNumber || $0 == "_") } }
            .map(String.init).filter { $0.contains { $0.isUppercase } }
        let variants = Set(conditions).subtracting(Self.sizes)
        #expect(variants.count >= 15)
        for variant in variants.sorted() {
            let checks = model.checks.filter { $0.defines.contains(variant) }
            #expect(!checks.isEmpty, "\(variant)")
            #expect(!checks.contains { $0.expected == "holds" }, "\(variant)")
        }
    }
}

/// The model has its own tables: they must equal the program's, or it proves nothing about it.
/// Version 2's are compared once its code exists.
@Suite("The tables of version 1's model")
struct ModelTableTests {
    /// What the model calls the moves.
    static let moves: [String: Move] = [
        "perform": .perform, "bury": .bury, "askToStop": .askToStop,
        "abandonNext": .abandonNext, "makeFinal": .confirm, "giveBack": .cancel,
        "answer": .answer, "ignore": .ignore, "quarantineUnasked": .quarantine(.unexpectedAnswer),
        "quarantineDenial": .quarantine(.contradiction),
    ]

    @Test("Every cell of the model's protocol table is the program's")
    func cells() {
        let rows = modelRows("CELL", in: "table.pml")
        let expected = StepState.allCases.flatMap { state in
            Message.Kind.allCases.map { (state, $0, state.move(on: $0)) }
        }
        #expect(rows.count == expected.count)
        for (state, message, move) in expected {
            let row = rows.filter { $0.first == "\(state)" && $0.dropFirst().first == "\(message)" }
            #expect(row.count == 1, "\(state), \(message)")
            #expect(row.first?.last.flatMap { Self.moves[$0] } == move, "\(state), \(message)")
        }
    }

    @Test("Every change of a step's state that the model allows is the program's, and no other")
    func changes() {
        let rows = Set(modelRows("CHANGE", in: "changes.pml"))
        let expected = StepState.allCases.flatMap { state in
            StepState.allCases.filter { state.canBecome($0) }.map { ["\(state)", "\($0)"] }
        }
        #expect(rows == Set(expected))
    }

    @Test("The model's states have the numbers that logs keep", arguments: StepState.allCases)
    func numbers(state: StepState) {
        let lines = Model.version1.lines(of: "words.pml")
        let words = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(words.contains(["#define", "\(state)", "\(state.rawValue)"]))
    }
}
