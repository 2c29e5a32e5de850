import ArgumentParser
import Audit
import Foundation

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run three banks, send them 10,000 transfers, kill one on the way, and check.",
        discussion: """
            The banks run in separate processes, with SQLite logs and a SQLite bus, or with \
            what the settings of a prepared folder say (--prepared). They are killed with SIGKILL \
            at random moments and started again. In the end every outcome is compared with the \
            one that an independent model expects, and the logs are verified.
            """)

    @Option(
        name: [.short, .long], help: "Keep the banks here; must be new. Default: a new folder.")
    var directory: String?

    @Flag(help: "The banks of --directory were made by giro init; use their settings.")
    var prepared = false

    @Option(help: "The folder with accounts.csv, transfers.csv and outcomes.csv.")
    var samples = "deploy/samples"

    @Option(help: "How often a bank is killed.")
    var kills = 1

    @Option(help: "Seed of the moments and banks of the kills; default: another one each time.")
    var seed: UInt64?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !prepared || directory != nil else {
            throw ValidationError("--prepared needs the folder: --directory")
        }
        guard (0...10_000).contains(kills) else {
            throw ValidationError("--kills takes a number from 0 to 10000")
        }
    }

    func run() async throws {
        try await exitingOnFailure {
            let demo = try Demo(
                directory: directory, isPrepared: prepared, samples: samples, kills: kills,
                seed: seed ?? UInt64.random(in: 1...UInt64.max))
            let report = try await demo.run()
            print(output.json ? report.summary.json : report.text)
            guard report.isRight else { throw ExitCode(1) }
        }
    }
}

/// The demo's result.
struct DemoReport {
    /// The last line of `giro demo --json`.
    struct Summary {
        let transfers: Int
        let settled: Int
        let rolledBack: Int
        let refused: Int
        let duplicate: Int
        let conflict: Int
        let invalid: Int
        let pending: Int
        let booksBalanced: Bool
        let chainVerified: Bool

        /// In the documented order of the keys.
        var json: String {
            let counts = [
                ("transfers", transfers), ("settled", settled), ("rolledBack", rolledBack),
                ("refused", refused), ("duplicate", duplicate), ("conflict", conflict),
                ("invalid", invalid), ("pending", pending),
            ].map { "\"\($0)\":\($1)" }
            let checks = [("booksBalanced", booksBalanced), ("chainVerified", chainVerified)]
                .map { "\"\($0)\":\($1)" }
            return "{" + (counts + checks).joined(separator: ",") + "}"
        }
    }

    let directory: String
    let results: LineResults
    /// Lines whose outcome is another than the model's.
    let surprises: [String]
    let books: TrialBalance
    let entries: Int
    let kills: Int
    let seed: UInt64

    var summary: Summary {
        func count(_ outcome: LineResult.Outcome) -> Int {
            results.count { $0.modelOutcome == outcome.rawValue }
        }
        return Summary(
            transfers: results.count, settled: count(.settled), rolledBack: count(.rolledBack),
            refused: count(.refused), duplicate: results.count { $0.modelOutcome == "duplicate" },
            conflict: count(.conflict),
            invalid: count(.invalid), pending: count(.pending), booksBalanced: books.isBalanced,
            // Reading the logs verifies them; a fault ends the demo before there is a report.
            chainVerified: true)
    }

    var isRight: Bool {
        surprises.isEmpty && books.isBalanced && summary.pending == 0 && books.openSagas == 0
    }

    var text: String {
        var outcomes = Table("outcome", "transfers", "most frequent reasons")
        for outcome in LineResult.Outcome.allCases.map(\.rawValue) + ["duplicate"] {
            let own = results.filter { $0.modelOutcome == outcome }
            guard !own.isEmpty else { continue }
            let tellsReasons = !["invalid", "conflict"].contains(outcome)
            outcomes.add(outcome, "\(own.count)", tellsReasons ? reasons(of: own) : "")
        }
        let verdict =
            surprises.isEmpty
            ? "Every outcome is the one the independent model expects."
            : "\(surprises.count) OUTCOMES DIFFER FROM THE MODEL'S, the first:\n"
                + surprises.prefix(10).joined(separator: "\n")
        return """
            \(outcomes.text)

            \(verdict)
            Banks killed \(kills) times (seed \(seed)); \(entries) log entries verified: no gap, \
            unbroken chain, true signatures.

            \(BooksAnswer(books).text)

            Look further:
              giro books  --directory \(directory)
              giro verify --directory \(directory)
              giro trace  --directory \(directory) \(example)
              giro log    --directory \(directory) bank-a --limit 20
            """
    }

    private var example: String {
        results.first { $0.outcome == .rolledBack }?.id ?? results.first?.id ?? ""
    }

    private func reasons(of results: [LineResult]) -> String {
        Dictionary(grouping: results.filter { !$0.reason.isEmpty }, by: \.reason)
            .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
            .prefix(4)
            .map { "\($0.key) \($0.value.count)" }
            .joined(separator: ", ")
    }
}
