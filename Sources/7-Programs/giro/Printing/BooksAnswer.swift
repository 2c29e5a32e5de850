import Audit
import Deployment
import Foundation
import Ledger
import LedgerWire
import Saga

/// The books as they are printed: in JSON amounts are in minor units, as text.
struct BooksAnswer: Encodable {
    struct Row: Encodable {
        let node: String
        let book: String
        let currency: Currency
        let amount: String
    }

    struct BankPair: Encodable {
        let first: String
        let second: String
        let currency: Currency
        let firstClearing: String
        let secondClearing: String
        let underWay: String
        let balanced: Bool
        let openSettlements: [Settlement]
    }

    struct Settlement: Encodable {
        let payer: String
        let payee: String
        let postedBy: String
        let waitingFor: String
        let amount: String
        let since: String
    }

    struct Unread: Encodable {
        let node: String
        /// What is wrong, and what to do.
        let reason: String
    }

    /// A node that is no bank.
    struct WithoutBooks: Encodable {
        let node: String
        let kind: String

        /// For people.
        var text: String { "\(node) is a \(kind): it has no books." }
    }

    struct Absent: Encodable {
        let node: String
        let peer: String
        let currency: Currency
        let clearing: String
    }

    let books: [Row]
    let pairs: [BankPair]
    let openSagas: Int
    let contradictions: [String]
    /// Of what could be read.
    let balanced: Bool
    /// Whether every log could be read.
    let complete: Bool
    let unread: [Unread]
    let neverStarted: [String]
    /// Nodes of other kinds, whose logs were not read.
    let withoutBooks: [WithoutBooks]
    /// Clearing with banks whose logs were not read: nothing is held against it.
    let absent: [Absent]
    private let lines: Lines

    private enum CodingKeys: CodingKey {
        case books, pairs, openSagas, contradictions, balanced, complete, unread, neverStarted
        case withoutBooks, absent
    }

    /// For people.
    private struct Lines {
        let tables: String
        let settlements: [String]
    }

    init(_ readings: [LogReading<LogAudit<Ledger>>], withoutBooks: [WithoutBooks]) {
        var audits: [LogAudit<Ledger>] = []
        var unread: [Unread] = []
        var neverStarted: [NodeName] = []
        for reading in readings {
            switch reading.outcome {
            case .read(let audit): audits.append(audit)
            case .neverStarted: neverStarted.append(reading.node.name)
            case .failed(let failure):
                unread.append(
                    Unread(node: reading.node.name.text, reason: failure.description))
            }
        }
        self.init(
            TrialBalance(audits, neverStarted: neverStarted), unread: unread,
            neverStarted: neverStarted.map(\.text), withoutBooks: withoutBooks)
    }

    init(
        _ books: TrialBalance, unread: [Unread] = [], neverStarted: [String] = [],
        withoutBooks: [WithoutBooks] = []
    ) {
        self.books = books.rows.map {
            Row(
                node: $0.node.text, book: $0.book, currency: $0.currency,
                amount: "\($0.minorUnits)")
        }
        pairs = books.pairs.map { BankPair($0) }
        openSagas = books.openSagas
        contradictions = books.contradictions.map(\.description)
        balanced = books.isBalanced
        complete = unread.isEmpty
        self.unread = unread
        self.neverStarted = neverStarted
        self.withoutBooks = withoutBooks
        absent = Self.absent(books)
        lines = Lines(
            tables: Self.tables(books),
            settlements: books.pairs.flatMap(\.openSettlements).map(\.text))
    }

    private static func absent(_ books: TrialBalance) -> [Absent] {
        let read = books.nodes.map(\.text)
        return books.rows.compactMap { row in
            guard row.minorUnits != 0, row.book.hasPrefix("clearing/") else { return nil }
            let peer = String(row.book.dropFirst("clearing/".count))
            guard !read.contains(peer) else { return nil }
            return Absent(
                node: row.node.text, peer: peer, currency: row.currency,
                clearing: "\(row.minorUnits)")
        }
    }

    private static func tables(_ books: TrialBalance) -> String {
        var rows = Table("node", "book", "amount")
        for row in books.rows {
            rows.add(row.node.text, row.book, row.currency.text(row.minorUnits))
        }
        var sides = Table("banks", "clearing", "and back", "in progress", "")
        for pair in books.pairs {
            let isEven = pair.openSettlements.isEmpty
            sides.add(
                "\(pair.first) ↔ \(pair.second)", pair.currency.text(pair.firstBalance),
                pair.currency.text(pair.secondBalance), pair.currency.text(pair.underWay),
                pair.isBalanced ? (isEven ? "even" : "settlement in progress") : "UNEVEN")
        }
        return "\(rows.text)\n\n\(sides.text)"
    }

    var text: String {
        var notes = lines.settlements
        notes += neverStarted.map { "\($0) was never started: it has no books." }
        notes += withoutBooks.map(\.text)
        notes += unread.map { "NOT READ: \($0.node). \($0.reason) Its books are not checked." }
        notes += absent.map(\.text)
        let scope = complete ? "" : " as far as the logs could be read"
        let pairs = "every pair of banks" + (absent.isEmpty ? "" : " whose logs are here")
        let verdict =
            balanced
            ? "The books balance\(scope): every bank's books sum to zero, \(pairs) agrees."
            : "THE BOOKS DO NOT BALANCE. Contradicting sagas: \(contradictions)"
        return ([lines.tables, ""] + notes + ["\(openSagas) open sagas. \(verdict)"])
            .joined(separator: "\n")
    }
}

extension BooksAnswer.Absent {
    fileprivate var text: String {
        let amount = Int128(clearing).map(currency.text) ?? clearing
        return "NOT COMPARED: \(node) has \(amount) of clearing with \(peer), whose log is not "
            + "here."
    }
}

extension BooksAnswer.BankPair {
    fileprivate init(_ pair: TrialBalance.BankPair) {
        self.init(
            first: pair.first.text, second: pair.second.text, currency: pair.currency,
            firstClearing: "\(pair.firstBalance)", secondClearing: "\(pair.secondBalance)",
            underWay: "\(pair.underWay)", balanced: pair.isBalanced,
            openSettlements: pair.openSettlements.map {
                .init(
                    payer: $0.payer.text, payee: $0.payee.text, postedBy: $0.postedBy.text,
                    waitingFor: $0.waitingFor.text, amount: "\($0.minorUnits)",
                    since: $0.since.text)
            })
    }
}

extension OpenSettlement {
    fileprivate var text: String {
        """
        Settlement in progress: \(postedBy) has posted \(currency.text(minorUnits)) as \
        \(postedBy == payer ? "paid to \(payee)" : "received from \(payer)") (\(since.text)), \
        waiting for \(waitingFor) to post it as \(postedBy == payer ? "received" : "paid").
        """
    }
}
