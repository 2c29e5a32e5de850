import APIModels
import AccessControl
import Chain
import Engine
import EventLog
import Foundation
import HTTPServer
import Node
import NodeClient
import Saga
import Synchronization
import TestKit
import Testing

/// Answers to clients on TCP while the node is overloaded or does not answer.
struct BackpressureTests {
    @Test("With too many open sagas the answer is 503, and when to come back")
    func openSagas() async throws {
        try await TCPBank.serving(parts: { $0.configuration.limits.openSagasMax = 0 }) { bank in
            let answer = try await bank.ask(
                "POST", "/v1/transfers", .submitter, body: Body.transfer(1))
            #expect(answer.status == 503)
            #expect(answer.code == "busy")
            #expect(answer.header("retry-after") == "1")
            // Money within the bank opens no saga for longer than a commit; reading never does.
            let inside = try await bank.ask(
                "POST", "/v1/transfers", .submitter, body: Body.transfer(1, to: Banks.anna))
            #expect(inside.status == 200)
            #expect(inside.body.contains(#""verdict":"applied""#))
            #expect(try await bank.ask("GET", "/v1/node", .reader).status == 200)
        }
    }

    @Test("With a full queue some requests are answered busy, and all succeed on retry")
    func fullQueue() async throws {
        try await TCPBank.serving(parts: { $0.settings.inputsWaitingMax = 2 }) { bank in
            let client = bank.client(.submitter)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let transfer = try TransferRequest.to(Banks.anna, 1)
                        return try await eventually {
                            do {
                                let answer = try await client.begin(transfer)
                                return answer.verdict == .conflict ? 0 : 1
                            } catch let error as NodeClientError {
                                #expect(error.problem?.code == "busy")
                                return nil
                            }
                        }
                    }
                }
                var served = 0
                for try await one in group { served += one }
                #expect(served == 100)
            }
            let anna = try await eventually {
                let anna = try await bank.ask("GET", "/v1/accounts/\(Banks.anna)", .reader)
                return anna.status == 200 ? anna : nil
            }
            #expect(anna.body.contains(#""available":100"#))
        }
    }

    @Test("A node that does not answer in time is answered for, and its answer is not lost")
    func noAnswer() async throws {
        var limits = ServerLimits()
        limits.answerTimeout = .milliseconds(300)
        let log = SteeredLog()
        try await TCPBank.serving(
            limits: limits, parts: { if $0.configuration.node.text == "bank-a" { $0.log = log } }
        ) { bank in
            let body = Body.transfer(1, to: Banks.anna)
            log.holdAppends()
            let answer = try await bank.ask("POST", "/v1/transfers", .submitter, body: body)
            #expect(answer.status == 503)
            #expect(answer.code == "noAnswer")
            #expect(answer.header("retry-after") == "1")
            #expect(try await bank.ask("GET", "/healthz", nil).status == 200)
            log.resumeAppends()
            let again = try await eventually {
                let again = try await bank.ask("POST", "/v1/transfers", .submitter, body: body)
                return again.status == 503 ? nil : again
            }
            #expect(again.status == 200)
            #expect(again.body.contains(#""verdict":"duplicate""#))
        }
    }
}
