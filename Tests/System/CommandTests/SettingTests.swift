import Foundation
import Saga
import TestTags
import Testing

@testable import Deployment
@testable import giro

/// Settings mean what they say, or are refused.
struct SettingTests {
    /// Reads a `node.yaml`, as every command does.
    private static func options(
        _ lines: String, flags: [String: String] = [:]
    ) async throws -> NodeOptions {
        let folder = try folder(with: lines)
        defer { try? FileManager.default.removeItem(at: folder.url.deletingLastPathComponent()) }
        return try await NodeOptions(of: folder, flags: flags)
    }

    private static func values(_ lines: String) throws -> SettingValues {
        let folder = try folder(with: lines)
        defer { try? FileManager.default.removeItem(at: folder.url.deletingLastPathComponent()) }
        return try SettingValues(of: folder, flags: [:])
    }

    private static func folder(with lines: String) throws -> NodeFolder {
        let directory = "/tmp/giro-\(UUID().uuidString.prefix(8))"
        // Before it is named: the URL of a folder that is there ends with a slash.
        try FileManager.default.createDirectory(
            atPath: directory + "/bank-a", withIntermediateDirectories: true)
        let folder = Deployment(directory).node(try #require(NodeName("bank-a")))
        try Data(lines.utf8).write(to: URL(fileURLWithPath: folder.configuration))
        return folder
    }

    private static func refusal(
        _ lines: String, flags: [String: String] = [:]
    ) async -> Failure? {
        await #expect(throws: Failure.self, "\(lines)") {
            _ = try await options(lines, flags: flags)
        }
    }

