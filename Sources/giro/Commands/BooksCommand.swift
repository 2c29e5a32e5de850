import ArgumentParser
import Audit
import Engine
import EventLog
import Foundation
import Ledger
import Saga

struct BooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "books",
        abstract: "Show every bank's books, and whether all banks together add up.",
        discussion: """
            Reads and verifies the logs, so it works whether the banks run or not. While transfers \
            are moving, two logs are not read at the same moment: then a pair may look uneven.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await exitingOnFailure {
            let books = Books(try await audit(try place.installation.nodes()).map(\.state))
            let answer = BooksAnswer(books)
            try output.show(answer) { answer.text }
            guard books.isBalanced else { throw ExitCode(1) }
        }
    }
}

/// The books as they are printed: amounts in minor units.
struct BooksAnswer: Encodable {
    struct Row: Encodable {
        let node: String
        let book: String
        let currency: String
        let amount: String
    }

    struct Pair: Encodable {
        let first: String
        let second: String
        let currency: String
        let firstClearing: String
        let secondClearing: String
        let underWay: String
        let balanced: Bool
    }

    let books: [Row]
    let pairs: [Pair]
    let openSagas: Int
    let contradictions: [String]
    let balanced: Bool

    init(_ books: Books) {
        self.books = books.rows.map {
            Row(
                node: $0.node.text, book: $0.book, currency: $0.currency.code,
                amount: "\($0.minorUnits)")
        }
        pairs = books.pairs.map {
            Pair(
                first: $0.first.text, second: $0.second.text, currency: $0.currency.code,
                firstClearing: "\($0.firstBalance)", secondClearing: "\($0.secondBalance)",
                underWay: "\($0.underWay)", balanced: $0.isBalanced)
        }
        openSagas = books.openSagas
        contradictions = books.contradictions.map(\.description)
        balanced = books.isBalanced
    }

    var text: String {
        var rows = Table("node", "currency", "book", "minor units")
        for row in books { rows.add(row.node, row.currency, row.book, row.amount) }
        var sides = Table("banks", "currency", "clearing", "and back", "under way", "")
        for pair in pairs {
            sides.add(
                "\(pair.first) ↔ \(pair.second)", pair.currency, pair.firstClearing,
                pair.secondClearing, pair.underWay, pair.balanced ? "even" : "UNEVEN")
        }
        let verdict =
            balanced
            ? "The books balance: every bank's books sum to zero, every pair of banks agrees."
            : "THE BOOKS DO NOT BALANCE. Contradicting sagas: \(contradictions)"
        return """
            \(rows.text)

            \(sides.text)

            \(openSagas) open sagas. \(verdict)
            """
    }
}
