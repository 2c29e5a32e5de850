import APIModels
import AccessControl
import Foundation
import Ledger
import NodeClient
import Saga
import TestKit
import Testing

/// The client that the log names for what it ordered.
struct PrincipalTests {
    @Test("A token's orders name its role and its name, in the transfer and in the statement")
    func tokens() async throws {
        try await TCPBank.serving { bank in
            let transfer = try TransferRequest.to(Banks.anna, 5)
            let client = bank.client(.submitter)
            let answer = try await client.begin(transfer, wait: .seconds(20))
            #expect(answer.state == .settled)
            let report = try #require(try await client.transfer(transfer.id))
            #expect(report.entries.map { $0.principal?.text } == ["token:submitter/submitter"])
            let streamed = try await bank.ask(
                "POST", "/v1/transfers/batch", .submitter,
                body: Body.transfer(6, to: Banks.anna) + "\n", type: MediaType.lines)
            #expect(streamed.status == 200)
            let deposited = try await bank.ask("POST", "/v1/deposits", body: Body.cash(5))
            #expect(deposited.status == 200)
            let statement = try await eventually {
                let statement = try await client.statement(of: Cast.alice)
                return statement.flatMap { $0.lines.count >= 4 ? $0 : nil }
            }
            #expect(statement.lines.suffix(3).map { $0.principal?.text } == [
                "token:submitter/submitter", "token:submitter/submitter",
                "token:operator/operator",
            ])
        }
    }

    @Test("A socket's orders name the user who connected; a neighbour's answer has no principal")
    func socket() async throws {
        let path = "/tmp/giro-\(String.fresh().prefix(13)).sock"
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.serve(at: path) { client in
                let transfer = try TransferRequest.to(Banks.bob, 5)
                let answer = try await client.begin(transfer, wait: .seconds(20))
                #expect(answer.state == .settled)
                let report = try #require(try await client.transfer(transfer.id))
                let user = Principal.processUser
                #expect(user.text.hasPrefix("unix:"))
                #expect(report.entries.map(\.principal) == [user, nil])
            }
        }
    }

    @Test("An abandon names the client that asked for it, which need not be the one that began")
    func abandon() async throws {
        try await TCPBank.serving { bank in
            let transfer = try TransferRequest.to(Banks.bob, 5)
            _ = try await bank.client(.submitter).begin(transfer)
            let state = try await bank.client(.operator).abandon(transfer.id)
            let report = try #require(try await bank.client(.reader).transfer(transfer.id))
            #expect(report.entries.first?.principal?.text == "token:submitter/submitter")
            // Where the other bank was faster, there was nothing left to abandon.
            let asked = report.entries.first { $0.event == .abandonRequested }
            #expect(state.isFinal || asked?.principal?.text == "token:operator/operator")
        }
    }
}