    @Test("A node is a bank unless kind says otherwise, and an unknown kind is refused")
    func kinds() async throws {
        #expect(try await Self.options("").kind == .bank)
        #expect(try await Self.options("kind: bank").kind == .bank)
        #expect(try await Self.options("kind: shelf").kind == .shelf)
        let near = await Self.refusal("kind: shelv")
        #expect(
            near?.description == "kind is \"shelv\"; use one of: bank, shelf; did you mean shelf?")
        let far = await Self.refusal("kind: marketplace")
        #expect(far?.description == "kind is \"marketplace\"; use one of: bank, shelf.")
        for lines in ["kind: Bank", "kind:", "kind: [bank]"] {
            _ = await Self.refusal(lines)
        }
    }

    @Test("A prefix of topics is for brokers, and leaves room for names")
    func topicPrefix() async throws {
        let kafka = "bus: kafka://localhost:9092\nkafka:\n  topicPrefix: "
        #expect(try await Self.options(kafka + "test.").bus.topicPrefix == "test.")
        #expect(try await Self.options("bus: kafka://localhost:9092").bus.topicPrefix == "")
        for prefix in [".test", "te/st", String(repeating: "p", count: 61)] {
            let refused = await Self.refusal(kafka + prefix)
            #expect(refused?.description.contains("write at most 60 letters") == true)
        }
        let folder = await Self.refusal("kafka:\n  topicPrefix: test.")
        #expect(folder?.description.contains("bus is a folder") == true)
    }

    @Test("Two settings do not name one file, and statements are kept in no other's file")
    func files() async throws {
        for lines in [
            "statements: log.sqlite", "tokens: log.sqlite", "socket: tokens",
            "log:\n  store: tokens", "tokens: x\nstatements: ./x",
        ] {
            let refusal = await Self.refusal(lines)
            #expect(refusal?.description.contains("name the same file") == true, "\(lines)")
        }
        // The settings' own file is there, and was not made for statements.
        let refusal = await Self.refusal("statements: node.yaml")
        #expect(refusal?.description.contains("was not made for statements") == true)
    }

    @Test("No setting names a file in a folder that everybody may write to")
    func openFolders() async throws {
        let open = "/tmp/giro-open-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: open) }
        chmod(open, 0o777)
        for lines in [
            "socket: \(open)/s", "tokens: \(open)/t", "statements: \(open)/st",
            "log:\n  store: \(open)/l",
        ] {
            let refusal = await Self.refusal(lines)
            #expect(refusal?.description.contains("everybody may write") == true, "\(lines)")
        }
        chmod(open, 0o1777)
        _ = try await Self.options("socket: \(open)/s")
    }

    @Test(
        "A path is a path",
        arguments: [
            "socket: localhost:8080", "socket: unix:a.sock", "tokens: a=b",
            "statements: postgresql://d:hunter2@h/d", "statements: host=h password=hunter2",
        ])
    func paths(_ line: String) async {
        let refusal = await Self.refusal(line)
        #expect(refusal?.description.contains("is no path") == true, "\(line)")
        #expect(refusal?.description.contains("hunter2") == false)
    }

    @Test(
        "log.store is a PostgreSQL URI or a path, and never shown",
        arguments: [
            "host=127.0.0.1 port=5432 dbname=d user=u password=hunter2", "password=hunter2",
            "jdbc:postgresql://u:hunter2@h/d", "postgresql+psycopg://u:hunter2@h/d",
            "POSTGRESQL://u:hunter2@127.0.0.1/d", "Postgres://u:hunter2@127.0.0.1/d",
            "' postgresql://u:hunter2@127.0.0.1/d'", "postgresql:/u:hunter2@127.0.0.1/d",
            "'postgresql://u:hunter2@127.0.0.1/d '", "mysql://u:hunter2@h/d", "sqlite:///x",
            "http://h/x", "localhost:5432", "hunter2@localhost", "~/log.sqlite", "''", "~", "[a]",
            "{a: b}", "\"a\\nb\"",
        ])
    func store(_ value: String) async {
        let failure = await Self.refusal("log: {store: \(value)}")
        #expect(failure?.code == .unavailable)
        #expect(failure?.description.contains("log.store") == true)
        #expect(failure?.description.contains("hunter2") == false)
    }

    @Test(
        "bus is brokers or a folder",
        arguments: [
            "localhost:9092", "Kafka://127.0.0.1:9092", "KAFKA://127.0.0.1:9092", "kafka:9092",
            "http://h", "sqlite:///x", "h:1,i:2", "kafka://", "kafka://:9092", "kafka://h",
            "kafka://127.0.0.1:0", "kafka://127.0.0.1:70000", "'kafka://127.0.0.1:1,'",
            "'kafka://127.0.0.1:1, 127.0.0.1:2'", "kafka://127.0.0.1:1/x", "' ../bus'", "~/bus",
            "kafka://u:hunter2@127.0.0.1:1", "''", "PLAINTEXT://127.0.0.1:9092",
        ])
    func bus(_ value: String) async {
        let failure = await Self.refusal("bus: \(value)")
        #expect(failure?.code == .unavailable)
        #expect(failure?.description.contains("bus") == true)
        #expect(failure?.description.contains("hunter2") == false)
    }

    @Test(
        "Whatever else node.yaml holds is refused by name",
        arguments: [
            ("socketNeedToken: true", "did you mean socketNeedsTokens?"),
            ("lissten: 127.0.0.1:1", "line 1: lissten is no setting; did you mean listen?"),
            ("limits:\nopenSagasMax: 10", "line 1: limits holds no settings"),
            ("limits:\nopenSagasMax: 10", "did you mean limits.openSagasMax?"),
            ("limits: 5", "limits holds no settings"), ("log: [level]", "log holds no settings"),
            ("http: {headMillisecond: 5}", "did you mean http.headMilliseconds?"),
            ("limits: {limits: {openSagasMax: 1}}", "limits.limits is no setting"),
            ("log.level: debug", "write log.level in two lines"),
            ("bus: ../bus\nbus: ../bus", "bus is set twice"),
            ("log: {level: [debug]}", "log.level must be one value"),
            ("log: {level: }", "log.level has no value"), ("- a", "it must hold settings"),
            ("a", "it must hold settings"), ("bus: [a", "cannot be used"),
            ("limits: {openSagasMax: ten}", "limits.openSagasMax is \"ten\"; use a number"),
            ("limits: {openSagasMax: 1.5}", "use a number"),
            ("limits: {openSagasMax: -1}", "use a number"),
            ("limits: {openSagasMax: 010}", "use a number"),
            ("limits: {openSagasMax: 1_000}", "use a number"),
            ("limits: {openPerPeerMax: 0}", "use a number from 1 to"),
            ("commits: {inputsMax: 5001}", "use a number from 1 to 5000"),
            ("socketNeedsTokens: yes", "socketNeedsTokens is \"yes\"; use true or false"),
            ("socketNeedsTokens: 1", "use true or false"), ("socket: ~/a.sock", "whole path"),
            ("listen: '8080'", "use a host and a port"),
            ("insecureTransports: [kafka, tls]", "use one or more of: postgresql, kafka, listen"),
        ])
    func file(_ lines: String, _ message: String) async {
        let failure = await Self.refusal(lines)
        #expect(failure?.code == .unavailable)
        #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
    }

    @Test(
        "A node.yaml reads the same however it was saved",
        arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func lineEnds(_ end: String, _ mark: String) throws {
        let lines = ["# settings", "limits:", "  openSagasMax: 10", "", "log: {level: debug}", ""]
        let values = try Self.values(mark + lines.joined(separator: end))
        #expect(try values.count("limits.openSagasMax") == 10)
        #expect(values.text("log.level") == "debug")
        let none = try Self.values("# nothing\n")
        #expect(try none.count("limits.openSagasMax") == 100_000)
        #expect(try none.count("limits.openPerPeerMax") == 20_000)
    }

    @Test("Names of paths may hold anything behind ./")
    func paths() async throws {
        let options = try await Self.options(
            "log: {store: './a=b:c.sqlite'}\nbus: './kafka:x'\nsocket: /tmp/a.sock")
        #expect(options.log.description.hasSuffix("/bank-a/a=b:c.sqlite"))
        #expect(options.bus.description.hasSuffix("/bank-a/kafka:x"))
        #expect(options.socket == "/tmp/a.sock")
    }

    @Test(
        "Unknown variables and empty ones are refused",
        arguments: [
            ("GIRO_LISSTEN", "x", "did you mean GIRO_LISTEN?"),
            ("GIRO_KIND", "shelf", "the variable GIRO_KIND is no setting"),
            ("GIRO_LOGSTORE", "x", "did you mean GIRO_LOG_STORE?"),
            ("Giro_Listen", "x", "did you mean GIRO_LISTEN?"),
            ("GIRO_NOTHING_LIKE_IT", "x", "GIRO_NOTHING_LIKE_IT is no setting"),
            ("GIRO_LOG_STORE", "", "GIRO_LOG_STORE is set but empty"),
            ("GIRO_SOCKET", "", "GIRO_SOCKET is set but empty"),
            ("GIRO_TOKEN", "", "GIRO_TOKEN is set but empty"),
            ("GIRO_TOKEN", "giro_1\n", "GIRO_TOKEN holds a control character or a line's end"),
        ])
    func variables(_ name: String, _ value: String, _ message: String) {
        let faults = SettingVariables.faults(in: [name: value])
        #expect(faults.count == 1)
        #expect(faults.first?.contains(message) == true, "\(faults)")
    }

    @Test(
        "Variables of clients, scripts and tests are known",
        arguments: [
            "GIRO_TOKEN", "GIRO_LISTEN", "GIRO_CRASH_AT", "GIRO_PREPARE_BROKERS", "GIRO_PROGRAM",
            "GIRO_FUZZ_SEED", "PATH", "GIROX",
        ])
    func known(_ name: String) {
        #expect(SettingVariables.faults(in: [name: "1"]).isEmpty)
    }

    @Test(
        "Clear text over a network is refused unless it is insisted on by name",
        arguments: [
            ("log: {store: postgresql://u@db.example/d}", "postgresql"),
            ("log: {store: postgresql://u@db.example/d?sslmode=disable}", "postgresql"),
            ("log: {store: postgresql://u@db.example/d?sslmode=allow}", "postgresql"),
            ("log: {store: postgresql://u@db.example/d?sslmode=prefer}", "postgresql"),
            ("log: {store: 'postgresql://u@127.0.0.1,db.example/d'}", "postgresql"),
            ("log: {store: postgresql://u@/d?host=db.example}", "postgresql"),
            ("log: {store: postgresql://u@localhost/d?hostaddr=192.0.2.1}", "postgresql"),
            ("log: {store: postgresql:///d?service=bank}", "postgresql"),
            ("log: {store: postgresql://u@127.0.0.1.example/d}", "postgresql"),
            ("bus: kafka://kafka.example:9092", "kafka"),
            ("bus: 'kafka://127.0.0.1:9092,192.0.2.1:9092'", "kafka"),
            ("listen: 0.0.0.0:8080", "listen"), ("listen: '[::]:8080'", "listen"),
            ("listen: bank.example:8080", "listen"), ("listen: 192.0.2.1:8080", "listen"),
        ])
    func clearText(_ line: String, _ kind: String) async throws {
        let failure = await Self.refusal(line)
        #expect(failure?.description.contains("insecureTransports: [\(kind)]") == true)
        let others = ["postgresql", "kafka", "listen"].filter { $0 != kind }
        _ = await Self.refusal("\(line)\ninsecureTransports: \(others)".replacing("\"", with: ""))
        for insisting in ["[\(kind)]", "\(kind), listen"] {
            let options = try await Self.options("\(line)\ninsecureTransports: \(insisting)")
            #expect(options.clearTransports.count == 1)
        }
        let flags = ["insecureTransports": kind]
        #expect(try await Self.options(line, flags: flags).clearTransports.count == 1)
    }

    @Test(
        "TLS, loopback and sockets need no insisting",
        arguments: [
            "log: {store: postgresql://u@db.example/d?sslmode=verify-full}",
            "log: {store: postgresql://u@db.example/d?sslmode=verify-ca}",
            "log: {store: 'postgresql://u@a.example,b.example/d?sslmode=require'}",
            "log: {store: postgresql://u@127.0.0.1:5432/d}",
            "log: {store: 'postgresql://u@localhost,[::1]/d'}",
            "log: {store: postgresql://u@%2Frun%2Fpostgresql/d}", "log: {store: postgresql:///d}",
            "log: {store: postgresql:///d?host=/run/postgresql}", "listen: 127.0.0.1:8080",
            "listen: '[::1]:8080'", "listen: localhost:8080",
            "bus: 'kafka://127.0.0.1:9092,localhost:9093,[::1]:9094'",
        ])
    func protected(_ line: String) async throws {
        #expect(try await Self.options(line).clearTransports.isEmpty)
    }

    @Test(
        "Kafka is protected by TLS that verifies, and by nothing else",
        arguments: [
            ([:], false), (["security.protocol": "plaintext"], false),
            (["security.protocol": "sasl_plaintext"], false), (["security.protocol": "ssl"], true),
            (["security.protocol": "SASL_SSL"], true),
            (["security.protocol": "ssl", "enable.ssl.certificate.verification": "false"], false),
            (["security.protocol": "ssl", "enable.ssl.certificate.verification": "0"], false),
            (["security.protocol": "ssl", "ssl.endpoint.identification.algorithm": "none"], false),
        ] as [([String: String], Bool)])
    func kafka(_ settings: [String: String], _ isProtected: Bool) {
        #expect(ClearTransport.all(of: "192.0.2.1:9092", settings).isEmpty == isProtected)
        #expect(ClearTransport.all(of: "127.0.0.1:9092,[::1]:1", settings).isEmpty)
    }
}

