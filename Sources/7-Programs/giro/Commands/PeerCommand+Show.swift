import APIModels
import ArgumentParser
import Ledger
import NodeClient
import Saga

extension PeerCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how a bank stands with its peers, and what it allows them.",
            discussion: """
                A row for each peer and currency with a limit or a transfer. The balance is what \
                the bank owes the peer; below zero, the peer owes the bank. The exposure counts \
                against the limit of what the peer may owe, and what is owed against the limit of \
                what the bank may owe.
                """)
        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The bank.") var node: NodeName

        func run() async throws {
            try await exitingOnFailure {
                let report = try await place.withBank(node) { try await $0.books() }
                try output.show(report) { report.peersTable }
            }
        }
    }
}

extension BooksReport {
    /// For people: the peers, those that may not pass money through, and those that are stopped.
    var peersTable: String {
        var table = Table("peer", "balance", "exposure", "limit", "owed", "owed limit")
        for books in currencies {
            for peer in books.clearing {
                table.add(
                    peer.peer.text, books.currency.text(peer.balance),
                    books.currency.text(peer.exposure), books.currency.text(peer.limit),
                    books.currency.text(peer.owed),
                    peer.owedLimit.map { books.currency.text($0) } ?? "none")
            }
        }
        let blocked = transitBlocked.map { "\($0) may not pass money through \(node)." }
        let stopped = stoppedPeers.map {
            "\($0) is stopped: \(node) takes no new transfers from it."
        }
        return ([table.text] + blocked + stopped).joined(separator: "\n")
    }
}
