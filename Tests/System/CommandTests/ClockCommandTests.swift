import Audit
import Chain
import Engine
import EventLog
import Foundation
import Logging
import Node
import Saga
import TestKit
import TestTags
import Testing

@testable import Deployment
@testable import giro

/// A bank whose clock was set while it was down, what its operators see, and signals.
@Suite(.tags(.process)) struct ClockCommandTests {
    @Test("A clock that was set while a bank was down is noticed, until two approvers accept it")
    func accept() async throws {
        let banks = try await Banks("bank-a")
        try await banks.end("bank-a")
        // As if the wall clock had been set two hours back since.
        let file = "\(banks.directory)/bank-a/node.clock"
        let words = try String(contentsOfFile: file, encoding: .utf8).split(separator: " ")
        let offset = try #require(words.last.flatMap { Int64($0.dropLast()) })
        try "\(words[0]) \(offset + 7_200_000)\n".write(
            toFile: file, atomically: false, encoding: .utf8)

        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        try await eventually("it says what is wrong") {
            let told = try banks.running("bank-a").errorsSoFar
            return told.contains("giro clock accept bank-a") ? true : nil
        }
        let refused = try await banks.run("account", "open", "acct-alice001@bank-a", "EUR")
        #expect(refused.code == 2 && refused.errors.contains("clock"), "\(refused)")
        try await banks.end("bank-a")

        let alone = try await banks.run("clock", "accept", "bank-a", "--approved-by", "ada")
        #expect(alone.code == 64)
        let approvers = ["--approved-by", "ada", "--approved-by", "grace"]
        let accepted = try await banks.run(["clock", "accept", "bank-a"] + approvers)
        #expect(accepted.code == 0, "\(accepted)")
        let again = try await banks.run(["clock", "accept", "bank-a"] + approvers)
        #expect(again.code == 1 && again.errors.contains("nothing to accept"), "\(again)")
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        let opened = try await banks.run("account", "open", "acct-alice001@bank-a", "EUR")
        #expect(opened.code == 0, "\(opened)")
        let log = try await banks.run("log", "bank-a")
        let entry = try #require(
            log.output.split(separator: "\n").first { $0.contains("clockAccepted") })
        #expect(entry.contains(#""approvers":["ada","grace"]"#), "\(entry)")
        #expect(entry.contains(#""principal":"unix:"#), "\(entry)")
        // Who used the socket.
        let account = try #require(
            log.output.split(separator: "\n").first { $0.contains(#""opened""#) })
        #expect(account.contains(#""principal":"unix:"#), "\(account)")
        try await banks.stop()
    }

    @Test(
        "After the acceptance of a clock that is behind the log, doctor says accepted",
        arguments: NodeKind.allCases)
    func doctorAfterAcceptance(_ kind: NodeKind) async throws {
        let banks = try await Banks("bank-a", starting: false, kind: kind.rawValue)
        try banks.start("bank-a")
        try await banks.waitUntilAnswering("bank-a")
        try await banks.end("bank-a")
        try await Self.commit(
            as: kind.type, under: NodeClock.system.now() + .seconds(7_200), at: banks)
        let before = try await banks.run("doctor")
        #expect(before.code == 1 && before.output.contains("WRONG"), "\(before)")
        #expect(
            before.output.contains("giro clock accept --directory \(banks.directory) bank-a"),
            "\(before)")
        let accepted = try await banks.run(
            "clock", "accept", "bank-a", "--approved-by", "ada", "--approved-by", "grace")
        #expect(accepted.code == 0, "\(accepted)")
        let after = try await banks.run("doctor")
        #expect(after.code == 0 && after.output.contains("which approvers accepted"), "\(after)")
        try await banks.stop()
    }

    /// What a node commits while its wall clock is wrong.
    private static func commit<Kind: RunnableKind>(
        as kind: Kind.Type, under clock: Timestamp, at banks: Banks
    ) async throws {
        let folder = Deployment(banks.directory).node(try #require(NodeName("bank-a")))
        let options = try await NodeOptions(of: folder, flags: [:])
        try await withStores(of: folder, options, Logger(label: "test")) { stores in
            let parts = try folder.parts(
                of: kind, on: stores, options, Logger(label: "test"))
            let head = try await parts.log.takeOver(from: parts.log.head().epoch)
            let read = try await LogAudit.read(
                parts.log, of: folder.name, as: kind.participant(of: folder.name),
                keys: folder.readPublicKeys())
            var engine = Engine(parts.configuration, state: read.state)
            // Any entry will do; this one needs nothing but a clock.
            let batch = engine.acceptClock(
                by: Cast.ada, approvers: ["test", "only"], now: clock)
            try await parts.log.append(
                batch.signed(
                    after: LogEnd(head, read.end.history), by: folder.name, key: parts.key))
        }
    }

    @Test("Two spellings of one name are one approver, for each command that asks for two")
    func approvers() async throws {
        let banks = try await Banks("bank-a", starting: false)
        for command in [["clock", "accept", "bank-a"], ["restore", "bank-a", "--accept-loss"]] {
            for names in [["ada"], ["ada", "ada"], ["ada", " Ada "], ["ada", " "], ["a", "b", ""]] {
                let refused = try await banks.run(
                    command + names.flatMap { ["--approved-by", $0] })
                #expect(refused.code == 64, "\(names) \(refused)")
                #expect(refused.errors.contains("two different people"), "\(refused)")
            }
        }
        try await banks.stop()
    }

    @Test("A second SIGTERM ends a node at once that waits for a client; the first does not")
    func secondSignal() async throws {
        let banks = try await Banks("bank-a")
        let bank = try banks.running("bank-a")
        // A batch that its client never ends keeps the bank for 30 seconds.
        let answers = banks.directory + "/answers"
        let client = try Running(
            bash: """
                exec curl -sN --unix-socket \(banks.directory)/bank-a/giro.sock -X POST -T . \
                    -H 'content-type: application/x-ndjson' -H 'expect:' -o \(answers) \
                    http://bank/v1/transfers/batch < <(echo '{}'; exec sleep 60)
                """)
        try await eventually("the bank has answered the line") {
            // The file is made with the first answer.
            let told = try? String(contentsOfFile: answers, encoding: .utf8)
            return told?.contains("invalid") == true ? true : nil
        }
        bank.terminate()
        try await eventually("it says that a second signal ends it") {
            bank.errorsSoFar.contains("a second signal ends the process at once") ? true : nil
        }
        #expect(bank.isRunning)
        let second = ContinuousClock.now
        bank.terminate()
        let ending = try await bank.ending()
        #expect(ending.code == 128 + SIGTERM, "\(ending)")
        #expect(ending.errors.contains("received a second signal to end"), "\(ending)")
        #expect(ContinuousClock.now - second < .seconds(10))
        client.kill()
        _ = try await client.ending()
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        try await banks.stop()
    }

    @Test("Signals that mean nothing to a node do not end it; it leaves no core dump")
    func signals() async throws {
        let banks = try await Banks("bank-a")
        let bank = try banks.running("bank-a")
        for signal in [SIGHUP, SIGUSR1, SIGUSR2] { bank.send(signal) }
        try await eventually("it says that it ignores them") {
            bank.errorsSoFar.components(separatedBy: "signal ignored").count == 4 ? true : nil
        }
        let limits = try bank.limits().split(separator: "\n")
        let core = try #require(limits.first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").contains("0"), "\(core)")
        try await banks.stop()
    }
}
