import Foundation
import TestKit
import TestServers
import TestTags
import Testing

/// The commands that look after PostgreSQL and the broker, while every call of libpq and librdkafka
/// that they make fails in turn: each says what was wrong, ends, and does its work the next time.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct FailingCommandTests {
    private static let connecting = [
        "PQconninfoParse", "PQconnectStartParams", "PQconnectPoll", "PQsetnonblocking",
        "PQsendQuery", "PQflush", "PQconsumeInput", "PQgetResult", "PQenterPipelineMode",
    ]
    private static let asking = [
        "PQsendQueryParams", "PQsendPrepare", "PQsendQueryPrepared", "PQpipelineSync",
    ]
    private static let opening = [
        "rd_kafka_conf_new", "rd_kafka_conf_set", "rd_kafka_conf_set_ssl_cert_verify_cb",
        "rd_kafka_new", "rd_kafka_set_log_queue", "rd_kafka_topic_new", "rd_kafka_metadata",
    ]

    @Test("giro log init ends with a word, whichever call fails")
    func logInit() async throws {
        try await withBench { bench in
            let file = bench.banks.directory + "/password"
            let database = try bench.banks.database(of: "bank-a")
            let command = [
                "log", "init", "bank-a", "--password-file", file, "--admin",
                "postgresql://postgres@127.0.0.1:\(bench.banks.postgres.port)/\(database)",
            ]
            try await bench.failInTurn(
                Self.connecting
                    + ["PQexitPipelineMode", "PQconnectStart", "PQencryptPasswordConn"],
                of: command)
        }
    }

    @Test("giro topics apply ends with a word, whichever call fails")
    func topicsApply() async throws {
        try await withBench { bench in
            try await bench.failInTurn(
                Self.opening
                    + [
                        "rd_kafka_queue_poll", "rd_kafka_event_error",
                        "rd_kafka_ConfigResource_error",
                    ],
                of: ["topics", "apply"])
        }
    }

    @Test("giro doctor ends with its findings, whichever call fails")
    func doctor() async throws {
        try await withBench { bench in
            let bank = try await bench.banks.startedProcess("bank-a")
            try await bank.stop()
            try await bench.failInTurn(
                Self.connecting + Self.asking + Self.opening
                    + [
                        "rd_kafka_query_watermark_offsets", "rd_kafka_consume_start_queue",
                        "rd_kafka_consume_stop", "rd_kafka_consume_batch_queue",
                        "rd_kafka_message_headers", "rd_kafka_ConfigResource_error",
                    ],
                of: ["doctor"])
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withServedBanks("bank-a", "bank-b") { banks in
            // bank-a has a peer, whose folder is on another machine.
            try FileManager.default.removeItem(atPath: banks.directory + "/bank-b")
            try await body(Bench(banks: banks, calls: try await FailingCalls(in: banks.directory)))
        }
    }
}

private struct Bench {
    let banks: ServedBanks
    let calls: FailingCalls

    /// More calls than a command makes.
    private static let callsMax = 120

    /// Each call of each function fails in one run of `command`; the last run, in which none does,
    /// is done.
    func failInTurn(_ functions: [String], of command: [String]) async throws {
        for function in functions {
            var (count, refused) = (0, 0)
            while true {
                count += 1
                try calls.fail(function, call: count)
                let ending = try await run(command)
                let what = "\(command[0]), \(function) \(count): \(ending)"
                guard try calls.hasFailed else {
                    #expect(ending.code == 0, "\(what)")
                    break
                }
                check(ending, what)
                if ending.code != 0 { refused += 1 }
                try #require(count < Self.callsMax, "\(what): there is no end to it")
            }
            try calls.stop()
            print("failing calls: \(command[0]): \(function): \(count - 1), \(refused) refused")
            #expect(count > 1, "\(command[0]) never calls \(function)")
        }
    }

    private func run(_ command: [String]) async throws -> Program.Ending {
        let running = try Running(
            command + ["--directory", banks.directory],
            environment: calls.environment.merging(["PGPASSWORD": PostgresServer.password]) { $1 })
        do {
            try await eventually("\(command) ends") { running.isRunning ? nil : true }
        } catch {
            running.kill()
            _ = try await running.ending()
            throw error
        }
        return try await running.ending()
    }

    /// Done all the same; or told in the way of the program, by the command or by doctor's table.
    private func check(_ ending: Program.Ending, _ what: String) {
        switch ending.code {
        case 0: #expect(ending.errors.isEmpty, "\(what)")
        case 1, 2:
            let isFinding = ending.code == 1 && ending.output.contains("WRONG")
            #expect(isFinding || ending.errors.hasPrefix("giro: "), "\(what)")
        default: Issue.record("\(what)")
        }
    }
}
