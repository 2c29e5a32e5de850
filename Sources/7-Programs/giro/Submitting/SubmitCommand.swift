import ArgumentParser
import Deployment
import NodeClient
import Saga
import Synchronization

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Send a file of transfers, and follow each to its end.",
        discussion: """
            FILE is CSV in UTF-8 with the heading \
            id,from,to,via,amount,currency,reference,timeout, amounts in minor units; or NDJSON, \
            if its name ends in .ndjson or .jsonl or its first character is {. - is standard \
            input. Each line goes to the payer's bank. Sending a file again is harmless: what was \
            done is not done again, and the results say of every line what became of it.

            Exit codes: 0 every transfer is settled; 1 some were refused, rolled back, invalid or \
            in conflict; 2 the file or the results cannot be used, or the outcome of some lines is \
            not known: send the file again. An interrupt ends it in good order.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The file of transfers; - is standard input.") var file: String
    @Option(
        help: """
            Where the outcomes go; - is standard output. Default: FILE.results.csv, and standard \
            output if FILE is standard input or a pipe.
            """)
    var results: String?
    @Option(help: "Give a bank up when nothing has moved there for so many seconds.")
    var patience = 60

    struct Answer: Encodable {
        let transfers: Int
        let outcomes: [String: Int]
        /// How many of the lines the bank had been sent before.
        let duplicates: Int
        let results: String
    }

    func validate() throws {
        guard (1...86_400).contains(patience) else {
            throw ValidationError("--patience takes a number of seconds from 1 to 86400")
        }
    }

    func run() async throws {
        try await exitingOnFailure {
            // 1. Nothing is sent before all that is needed can be used.
            let lines = try TransfersFile(file)
            let clients = try await place.clients(of: lines.linesOfBanks.keys)
            let path = results ?? (lines.input.isRegular ? file + ".results.csv" : "-")
            let target = try ResultFile(path, for: lines)
            // 2. Send. 3. Write down what is known, whatever happened.
            let submission = Submission(lines, to: clients, patience: .seconds(patience))
            let interrupts = await Interrupts()
            let faults = await run(submission, of: lines.count, interrupts)
            // The reader of a pipe may never read.
            if !target.isRegular { interrupts.release() }
            try end(submission.results, faults, in: target, interrupts.first)
        }
    }

    private func run(
        _ submission: Submission, of count: Int, _ interrupts: Interrupts
    ) async -> [Submission.BankFault] {
        let progress = Mutex(ProgressLine(total: count))
        let show: @Sendable (Submission.Progress) -> Void = { state in
            progress.withLock { $0.show(state.decided, "decided, \(state.answered) answered") }
        }
        let faults = await withTaskGroup(of: [Submission.BankFault]?.self) { group in
            group.addTask { await submission.run(progress: show) }
            group.addTask {
                await interrupts.watch(stop: submission.stop)
                return nil
            }
            var faults: [Submission.BankFault] = []
            while let ended = await group.next() {
                group.cancelAll()
                faults += ended ?? []
            }
            return faults
        }
        progress.withLock { $0.end() }
        return faults
    }

    private func end(
        _ results: LineResults, _ faults: [Submission.BankFault], in target: ResultFile,
        _ interrupt: Int32?
    ) throws {
        let written = Result { try target.write(results) }
        tellInvalid(results)
        for fault in faults { writeError("giro: \(fault.bank): \(fault.reason)") }
        let counts = results.counts
        try show(results, counts, target)
        let open = counts.filter { !$0.key.isFinal }
        if !open.isEmpty {
            writeError("giro: \(openText(open, interrupt)) \(Self.sendAgain)")
        }
        try written.get()
        if let interrupt { Interrupts.endProcess(as: interrupt) }
        guard open.isEmpty else { throw ExitCode(Failure.Code.unavailable.rawValue) }
        let done = counts[.settled] ?? 0
        guard done == results.count else { throw ExitCode(Failure.Code.refused.rawValue) }
    }

    private static let sendAgain = """
        Send the same file again: what was done is not done again, what was not sent is sent, and \
        the results say what became of each line.
        """
    /// The number of invalid lines that are reported on standard error; the results have them all.
    private static let invalidMax = 5

    private func tellInvalid(_ results: LineResults) {
        let invalid = results.lazy.filter { $0.outcome == .invalid }
        for line in invalid.prefix(Self.invalidMax) {
            writeError("giro: Line \(line.number) is invalid: \(line.reason)")
        }
        let more = invalid.dropFirst(Self.invalidMax).count
        if more > 0 { writeError("giro: \(more) more lines are invalid; the results say why.") }
    }

    private func openText(_ open: [LineResult.Outcome: Int], _ interrupt: Int32?) -> String {
        let words: [(LineResult.Outcome, String)] = [
            (.pending, "pending"), (.unknown, "sent without an answer"), (.notSent, "not sent"),
        ]
        let list = words.compactMap { outcome, word in open[outcome].map { "\($0) \(word)" } }
        let cause = interrupt == nil ? "Not all lines are decided" : "Interrupted"
        return "\(cause): \(list.joined(separator: ", "))."
    }

    /// On standard error where the results have taken standard output.
    private func show(
        _ results: LineResults, _ counts: [LineResult.Outcome: Int], _ target: ResultFile
    ) throws {
        let duplicates = results.standings.count { $0.verdict == .duplicate }
        let answer = Answer(
            transfers: results.count,
            outcomes: Dictionary(
                uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }),
            duplicates: duplicates, results: target.name)
        func text() -> String {
            var table = Table("outcome", "transfers")
            for outcome in LineResult.Outcome.allCases {
                guard let count = counts[outcome] else { continue }
                table.add(outcome.rawValue, "\(count)")
            }
            let again = duplicates == 0 ? "" : "\n\(duplicates) of them had been sent before."
            return "\(table.text)\(again)\n\nLine by line: \(target.name)"
        }
        guard target.isStandardOutput else { return try output.show(answer, text) }
        writeError(output.json ? try JSONLine.text(of: answer) : text())
    }
}
