import Foundation
import TestTags
import Testing

/// What can be said on the command line, where everybody on the machine can read it.
@Suite(.tags(.process)) struct CommandLineTests {
    /// A command as `--experimental-dump-help` tells of it.
    private struct Command: Decodable {
        let commandName: String
        let arguments: [Argument]?
        let subcommands: [Command]?

        struct Argument: Decodable {
            let kind: String
            let names: [Name]?
            let valueName: String?
        }

        struct Name: Decodable {
            let name: String
        }

        /// Every value that the command or those below it take, with the command's words.
        func values(_ before: [String] = []) -> [(name: String, command: String)] {
            let words = before + [commandName]
            let own = (arguments ?? []).filter { $0.kind != "flag" }.map { argument in
                let name = (argument.names ?? []).map(\.name).max { $0.count < $1.count }
                return (name ?? argument.valueName ?? "?", words.joined(separator: " "))
            }
            return own + (subcommands ?? []).flatMap { $0.values(words) }
        }
    }

    private struct Dump: Decodable {
        let command: Command
    }

    /// What is taken, and that none of it is a secret. Who adds an option says here what it takes.
    private static let known: [String: Set<String>] = [
        "places": [
            "directory", "bus", "socket", "listen", "declarations", "results", "samples", "admin",
        ],
        "files, of secrets too": ["file", "tokens", "password-file", "key"],
        "names": [
            "account", "to", "node", "nodes", "peer", "name", "names", "role", "owner", "via",
            "approved-by", "subcommands", "kind", "from",
        ],
        "numbers, times and words": [
            "id", "after", "limit", "kills", "seed", "patience", "timeout", "wait", "amount",
            "minor", "currency", "direction", "transit", "log-level", "reference", "sagas",
            "seconds", "seeds", "faults", "threads", "insecure-transports",
        ],
    ]

    @Test("No command takes a secret as an argument")
    func noSecrets() async throws {
        let dump = try await Program.run("--experimental-dump-help")
        let root = try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command
        let values = root.values()
        #expect(values.count > 40)
        let known = Self.known.values.reduce(into: Set()) { $0.formUnion($1) }
        for value in values {
            #expect(known.contains(value.name), "\(value.command): what is \(value.name)?")
        }
        #expect(Set(values.map(\.name)) == known)
    }

    @Test("An account that is written wrongly is answered with how one is written")
    func account() async throws {
        let shown = try await Program.run("account", "show", "alice@bank-a")
        #expect(shown.code == 64)
        #expect(shown.errors.contains("acct-NAME@BANK"), "\(shown.errors)")
    }

    @Test(
        "An administrator's password is refused there, and not shown",
        arguments: [
            "postgresql://postgres:hunter2@127.0.0.1:1/db",
            "postgresql://postgres@127.0.0.1:1/db?password=hunter2",
            "host=127.0.0.1 user=postgres password=hunter2",
        ])
    func administrator(_ admin: String) async throws {
        let ending = try await Program.run("log", "init", "bank-a", "--admin", admin)
        #expect(ending.code == 64)
        #expect(ending.errors.contains("PGPASSWORD"))
        #expect(!(ending.output + ending.errors).contains("hunter2"))
    }
}
