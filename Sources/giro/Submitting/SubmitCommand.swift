import ArgumentParser
import Foundation
import NodeAPI
import Saga
import Synchronization

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Send a file of transfers, and follow each to its end.",
        discussion: """
            FILE is CSV with the heading id,from,to,via,amount,currency,reference,timeout, or \
            NDJSON if its name ends in .ndjson or .jsonl. Each line goes to the payer's bank. \
            Sending a file again is harmless: what was done is not done again.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The file of transfers.") var file: String
    @Option(help: "Where the outcomes go. Default: FILE.results.csv.") var results: String?
    @Option(help: "Give up when nothing has moved for so many seconds.") var patience = 60

    struct Answer: Encodable {
        let transfers: Int
        let outcomes: [String: Int]
        let results: String
    }

    func run() async throws {
        try await exitingOnFailure {
            let lines = try TransfersFile.read(file)
            let clients = try place.clients()
            let submission = Submission(lines, to: clients, patience: .seconds(patience))
            let progress = Mutex(ProgressLine(total: lines.count))
            var outcome = Result<Void, any Error>.success(())
            do {
                _ = try await submission.run { answered, decided in
                    progress.withLock { $0.show(decided, "decided, \(answered) answered") }
                }
            } catch {
                outcome = .failure(error)
            }
            progress.withLock { $0.end() }
            let path = results ?? file + ".results.csv"
            try ResultFile.write(submission.sortedResults, to: path)
            try outcome.get()
            try show(submission.sortedResults, path)
        }
    }

    private func show(_ results: [LineResult], _ path: String) throws {
        let counts = Dictionary(grouping: results, by: \.outcome.rawValue).mapValues(\.count)
        let answer = Answer(transfers: results.count, outcomes: counts, results: path)
        try output.show(answer) {
            var table = Table("outcome", "transfers")
            for outcome in LineResult.Outcome.allCases {
                guard let count = counts[outcome.rawValue] else { continue }
                table.add(outcome.rawValue, "\(count)")
            }
            return table.text + "\n\nLine by line: \(path)"
        }
    }
}
