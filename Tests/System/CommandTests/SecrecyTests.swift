import APIModels
import Foundation
import Ledger
import NodeClient
import TestKit
import TestServers
import TestTags
import Testing

/// Banks say everything they can, while all that can go wrong does; and no secret is in what they
/// print.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow)) struct SecrecyTests {
    /// Everything that processes have printed, and what must not be in it.
    private struct Transcript {
        private(set) var text = ""
        private(set) var secrets: [String: String] = [:]

        mutating func add(_ ending: Program.Ending) { add(ending.output + ending.errors) }
        mutating func add(_ text: String) { self.text += text }

        /// - Parameter name: What it is, for people.
        mutating func hide(_ secret: String, _ name: String) throws {
            let secret = secret.trimmingCharacters(in: .whitespacesAndNewlines)
            try #require(secret.count >= 8, "\(name) is too short to be found by chance")
            secrets[name] = secret
        }

        /// - Parameter words: What must be there, or nothing was provoked.
        func check(_ words: [String]) {
            for word in words {
                let isSaid = text.contains(word)
                #expect(isSaid, "nobody said: \(word)")
            }
            for (name, secret) in secrets {
                let isShown = text.contains(secret)
                #expect(!isShown, "\(name) was printed: \(line(with: secret))")
            }
        }

        private func line(with secret: String) -> String {
            text.split(separator: "\n").first { $0.contains(secret) }.map { String($0.prefix(300)) }
                ?? ""
        }
    }

    @Test("At the most talkative level, with failures of all kinds, no secret is printed")
    func talkative() async throws {
        try await withTestFolder { folder in
            let properties = folder + "/kafka.properties"
            try writePrivate(Self.login, to: properties)
            let settings = """
                  level: trace
                kafka:
                  properties: \(properties)
                  replication: 1
                """
            try await withServedBanks("bank-a", "bank-b", settings: settings) { banks in
                var transcript = Transcript()
                try transcript.hide("sesame-for-brokers", "the brokers' password")
                try transcript.hide("sesame-for-a-key", "the password of a client's key")
                try hideFiles(of: banks.directory, &transcript)
                let token = try await banks.run(
                    "token", "add", "--role", "operator", "bank-a", "spy")
                try transcript.hide(token.lastLine, "a token")
                try await refusedStarts(banks, folder, &transcript)
                try await brokenFiles(banks, &transcript)
                try await traffic(banks, token.lastLine, &transcript)
                for command in [
                    ["doctor"], ["books"], ["verify"], ["log", "bank-a"],
                    ["key", "show", "bank-a"], ["peer", "show", "bank-a"],
                    ["token", "list", "bank-a"], ["key", "rotate", "bank-a"],
                ] {
                    transcript.add(
                        try await Running(command + ["--directory", banks.directory]).ending())
                }
                try hideFiles(of: banks.directory, &transcript)
                transcript.check([
                    "password authentication failed", "server does not support SSL", " trace ",
                    "a peer's topic cannot be read", "debug giro", "cannot be read",
                    "cannot be used", "sasl_plaintext", "the log is open for writing",
                ])
            }
        }
    }

    /// librdkafka says the most it can.
    private static let login = """
        security.protocol=sasl_plaintext
        sasl.mechanism=PLAIN
        sasl.username=bank
        sasl.password=sesame-for-brokers
        ssl.key.password=sesame-for-a-key
        debug=all
        """

    private func hideFiles(of directory: String, _ transcript: inout Transcript) throws {
        for bank in ["bank-a", "bank-b"] {
            let text = try String(
                contentsOfFile: "\(directory)/\(bank)/node.key", encoding: .utf8)
            for (index, line) in text.split(separator: "\n").enumerated() {
                try transcript.hide(String(line), "\(bank)'s node.key, line \(index)")
            }
            let settings = try String(
                contentsOfFile: "\(directory)/\(bank)/node.yaml", encoding: .utf8)
            let found = try #require(settings.firstMatch(of: #/postgresql://[^:]+:([^@]+)@/#))
            try transcript.hide(String(found.output.1), "\(bank)'s password")
        }
    }

    /// A process of bank-a that cannot start, or not with everything.
    private func start(
        _ banks: ServedBanks, _ environment: [String: String], until word: String? = nil
    ) async throws -> Program.Ending {
        let defaults = ["GIRO_LOG_PATIENCE_MILLISECONDS": "1"]
        let node = try Running(
            ["node", "--directory", banks.directory, "bank-a"],
            environment: defaults.merging(environment) { $1 })
        if let word {
            try await eventually("somebody says: \(word)") {
                node.errorsSoFar.contains(word) || !node.isRunning ? true : nil
            }
            node.terminate()
        }
        return try await node.ending()
    }

    private func refusedStarts(
        _ banks: ServedBanks, _ folder: String, _ transcript: inout Transcript
    ) async throws {
        let port = banks.postgres.port
        let role = try banks.database(of: "bank-a")
        try transcript.hide("hunter2-hunter2", "a wrong password")
        for place in [
            "hunter2-hunter2@127.0.0.1:\(port)/\(role)",
            "hunter2-hunter2@127.0.0.1:\(port)/\(role)?sslmode=verify-full&sslrootcert=system",
            "hunter2-hunter2@127.0.0.1:1/\(role)",
            "hunter2-hunter2@127.0.0.1:\(port)/no_such_database",
            "hunter2-hunter2/@127.0.0.1:\(port)/\(role)", "hunter2-hunter2%zz@127.0.0.1/\(role)",
            "[hunter2-hunter2@127.0.0.1/\(role)",
        ] {
            let ending = try await start(
                banks, ["GIRO_LOG_STORE": "postgresql://\(role):\(place)"])
            #expect(ending.code == 2, "\(place)")
            transcript.add(ending)
        }
        // TLS is requested of brokers that have none: the bank pauses, and keeps retrying.
        let properties = folder + "/tls.properties"
        try writePrivate(
            Self.login.replacing("sasl_plaintext", with: "sasl_ssl"), to: properties)
        transcript.add(
            try await start(
                banks, ["GIRO_KAFKA_PROPERTIES": properties], until: "paused; trying again"))
    }

    /// Files that hold a secret and cannot be read are not quoted.
    private func brokenFiles(_ banks: ServedBanks, _ transcript: inout Transcript) async throws {
        let folder = "\(banks.directory)/bank-a"
        let broken: [(file: String, change: (String) -> String)] = [
            ("node.key", { "x" + $0 }), ("node.key", { String($0.dropLast(3)) }),
            ("peers/bank-b.pub", { $0 + $0.dropLast(3) }),
            ("node.yaml", { $0.replacing("postgresql", with: "'postgresql") }),
            ("node.yaml", { $0.replacing("  store: ", with: "  store: {") }),
            ("node.yaml", { $0.replacing("  store: ", with: "store: ") + "\t- :" }),
        ]
        for (file, change) in broken {
            let path = "\(folder)/\(file)"
            let good = try String(contentsOfFile: path, encoding: .utf8)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            try change(good).write(toFile: path, atomically: false, encoding: .utf8)
            let ending = try await start(banks, [:], until: "the log is open for writing")
            #expect(ending.code != 0, "\(file)")
            transcript.add(ending)
            for command in [["doctor"], ["key", "show", "bank-a"]] {
                transcript.add(
                    try await Running(command + ["--directory", banks.directory]).ending())
            }
            try good.write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: mode as Any], ofItemAtPath: path)
        }
        let properties = banks.directory + "/broken.properties"
        try "security.protocol=ssl\nsasl.password: sesame-for-brokers\n"
            .write(toFile: properties, atomically: true, encoding: .utf8)
        transcript.add(try await start(banks, ["GIRO_KAFKA_PROPERTIES": properties]))
    }

    /// Payments, wrong tokens, and a database that ends all sessions.
    private func traffic(
        _ banks: ServedBanks, _ token: String, _ transcript: inout Transcript
    ) async throws {
        let (bankA, bankB) = (
            try await banks.startedProcess("bank-a"), try await banks.startedProcess("bank-b")
        )
        let alice = Cast.alice
        try await bankA.client.open(alice, holding: 1_000)
        try await bankB.client.open(try #require(AccountID("acct-bobby001@bank-b")))
        try await bankB.client.limit("bank-a", to: 1_000)
        let stranger = "wrong-" + String(token.reversed())
        try transcript.hide(stranger, "a token that nobody has")
        let wrong = NodeClient(.tcp(host: "127.0.0.1", port: bankA.port), token: stranger)
        await #expect(throws: NodeClientError.self) { try await wrong.account(alice) }
        for amount in 1...5 {
            transcript.add(
                try await Running(
                    [
                        "transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b",
                        "--minor", "\(amount)", "EUR", "--directory", banks.directory,
                    ]
                ).ending())
            if amount == 3 {
                try await banks.postgres.run(
                    sql: """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE usename = '\(try banks.database(of: "bank-a"))'
                        """)
            }
        }
        await banks.broker.kill()
        for process in [bankA, bankB] {
            try await eventually("it says that the brokers are gone") {
                process.errorsSoFar.contains("a peer's topic cannot be read; retrying")
                    ? true : nil
            }
            transcript.add(process.errorsSoFar)
            try await process.kill()
        }
    }
}
