import Foundation
import Ledger
import LedgerWire
import Node
import Saga
import TestTags
import Testing

@testable import Deployment
@testable import giro

/// A bank's process ends at each stage of its shell, and the next one recovers from what it left:
/// nothing is lost and nothing is doubled.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct CrashPointTests {
    /// Those of a log's first start.
    private static let beginnings = [Stage.takenOver, .opened]
    /// Those of a bank that has run before: each the first and a later time.
    private static let stages = Stage.allCases.filter { $0 != .opened }

    @Test("On SQLite, what a crash at any stage leaves behind is gone on from")
    func embedded() async throws {
        let banks = try await Banks("bank-a", "bank-b")
        let bench = CrashBench(
            directory: banks.directory,
            start: { try banks.start("bank-a", environment: $0) },
            ending: { try await banks.running("bank-a").ending() },
            ready: { try await banks.waitUntilHealthy("bank-a") })
        try await bench.begin()
        for stage in Self.stages {
            for count in Self.counts(of: stage) {
                try await banks.end("bank-a")
                try await bench.crash(at: stage.rawValue, count)
            }
        }
        try await bench.checkBooks()
        try await banks.stop()
    }

    @Test("On PostgreSQL and a broker, what a crash at any stage leaves behind is gone on from")
    func served() async throws {
        try await withServedBanks("bank-a", "bank-b") { banks in
            let bankA = try await banks.startedProcess("bank-a")
            _ = try await banks.startedProcess("bank-b")
            let bench = CrashBench(
                directory: banks.directory,
                start: { try await bankA.start(environment: $0) },
                ending: { try await bankA.ending() }, ready: { try await bankA.waitUntilReady() })
            try await bench.begin()
            for stage in Self.stages {
                for count in Self.counts(of: stage) {
                    try await bankA.stop()
                    try await bench.crash(at: stage.rawValue, count)
                }
            }
            try await bench.checkBooks()
            try await banks.stop()
        }
    }

    @Test("On SQLite, a log that has only its opening is gone on from", arguments: beginnings)
    func embeddedOpening(_ stage: Stage) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let first = try banks.node("bank-a", environment: ["GIRO_CRASH_AT": "\(stage.rawValue):1"])
        #expect(try await first.ending().code == CrashPoint.exitCode)
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        #expect(try await banks.run("account", "open", "acct-after001@bank-a", "EUR").code == 0)
        #expect(try await banks.run("verify").code == 0)
        try await banks.stop()
    }

    @Test("On PostgreSQL, a log that has only its opening is gone on from")
    func servedOpening() async throws {
        try await withServedBanks("bank-a", "bank-b") { banks in
            for (name, stage) in zip(["bank-a", "bank-b"], Self.beginnings) {
                let bank = try banks.process(name)
                try await bank.start(environment: ["GIRO_CRASH_AT": "\(stage.rawValue):1"])
                let end = try await bank.ending()
                #expect(end.code == CrashPoint.exitCode, "\(stage): \(end.errors.suffix(1_000))")
                try await bank.start()
                try await bank.waitUntilReady()
                try await bank.client.open(try #require(AccountID("acct-after001@\(name)")))
            }
            try await banks.checkBooks()
            try await banks.stop()
        }
    }

    @Test("A stage that does not exist is refused")
    func unknownStage() async throws {
        let banks = try await Banks("bank-a", starting: false)
        let ending = try await banks.node("bank-a", environment: ["GIRO_CRASH_AT": "nowhere:1"])
            .ending()
        #expect(ending.code == 2, "\(ending.errors)")
        try await banks.stop()
    }

    private static func counts(of stage: Stage) -> [Int] {
        // A start takes the log over once.
        stage == .takenOver ? [1] : [1, 3]
    }
}