/// The same, as the program says it.
@Suite(.serialized, .tags(.process))
struct SettingProgramTests {
    @Test("A node and doctor refuse the same settings, with exit codes 2 and 1")
    func doctor() async throws {
        let banks = try await Banks("bank-a", starting: false)
        let path = "\(banks.directory)/bank-a/node.yaml"
        for (line, name) in [
            ("log: {store: 'host=127.0.0.1 password=hunter2'}", "log.store"),
            ("bus: localhost:9092", "bus"), ("lissten: 127.0.0.1:1", "lissten"),
        ] {
            try Data("\(line)\n".utf8).write(to: URL(fileURLWithPath: path))
            let node = try await banks.node("bank-a").ending()
            let doctor = try await banks.run("doctor")
            #expect(node.code == 2 && doctor.code == 1)
            #expect(node.errors.contains(name) && doctor.output.contains(name))
            // Told once, and not by every check that goes by the settings.
            let wrong = doctor.output.split(separator: "\n").filter { $0.contains("WRONG") }
            let told = wrong.filter { !$0.contains("not checked: the configuration is wrong") }
            #expect(wrong.count == 6 && told.count == 1, "\(doctor.output)")
            #expect(told.first?.contains(/configuration +WRONG/) == true)
            #expect(doctor.output.contains(/keys +ok/))
            #expect(!(node.errors + doctor.output).contains("hunter2"))
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: banks.directory + "/bank-a")
        #expect(files.sorted() == ["node.key", "node.pub", "node.yaml", "peers"])
        try await banks.stop()
    }

