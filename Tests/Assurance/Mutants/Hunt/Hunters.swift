import Foundation

/// The program: `hunt --table FILE [--json] [--all] [--only NAME]…`, or, for one process of it,
/// `hunt --seed N`.
@main
struct Hunters {
    /// The fixed seeds that everything is tried with.
    private static let seeds: UInt64 = 60

    static func main() throws {
        var table = "", only: Set<String> = [], isJSON = false, isExhaustive = false
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seed": Trial.run(seed: arguments.popFirst().flatMap(UInt64.init) ?? 1)
            case "--table": table = arguments.popFirst() ?? ""
            case "--only": only.insert(arguments.popFirst() ?? "")
            case "--json": isJSON = true
            case "--all": isExhaustive = true
            default: throw UsageError(argument: argument)
            }
        }
        let all = try Mutant.table(at: table)
        let folder = URL(fileURLWithPath: table).deletingLastPathComponent()
        try Mutant.check(all, against: folder.appendingPathComponent("patches").path)
        let mutants = all.filter { only.isEmpty || only.contains($0.name) }
        let hunt = Hunt(mutants: mutants, seeds: seeds, isExhaustive: isExhaustive)
        let baseline = try hunt.baseline()
        let clean = Findings(findings: [], baseline: baseline).cleanSeeds
        let findings = Findings(findings: try hunt.findings(in: clean), baseline: baseline)
        print(isJSON ? try findings.json() : findings.text)
        exit(findings.isGood ? 0 : 1)
    }
}

struct UsageError: Error, CustomStringConvertible {
    let argument: String

    var description: String { "unknown argument \(argument)" }
}
