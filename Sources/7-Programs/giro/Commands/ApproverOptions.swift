import ArgumentParser
import Foundation

/// Two people who take a decision that no program may take.
///
/// One user types both names, and nothing else distinguishes the two; the log names that user, too.
struct ApproverOptions: ParsableArguments {
    @Option(help: "Who approves of it; twice, for two people.")
    var approvedBy: [String] = []

    /// As an entry in the log names them.
    var names: [String] {
        approvedBy.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    /// One name in two spellings is one person.
    var areTwo: Bool {
        names.allSatisfy { !$0.isEmpty }
            && Set(names.map { $0.precomposedStringWithCanonicalMapping.lowercased() }).count >= 2
    }

    static let rule = "two different people approve: --approved-by NAME --approved-by NAME"
}
