import Foundation
import TestServers
import TestTags
import Testing

/// `giro topics apply`, `giro topics diff` and what `giro doctor` says of topics.
@Suite(.serialized, .tags(.kafka, .process))
struct TopicsCommandTests {
    @Test("What was made, changed and left is reported, for people and for machines")
    func told() async throws {
        try await withBank { bank, broker in
            let missing = try await bank.run("topics", "diff")
            #expect(missing.code == 1)
            #expect(
                missing.output == """
                    journal.bank-a is missing
                    transfers.bank-b.bank-a is missing
                    transfers.bank-a.bank-b is missing

                    """)
            let made = try await bank.run("topics", "apply")
            #expect(made.code == 0, "\(made)")
            #expect(
                made.output == """
                    Made journal.bank-a: replication 1, min.insync.replicas=1.
                    Made transfers.bank-b.bank-a: replication 1, min.insync.replicas=1.
                    Made transfers.bank-a.bank-b: replication 1, min.insync.replicas=1.
                    The topics are as they are declared.

                    """)
            let same = try await bank.run("topics", "diff")
            #expect(same.code == 0 && same.output == "The topics are as they are declared.\n")

            try await broker.administer(
                "alter_configs([ConfigResource('topic', 'journal.bank-a', "
                    + "set_config={'retention.ms': '5000', 'max.message.bytes': '60000', "
                    + "'message.timestamp.type': 'LogAppendTime', 'segment.ms': '700000'})])",
                in: bank.banks.directory)
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
                    [{"changed":[{"after":"1048588","before":"60000",\
                    "setting":"max.message.bytes"},\
                    {"after":"-1","before":"5000","setting":"retention.ms"}],"left":[],\
                    "made":false,"notes":[],"topic":"journal.bank-a"},\
                    {"changed":[],"left":[],"made":false,"notes":[],\
                    "topic":"transfers.bank-b.bank-a"},\
                    {"changed":[],"left":[],"made":false,"notes":[],\
                    "topic":"transfers.bank-a.bank-b"}]

                    """)
            let again = try await bank.run("topics", "apply")
            #expect(again.output.contains("Nothing to do for journal.bank-a.\n"))
        }
    }

    @Test("Without kafka.replication three brokers are asked for; then diff and doctor agree")
    func replication() async throws {
        try await withBank { bank, _ in
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

    @Test("With kafka.topicPrefix all names begin with it, and two installations never meet")
    func prefix() async throws {
        try await withBank { bank, _ in
            try bank.writeSettings(replication: 1)
            let environment = ["GIRO_KAFKA_TOPIC_PREFIX": "test."]
            let made = try await bank.run(
                ["topics", "apply", "bank-a"], environment: environment)
            #expect(made.code == 0, "\(made)")
            #expect(made.output.contains("Made test.journal.bank-a: "), "\(made.output)")
            #expect(made.output.contains("Made test.transfers.bank-b.bank-a: "))
            // It looks at bank-b too, whose bus is a folder, which is refused.
            let doctor = try await bank.run(["doctor"], environment: environment)
            #expect(doctor.output.contains("test.journal.bank-a 0..<0"), "\(doctor.output)")
            // The same brokers without the prefix have none of them.
            let other = try await bank.run("topics", "diff", "bank-a")
            #expect(other.code == 1 && other.output.contains("journal.bank-a"), "\(other)")
            #expect(!other.output.contains("test."))
        }
    }

    @Test("Declarations that cannot be are refused before a broker is asked")
    func declarations() async throws {
        try await withTestFolder { folder in
            let journal = try String(
                contentsOf: Manual.root.appending(path: "topics/journal.yaml"), encoding: .utf8)
            try journal.replacing("replication: 3", with: "replication: 1")
                .write(toFile: folder + "/journal.yaml", atomically: true, encoding: .utf8)
            try await withBank { bank, _ in
                let refused = try await bank.run("topics", "apply", "--declarations", folder)
                #expect(refused.code == 2)
                #expect(
                    refused.errors.contains("min.insync.replicas is greater than replication"),
                    "\(refused)")
            }
        }
    }

    @Test("On three brokers: lost replicas are named, and rights are asked for only where needed")
    func threeBrokers() async throws {
        let brokers = try AdminBrokers(count: 3, lag: 3)
        defer { brokers.close() }
        try await withBank(at: brokers.address) { bank in
            try bank.writeSettings(replication: nil)
            let made = try await bank.run("topics", "apply")
            #expect(made.code == 0, "\(made)")
            #expect(
                made.output.contains(
                    "Made journal.bank-a: replication 3, min.insync.replicas=2.\n"))
            #expect(try await bank.run("topics", "diff").code == 0)
            let healthy = try await bank.run("doctor")
            #expect(healthy.code == 0, "\(healthy)")
            #expect(healthy.output.contains("as declared, replication 3"), "\(healthy.output)")

            var lost = try #require(brokers.topic("journal.bank-a"))
            lost.inSync = 1
            brokers.put(lost, as: "journal.bank-a")
            let sick = try await bank.run("doctor")
            #expect(sick.code == 1)
            #expect(
                sick.output.contains("only 1 of 3 replicas of journal.bank-a are in sync"),
                "\(sick.output)")
            let noted = try await bank.run("topics", "diff", "--json")
            #expect(noted.code == 0)
            #expect(noted.output.hasPrefix("[{\"note\":\"only 1 of 3 replicas"), "\(noted)")
            lost.inSync = 3
            brokers.put(lost, as: "journal.bank-a")

            brokers.deny(.create, .alterSettings)
            #expect(try await bank.run("topics", "apply").code == 0)
            brokers.deny(.describeSettings)
            let hidden = try await bank.run("doctor")
            #expect(hidden.code == 0, "\(hidden)")
            #expect(hidden.output.contains("grant DESCRIBE_CONFIGS on topic"), "\(hidden)")
            let refused = try await bank.run("topics", "diff")
            #expect(refused.code == 2)
            #expect(refused.errors.contains("grant DESCRIBE_CONFIGS on topic"), "\(refused)")
        }
    }

    private func withBank(
        _ test: (BankOnBrokers, BrokerServer) async throws -> Void
    ) async throws {
        try await withBroker(.noida) { broker in
            try await withBank(at: broker.address) { bank in try await test(bank, broker) }
        }
    }

    private func withBank(
        at address: String, _ test: (BankOnBrokers) async throws -> Void
    ) async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        let bank = BankOnBrokers(banks: banks, address: address)
        try bank.writeSettings(replication: 1)
        do {
            try await test(bank)
        } catch {
            await banks.discard()
            throw error
        }
        try await banks.stop()
    }
}

/// A bank that does not run. Its peer bank-b has its bus in a folder, so it asks for no topic.
private struct BankOnBrokers {
    let banks: Banks
    /// What it bootstraps from.
    let address: String

    func writeSettings(replication: Int?) throws {
        let text = """
            node: bank-a
            bus: kafka://\(address)
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
}
