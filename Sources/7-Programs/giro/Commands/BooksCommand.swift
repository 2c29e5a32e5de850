import ArgumentParser
import Audit
import Chain
import Deployment
import Engine
import Foundation
import Ledger
import LedgerWire
import Saga

struct BooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "books",
        abstract: "Show every bank's books, and whether all banks together add up.",
        discussion: """
            Reads and verifies the logs, so it works whether the banks run or not. While transfers \
            are moving, two logs are not read at the same moment: then a pair may look uneven.
            A settlement that one bank has posted and the other has not is named, and is not a \
            fault. A node that is no bank is named, and its log is not read. Exit codes: 0 all \
            balances; 1 something does not, or a log is not what was written; 2 a log cannot be \
            read, and what was read balances.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await exitingOnFailure {
            var banks: [NodeFolder] = []
            var others: [BooksAnswer.WithoutBooks] = []
            for folder in try place.deployment.nodes() {
                // A node whose settings cannot be used may be a bank: reading its log says why not.
                let kind = (try? await folder.kind) ?? .bank
                if kind == .bank {
                    banks.append(folder)
                } else {
                    others.append(.init(node: folder.name.text, kind: kind.rawValue))
                }
            }
            let readings = await LogReading.all(banks) {
                try await audit($0, as: Ledger(node: $0.name))
            }
            let answer = BooksAnswer(readings, withoutBooks: others)
            try output.show(answer) { answer.text }
            guard answer.balanced else { throw ExitCode(Failure.Code.refused.rawValue) }
            if let code = LogReading.failure(among: readings) { throw ExitCode(code.rawValue) }
        }
    }
}
