import Foundation
import TestTags
import Testing

/// Files as editors of other systems save them: with CR LF, CR alone, a byte order mark.
@Suite(.serialized, .tags(.process))
struct LineFileUseTests {
    @Test("giro token add keeps all tokens of a file with CR LF", arguments: ["\r\n", "\r"])
    func tokens(_ end: String) async throws {
        let banks = try await Banks("bank-a", starting: false)
        for name in ["web", "ops"] {
            #expect(
                try await banks.run("token", "add", "--role", "reader", "bank-a", name).code == 0)
        }
        let path = "\(banks.directory)/bank-a/tokens"
        let made = try String(contentsOfFile: path, encoding: .utf8)
        try Self.write("\u{FEFF}" + made.replacing("\n", with: end), to: path)
        #expect(
            try await banks.run("token", "add", "--role", "operator", "bank-a", "third").code == 0)
        let listed = try await banks.run("token", "list", "bank-a")
        #expect(listed.output == "web reader\nops reader\nthird operator\n")

        // A line that cannot be read is not lost either: nothing is written.
        let broken = made + "fourth reader\r\n"
        try Self.write(broken, to: path)
        let refused = try await banks.run("token", "add", "--role", "reader", "bank-a", "fifth")
        #expect(refused.code == 2)
        #expect(refused.errors.contains("line 4 is not a name, a role"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == broken)
        try await banks.stop()
    }

    @Test("TLS is asked for in a file of settings with CR LF too", arguments: ["\n", "\r\n", "\r"])
    func properties(_ end: String) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let path = "\(banks.directory)/bank-a/k.properties"
        let lines = ["# TLS", "security.protocol=ssl", "ssl.ca.location=/nowhere/ca.pem", ""]
        try Self.write(lines.joined(separator: end), to: path)
        let ending = try await banks.node(
            "bank-a",
            environment: [
                "GIRO_KAFKA_PROPERTIES": path, "GIRO_BUS": "kafka://127.0.0.1:1",
            ]
        ).ending()
        #expect(ending.code == 2)
        #expect(ending.errors.contains("ssl.ca.location"))
        try await banks.stop()
    }

    @Test(
        "A file of settings that is not clear is refused by line, and no value is shown",
        arguments: [
            ("# a\r\nsasl.password: hunter2", "line 2 is not a setting; use name=value."),
            ("sasl.password=hunter2\rsasl.password=hunter2\r",
             "line 2 sets sasl.password again, after line 1; remove one of them."),
            ("ssl.ca.location=\n",
             "line 1 gives ssl.ca.location no value; give it one, or remove the line."),
            ("a=hunter2\0\n", "line 1 holds a NUL byte; save the file as UTF-8."),
        ])
    func brokenProperties(_ text: String, _ message: String) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let path = "\(banks.directory)/bank-a/k.properties"
        try Self.write(text, to: path)
        let ending = try await banks.node(
            "bank-a",
            environment: ["GIRO_KAFKA_PROPERTIES": path, "GIRO_BUS": "kafka://127.0.0.1:1"]
        ).ending()
        #expect(ending.code == 2)
        #expect(ending.errors == "giro: kafka.properties: \(path): \(message)\n")
        try await banks.stop()
    }

    @Test("Keys may have CR LF, and are refused by line", arguments: ["\r\n", "\r"])
    func keys(_ end: String) async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        let shown = try await banks.run("key", "show", "bank-a")
        let folder = "\(banks.directory)/bank-a"
        for file in ["node.key", "node.pub", "peers/bank-b.pub"] {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            try Self.write(
                "\u{FEFF}# made by giro init\n\(text)".replacing("\n", with: end),
                to: "\(folder)/\(file)")
        }
        #expect(try await banks.run("key", "show", "bank-a").output == shown.output)
        let doctor = try await banks.run("doctor")
        #expect(doctor.output.contains("key and 1 peers' keys in order"), "\(doctor)")
        try Self.write("# none\(end)hunter2", to: "\(folder)/node.key")
        let refused = try await banks.run("key", "show", "bank-a")
        #expect(refused.code == 2)
        #expect(
            refused.errors == "giro: \(folder)/node.key: line 2 is not 32 bytes in hexadecimal "
                + "digits (64 digits).\n")
        try await banks.stop()
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
