import Chain
import Saga
import TestKit
import Testing

@testable import APIModels
@testable import giro

/// The table of `giro peer show`.
struct PeersTableTests {
    @Test("A row has a peer's balance, what counts against each limit, and the limits")
    func rows() {
        let report = BooksReport(
            node: Cast.bankA, position: Position(9),
            currencies: [
                .init(
                    currency: Cast.euro, available: 0, held: 0, cash: 0, suspense: 0,
                    clearing: [
                        .init(
                            peer: Cast.bankB, balance: 300, inbound: 1, outbound: 200, limit: 500,
                            exposure: 1, owedLimit: 1_000, owed: 500),
                        .init(
                            peer: Cast.bankC, balance: -5, inbound: 0, outbound: 0, limit: 0,
                            exposure: 5, owedLimit: nil, owed: 0),
                    ])
            ],
            transitBlocked: [Cast.bankC], stoppedPeers: [Cast.bankB])
        let lines = report.peersTable.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(
            [lines[0]] + lines.dropFirst(2) == [
                "peer balance exposure limit owed owed limit",
                "bank-b 3.00 EUR 0.01 EUR 5.00 EUR 5.00 EUR 10.00 EUR",
                "bank-c -0.05 EUR 0.05 EUR 0.00 EUR 0.00 EUR none",
                "bank-c may not pass money through bank-a.",
                "bank-b is stopped: bank-a takes no new transfers from it.",
            ])
    }
}