    @Test("Variables and addresses end a start with exit code 2")
    func start() async throws {
        let banks = try await Banks("bank-a", starting: false)
        for (variable, value) in [
            ("GIRO_LOG_STORE", ""), ("GIRO_SOCKET", ""), ("GIRO_LISSTEN", "127.0.0.1:0"),
            ("GIRO_KIND", "bank"),
        ] {
            let ending = try await banks.node("bank-a", environment: [variable: value]).ending()
            #expect(ending.code == 2)
            #expect(ending.errors.contains(variable))
        }
        #expect(
            try await banks.run("token", "add", "--role", "reader", "bank-a", "web").code == 0)
        let unreachable = try await banks.node(
            "bank-a",
            environment: [
                "GIRO_LOG_STORE": "postgresql://r@127.0.0.1:1/d",
                "GIRO_LOG_PATIENCE_MILLISECONDS": "3000",
            ]
        ).ending()
        #expect(unreachable.code == 2)
        #expect(unreachable.errors.contains("PostgreSQL cannot be reached"))
        let lines = unreachable.errors.split(separator: "\n")
            .filter { $0.contains("the log's server does not answer; trying again") }
        // Tries and lines grow rarer.
        #expect((1...2).contains(lines.count), "\(unreachable.errors)")
        let address = ["--listen", "nosuch.invalid:8080"]
        let refused = try await banks.node("bank-a", address).ending()
        #expect(refused.code == 2)
        #expect(refused.errors.contains("insecureTransports: [listen]"))
        let insisting = address + ["--insecure-transports", "listen"]
        let unknown = try await banks.node("bank-a", insisting).ending()
        #expect(unknown.code == 2)
        #expect(unknown.errors.contains("no such host is known"))
        #expect(unknown.errors.contains("clear text over a network"))
        // Of a network for examples: no machine has it.
        let foreign = ["--listen", "203.0.113.5:8080", "--insecure-transports", "listen"]
        let unusable = try await banks.node("bank-a", foreign).ending()
        #expect(unusable.code == 2)
        let reason = "203.0.113.5:8080 cannot be listened on: Cannot assign requested address."
        #expect(unusable.errors.contains(reason), "\(unusable.errors)")
        try await banks.stop()
    }

    @Test("Commands find the socket of the settings, and name a path that is too long")
    func socket() async throws {
        let banks = try await Banks("bank-a", starting: false)
        let yaml = URL(fileURLWithPath: "\(banks.directory)/bank-a/node.yaml")
        let socket = "/tmp/giro-\(UUID().uuidString.prefix(8)).sock"
        try Data("socket: \(socket)\n".utf8).write(to: yaml)
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        try await banks.end("bank-a")
        try Data("socket: /tmp/\(String(repeating: "a", count: 99))\n".utf8).write(to: yaml)
        let command = try await banks.run("account", "show", "acct-nobody000@bank-a")
        let node = try await banks.node("bank-a").ending()
        for ending in [command, node] {
            #expect(ending.code == 2)
            #expect(ending.errors.contains("has 104 bytes, and the system takes at most 103"))
        }
        try await banks.stop()
    }
}
