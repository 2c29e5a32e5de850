import APIModels
import Foundation
import Ledger
import NodeClient
import Saga
import TestKit
import TestServers
import TestTags
import Testing

/// Every call of libpq and librdkafka that an operation makes fails in turn, the first, the second,
/// and so on, until the operation is through without a failure: the node says what it should say,
/// and continues. Which functions are left out, and why, is listed in failing-calls.c.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct FailingCallTests {
    /// Of a node that runs: a transfer is decided, made durable, published and settled.
    private static let running = [
        "PQsendQueryPrepared", "PQpipelineSync", "PQflush", "PQconsumeInput", "PQgetResult",
        "rd_kafka_header_add", "rd_kafka_produceva", "rd_kafka_event_message_next",
        "rd_kafka_consume_batch_queue", "rd_kafka_message_headers",
    ]

    /// Of a node that starts: it connects, takes its log over, and looks where topics end. Those of
    /// librdkafka come first: it reads the headers of all that a journal holds, and where the log
    /// failed, ``isReady(_:)`` adds to it.
    private static let starting = [
        "rd_kafka_conf_new", "rd_kafka_conf_set", "rd_kafka_conf_set_ssl_cert_verify_cb",
        "rd_kafka_new", "rd_kafka_set_log_queue", "rd_kafka_topic_new", "rd_kafka_metadata",
        "rd_kafka_query_watermark_offsets", "rd_kafka_consume_start_queue",
        "rd_kafka_message_headers", "rd_kafka_consume_stop",
        "PQconninfoParse", "PQconnectStartParams", "PQconnectPoll", "PQsetnonblocking",
        "PQenterPipelineMode", "PQsendQuery", "PQsendQueryParams", "PQsendPrepare", "PQgetResult",
    ]

    @Test("A transfer is settled once, whichever call fails on its way")
    func transfer() async throws {
        try await withServedBanks("bank-a", "bank-b", settings: Self.settings) { banks in
            let calls = try await FailingCalls(in: banks.directory)
            let bankA = try banks.process("bank-a")
            try await bankA.start(environment: calls.environment)
            try await bankA.waitUntilReady()
            let bankB = try await banks.startedProcess("bank-b")
            try await Self.begin(bankA.client, bankB.client)
            var (paid, pauses) = (0 as Int64, 0)
            for function in Self.running {
                try await Self.failInTurn(function, calls) { what in
                    try await Self.pay(bankA, what)
                    paid += 1
                    try await Self.check(bankA, bankB.client, paid, what)
                    // Pauses are logged ever more rarely; each ends with the log opened again.
                    let opened = #/the log is open for writing/#
                    let paused = bankA.errorsSoFar.matches(of: opened).count - 1
                    guard paused >= Self.pausesMax else { return }
                    pauses += paused
                    try calls.stop()
                    try await bankA.stop()
                    try await bankA.start(environment: calls.environment)
                    try await bankA.waitUntilReady()
                }
            }
            #expect(pauses > 0, "the log was never opened again")
            try await banks.checkBooks()
            try await banks.stop()
        }
    }

    @Test("A start ends with a word, or takes commands, whichever call fails")
    func start() async throws {
        try await withServedBanks("bank-a", "bank-b", settings: Self.settings) { banks in
            let calls = try await FailingCalls(in: banks.directory)
            let bankA = try banks.process("bank-a")
            for function in Self.starting {
                try await Self.failInTurn(function, calls) { what in
                    try await bankA.start(environment: calls.environment)
                    try await Self.waitUntilItIsClear(bankA, function, what)
                }
            }
            try await bankA.start(environment: calls.environment)
            try await bankA.waitUntilReady()
            try await bankA.stop()
        }
    }

    /// Runs `operation` until it ends before `function` was called so often.
    private static func failInTurn(
        _ function: String, _ calls: FailingCalls, _ operation: (String) async throws -> Void
    ) async throws {
        let began = ContinuousClock.now
        var failures = 0
        for count in 1...callsMax {
            try calls.fail(function, call: count)
            try await operation("\(function) \(count)")
            guard try calls.hasFailed else { break }
            failures += 1
        }
        try calls.stop()
        let seconds = Int(((ContinuousClock.now - began) / .seconds(1)).rounded())
        print("failing calls: \(function): \(failures) in \(seconds) s")
        #expect(failures > 0, "\(function) was never called")
        #expect(failures < callsMax, "\(function): there is no end to it")
    }

    private static let settings = "retry:\n  firstMilliseconds: 50\n"
    /// More calls than an operation makes.
    private static let callsMax = 120
    /// Each pause is twice as long as the one before: a new process begins with the shortest.
    private static let pausesMax = 3
    private static let wealth: Int64 = 1_000_000

    private static func begin(_ bankA: NodeClient, _ bankB: NodeClient) async throws {
        try await bankA.open(Cast.alice, holding: wealth)
        try await bankB.open(Cast.bob)
        try await bankB.limit("bank-a", to: wealth)
    }

    /// One transfer of one unit, sent until it is answered, and followed until it is settled.
    private static func pay(_ bank: BankProcess, _ what: String) async throws {
        let request = try TransferRequest(
            id: UUID().uuidString.lowercased(), from: Cast.alice.text, to: Cast.bob.text,
            amount: 1, currency: "EUR", timeout: "1h")
        try await eventually("\(what): settled", within: .seconds(60)) {
            guard bank.isRunning else {
                let ending = try await bank.ending()
                throw Overdue("\(what): \(ending.code), \(ending.errors.suffix(900))")
            }
            do {
                switch try await bank.client.begin(request, wait: .milliseconds(300)).verdict {
                case .applied, .duplicate(of: .applied), .busy: break
                case let verdict: throw Overdue("\(what): \(verdict)")
                }
                return try await bank.client.states(of: [request.id]) == [.settled] ? true : nil
            } catch let error as NodeClientError {
                guard error.isRetryable else { throw error }
                return nil
            }
        }
    }

    /// The node takes commands, and all that was sent has moved once.
    private static func check(
        _ bankA: BankProcess, _ bankB: NodeClient, _ paid: Int64, _ what: String
    ) async throws {
        try await eventually("\(what): ready, or ended") {
            if !bankA.isRunning { return true }
            return try await isReady(bankA) ? true : nil
        }
        try await bankA.waitUntilReady()
        try await eventually("\(what): \(paid) moved") {
            let alice = try? await bankA.client.account(Cast.alice)
            let bob = try await bankB.account(Cast.bob)?.available ?? 0
            guard bob <= paid else { throw Overdue("\(what): doubled") }
            return alice?.available == wealth - paid && alice?.held == 0 && bob == paid
                ? true : nil
        }
    }

    /// Whether it says that it takes commands. After a failure it says so when its log has taken an
    /// entry in, or else after five seconds: a command saves these.
    private static func isReady(_ bank: BankProcess) async throws -> Bool {
        do {
            let blocking = try await bank.client.readiness().blocking
            if blocking.map(\.code) == ["logUnavailable"] {
                try await bank.client.limit("bank-b", to: wealth)
            }
            return blocking.isEmpty
        } catch let error as NodeClientError {
            guard error.isRetryable else { throw error }
            return false
        }
    }

    /// The process takes commands, and is stopped; or has ended as one does that cannot start, with
    /// a word about the library that failed it.
    private static func waitUntilItIsClear(
        _ bank: BankProcess, _ function: String, _ what: String
    ) async throws {
        let isUp = try await eventually("\(what): a start is over", within: .seconds(60)) {
            if !bank.isRunning { return false }
            return try await isReady(bank) ? true : nil
        }
        guard !isUp else { return try await bank.stop() }
        let ending = try await bank.ending()
        #expect(ending.code == 2, "\(what): \(ending)")
        let word = ending.errors.split(separator: "\n").last { $0.hasPrefix("giro: ") } ?? ""
        let names = function.hasPrefix("PQ") ? ["PostgreSQL"] : ["broker", "librdkafka"]
        #expect(names.contains { word.contains($0) }, "\(what): \(ending.errors.suffix(900))")
    }
}
