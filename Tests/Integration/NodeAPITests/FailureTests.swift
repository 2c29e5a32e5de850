import APIModels
import Chain
import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import Node
import NodeClient
import Saga
import ServiceLifecycle
import StrictJSON
import TestKit
import Testing

/// Answers to clients when the log, the server or a connection fails.
struct FailureTests {
    @Test(
        "A command whose commit failed is answered 503, and once it is sent again, as it is",
        arguments: [
            (SteeredLog.Failure.lostAfter, 200), (.lostBefore, 200), (.unavailable, 200),
        ])
    func interrupted(_ failure: SteeredLog.Failure, _ status: Int) async throws {
        let log = SteeredLog()
        try await Banks.running(["bank-a"], parts: { $0.log = log }) { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let body = Body.transfer(1, to: Banks.anna)
                log.failAppend(1, failure)
                let seen = try await client.ask(.post, "/v1/transfers", body)
                #expect(seen.status == 503)
                #expect(seen.string("code") == "interrupted")
                #expect(seen.headers[.retryAfter] == "1")
                let again = try await eventually {
                    let seen = try await client.ask(.post, "/v1/transfers", body)
                    return seen.status == 503 ? nil : seen
                }
                #expect(again.status == status)
                let verdict = try again.verdict().verdict
                switch failure {
                case .lostAfter: #expect(verdict == .duplicate(of: .applied))
                case .unavailable, .lostBefore: #expect(verdict == .applied)
                }
            }
        }
    }

    @Test("A batch whose commit failed has only lines that are to be sent again from there on")
    func interruptedBatch() async throws {
        let log = SteeredLog()
        try await Banks.running(["bank-a"], parts: { $0.log = log }) { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let lines = (0..<5).map { _ in Body.transfer(1, to: Banks.anna) }
                log.failAppend(1, .unavailable)
                let verdicts = try await client.batch(lines)
                #expect(verdicts.first == "busy")
                try await eventually {
                    let again = try await client.batch(lines)
                    return again.contains("busy") ? nil : again
                }
                let anna = try await client.ask(.get, "/v1/accounts/\(Banks.anna)")
                #expect(anna.fields["available"] as? Int == 5)
            }
        }
    }

    @Test("Nothing of the log's own words reaches a client")
    func noInternals() async throws {
        let log = SteeredLog()
        try await Banks.running(["bank-a"], parts: { $0.log = log }) { banks in
            try await banks.openAccounts()
            try await banks.router().test(.router) { client in
                let id = String.fresh()
                let body = Body.transfer(1, id: id, to: Banks.anna)
                #expect(try await client.ask(.post, "/v1/transfers", body).status == 200)
                log.failLookUps()
                let seen = try await client.ask(.get, "/v1/transfers/\(id)")
                #expect(seen.status == 503)
                #expect(seen.string("code") == "unavailable")
                #expect(!seen.text.contains(SteeredLog.words))
            }
        }
    }

    @Test("A server that is shut down answers those who wait, at once")
    func shutdownWhileWaiting() async throws {
        try await Banks.running(silent: ["bank-b"]) { banks in
            try await banks.openAccountsAtA()
            let transfer = try TransferRequest.to(Banks.bob, 1)
            let path = "/tmp/giro-\(String.fresh().prefix(13)).socket"
            let (answers, continuation) = AsyncStream.makeStream(of: CommandAnswer.self)
            try await banks.serve(at: path) { client in
                Task {
                    let answer = try await client.begin(transfer, wait: .seconds(60))
                    continuation.yield(answer)
                    continuation.finish()
                }
                try await eventually {
                    try await client.states(of: [transfer.id]) == [.pending] ? true : nil
                }
            }
            let answer = await answers.first { _ in true }
            #expect(answer?.state == .pending)
        }
    }

    @Test("A client whose batch is cut knows what was answered, and sends the rest again")
    func cut() async throws {
        let transfers = try (0..<3).map { _ in try TransferRequest.to(Banks.bob, 1) }
        let router = Router()
        router.post("/v1/transfers/batch") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    let answer = CommandAnswer(id: transfers[0].id, .applied)
                    try await writer.write(ByteBuffer(bytes: JSONLine.bytes(of: answer) + [10]))
                    throw Unexpected()
                })
        }
        router.get("/v1/node") { _, _ in "no node" }
        let path = "/tmp/giro-\(String.fresh().prefix(13)).socket"
        let (ready, continuation) = AsyncStream.makeStream(of: Void.self)
        let server = Application(
            router: router, configuration: .init(address: .unixDomainSocket(path: path)),
            onServerRunning: { _ in continuation.finish() }, logger: .quiet)
        try await serving(server, ready) {
            let client = NodeClient(.unixSocket(path: path))
            var answered: [Int] = []
            let error = await #expect(throws: NodeClientError.self) {
                try await client.submit(transfers) { index, _ in answered.append(index) }
            }
            #expect(error?.code == .cut)
            #expect(error?.isRetryable == true)
            #expect(error?.isOutcomeUnknown == true)
            #expect(answered == [0])
            let other = await #expect(throws: NodeClientError.self) { try await client.node() }
            #expect(other?.code == .notUnderstood)
            let missing = await #expect(throws: NodeClientError.self) {
                try await client.transfer(.next())
            }
            #expect(missing?.code == .notUnderstood)
        }
    }

    @Test("A client that disconnects in the middle of a batch blocks no other client")
    func clientGone() async throws {
        try await Banks.serving { banks, client, _ in
            try await banks.openAccounts(balance: 10_000)
            let transfers = try (0..<5_000).map { _ in try TransferRequest.to(Banks.anna, 1) }
            let (answers, continuation) = AsyncStream.makeStream(of: CommandAnswer.self)
            let task = Task {
                try await client.submit(transfers) { _, answer in continuation.yield(answer) }
            }
            #expect(await answers.first { _ in true }?.verdict == .applied)
            task.cancel()
            await #expect(throws: NodeClientError.self) { try await task.value }
            var verdicts: [CommandAnswer.Verdict] = []
            try await client.submit(Array(transfers.prefix(10))) { verdicts.append($1.verdict) }
            #expect(verdicts.count == 10)
        }
    }

    private func serving(
        _ server: some Service, _ ready: AsyncStream<Void>, _ body: () async throws -> Void
    ) async throws {
        let group = ServiceGroup(services: [server], logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await _ in ready {}
            let result = await Result(catching: body)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }
}
