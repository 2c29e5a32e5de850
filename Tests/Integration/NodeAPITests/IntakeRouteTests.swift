import APIModels
import Foundation
import Hummingbird
import HummingbirdTesting
import NodeClient
import Saga
import TestKit
import Testing

/// What an operator's call that stops a peer does, and what shows it.
struct IntakeRouteTests {
    @Test("A stopped peer's transfers are rolled back, and settle again once its intake is open")
    func story() async throws {
        let path = "/tmp/giro-\(String.fresh().prefix(13)).socket"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let address = NodeAddress.unixSocket(path: path)
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.serve("bank-b", at: address) { _ in
                let bankB = NodeClient(address)
                for _ in 1...2 {
                    let report = try await bankB.setIntake(from: Cast.bankA, .stopped)
                    #expect(report.stoppedPeers == [Cast.bankA])
                    let condition = try #require(report.conditions.first)
                    #expect(condition.code == "peerStopped" && condition.peer == Cast.bankA)
                    #expect(!condition.blocks)
                }
                try await bankB.checkHealth()
                #expect(try await bankB.books().stoppedPeers == [Cast.bankA])
                try await banks.router().test(.router) { client in
                    let refused = try await client.ask(
                        .post, "/v1/transfers?wait=20s", Body.transfer(5))
                    #expect(try refused.verdict().state == .rolledBack(.intakeStopped))
                    let report = try await bankB.setIntake(from: Cast.bankA, .open)
                    #expect(report.stoppedPeers == [] && report.conditions == [])
                    #expect(try await bankB.node().stoppedPeers == [])
                    let settled = try await client.ask(
                        .post, "/v1/transfers?wait=20s", Body.transfer(5))
                    #expect(try settled.verdict().state == .settled)
                }
                #expect(try await bankB.books().stoppedPeers == [])
            }
        }
    }

    @Test("A bank that is no peer is not known")
    func unknownPeer() async throws {
        try await Banks.serving { _, client, _ in
            for intake in Intake.allCases {
                let error = await #expect(throws: NodeClientError.self) {
                    try await client.setIntake(from: Cast.bankC, intake)
                }
                #expect(error?.problem?.code == "unknownPeer")
            }
        }
    }

    @Test(
        "A body that says something else is invalid, and sets nothing",
        arguments: [
            (#"{"intake":"paused"}"#, "invalidIntake"), (#"{"intake":"Stopped"}"#, "invalidIntake"),
            (#"{"intake":true}"#, "fieldType"), ("{}", "missingField"),
            (#"{"intake":"stopped","id":"x"}"#, "unknownField"), ("[]", "malformed"),
        ])
    func invalid(_ body: String, _ reason: String) async throws {
        try await Banks.running(["bank-a", "bank-b"]) { banks in
            try await banks.router().test(.router) { client in
                let seen = try await client.ask(.put, "/v1/peers/bank-b/intake", body)
                #expect(seen.status == 400 && seen.string("code") == "invalid")
                #expect(seen.string("reason") == reason, "\(seen.text)")
                let node = try await client.ask(.get, "/v1/node")
                #expect(node.fields["stoppedPeers"] as? [String] == [])
            }
        }
    }
}
