import TestTags
import Testing

/// The protocol as Promela models, checked exhaustively: see Tests/Assurance/LinkModel/README.md.
/// That their tables are the program's is for SagaTests to say.
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
        "The table with a loss, and the link with every fault, are checked both ways",
        arguments: ["LOSS", "LINK", "SENDER_LOSES", "RECEIVER_LOSES"])
    func linkForms(_ form: String) {
        for kind in [ModelCheck.Kind.safety, .progress] {
            #expect(
                Model.links.checks.contains {
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
