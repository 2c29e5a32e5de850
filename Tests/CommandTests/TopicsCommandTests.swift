import Foundation
import TestServers
import Testing

/// `giro topics apply`, `giro topics diff` and what `giro doctor` says of topics.
@Suite(.serialized)
struct TopicsCommandTests {
    @Test("What was made, changed and left is told, for people and for machines")
    func told() async throws {
        try await withBank { bank in
            let missing = try await bank.run("topics", "diff")
            #expect(missing.code == 1)
            #expect(
                missing.output == """
                    transfers.bank-a is missing
                    journal.bank-a is missing

                    """)
            let made = try await bank.run("topics", "apply")
            #expect(made.code == 0, "\(made)")
            #expect(
                made.output == """
                    Made transfers.bank-a: replication 1, min.insync.replicas=1.
                    Made journal.bank-a: replication 1, min.insync.replicas=1.
                    The topics are as they are declared.

                    """)
            let same = try await bank.run("topics", "diff")
            #expect(same.code == 0 && same.output == "The topics are as they are declared.\n")

            try await bank.administer(
                "alter_configs([ConfigResource('topic', 'journal.bank-a', "
                    + "set_config={'retention.ms': '5000', 'max.message.bytes': '60000', "
                    + "'message.timestamp.type': 'LogAppendTime', 'segment.ms': '700000'})])")
            let differs = try await bank.run("topics", "diff")
            #expect(differs.code == 1)
            #expect(
                differs.output == """
                    journal.bank-a has max.message.bytes=60000 instead of 1048588
                    journal.bank-a has retention.ms=5000 instead of -1

                    """)
            let sick = try await bank.run("doctor")
            #expect(sick.code == 1)
            #expect(sick.output.contains("journal.bank-a has retention.ms=5000 instead of -1"))

            let changed = try await bank.run("topics", "apply", "--json")
            #expect(changed.code == 0, "\(changed)")
            #expect(
                changed.output == """
                    [{"changed":[],"left":[],"made":false,"notes":[],"topic":"transfers.bank-a"},\
                    {"changed":[{"after":"1048588","before":"60000",\
                    "setting":"max.message.bytes"},\
                    {"after":"-1","before":"5000","setting":"retention.ms"}],"left":[],\
                    "made":false,"notes":[],"topic":"journal.bank-a"}]

                    """)
            let again = try await bank.run("topics", "apply")
            #expect(again.output.contains("Nothing to do for journal.bank-a.\n"))
        }
    }

    @Test("Without kafka.replication three brokers are asked for; then diff and doctor agree")
    func replication() async throws {
        try await withBank { bank in
            try bank.writeSettings(replication: nil)
            let refused = try await bank.run("topics", "apply")
            #expect(refused.code == 2)
            #expect(refused.errors.contains("shall be held by 3 brokers"), "\(refused)")
            #expect(refused.errors.contains("set kafka.replication in node.yaml"), "\(refused)")

            try bank.writeSettings(replication: 1)
            #expect(try await bank.run("topics", "apply").code == 0)
            let healthy = try await bank.run("doctor")
            #expect(healthy.output.contains("as declared, replication 1"), "\(healthy.output)")

            try bank.writeSettings(replication: nil)
            for command in [["topics", "diff"], ["topics", "apply"], ["doctor"]] {
                let ending = try await bank.run(command)
                #expect(ending.code == 1, "\(command): \(ending)")
                #expect(
                    ending.output.contains("has replication 1 instead of 3"), "\(ending.output)")
                #expect(
                    ending.output.contains("has min.insync.replicas=1 instead of 2"),
                    "\(ending.output)")
            }
            let insisted = try await bank.run(
                ["topics", "diff"], environment: ["GIRO_KAFKA_REPLICATION": "1"])
            #expect(insisted.code == 0, "\(insisted)")
        }
    }

    @Test("Declarations that cannot be are refused before a broker is asked")
    func declarations() async throws {
        try await withTestFolder { folder in
            let journal = try String(
                contentsOf: Readme.root.appending(path: "topics/journal.yaml"), encoding: .utf8)
            try journal.replacing("replication: 3", with: "replication: 1")
                .write(toFile: folder + "/journal.yaml", atomically: true, encoding: .utf8)
            try await withBank { bank in
                let refused = try await bank.run("topics", "apply", "--declarations", folder)
                #expect(refused.code == 2)
                #expect(
                    refused.errors.contains("min.insync.replicas is greater than replication"),
                    "\(refused)")
            }
        }
    }

    private func withBank(_ test: (BankOnBroker) async throws -> Void) async throws {
        try await withBroker(.noida) { broker in
            let banks = try await Banks("bank-a", starting: false)
            let bank = BankOnBroker(banks: banks, broker: broker)
            try bank.writeSettings(replication: 1)
            try await test(bank)
            try await banks.stop()
        }
    }
}

/// A bank that does not run, on one broker.
private struct BankOnBroker {
    let banks: Banks
    let broker: BrokerServer

    func writeSettings(replication: Int?) throws {
        let text = """
            node: bank-a
            bus: kafka://\(broker.address)
            \(replication.map { "kafka: {replication: \($0)}" } ?? "")

            """
        try writePrivate(text, to: banks.directory + "/bank-a/node.yaml")
    }

    func run(_ arguments: String...) async throws -> Program.Ending { try await run(arguments) }

    func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Program.Ending {
        try await Running(
            arguments + ["--directory", banks.directory], environment: environment
        ).ending()
    }

    func administer(_ order: String) async throws {
        try await broker.administer(order, in: banks.directory)
    }
}
