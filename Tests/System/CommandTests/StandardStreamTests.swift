import Deployment
import Foundation
import TestTags
import Testing

@testable import giro

/// What is printed has arrived, or the exit code says that it has not.
@Suite(.serialized, .tags(.process))
struct StandardStreamTests {
    private static let commands = [
        "log", "books", "books --json", "verify", "verify --json", "doctor", "doctor --json",
        "account show --json", "account show", "topics diff", "--help", "trace --help",
    ]

    @Test("A command whose output cannot be written fails, with one line that says so")
    func lostOutput() async throws {
        let banks = try await Banks("bank-a")
        let opened = try await banks.run("account", "open", "acct-alice001@bank-a", "EUR")
        #expect(opened.code == 0)
        for command in Self.commands {
            let line = Self.line(command, in: banks.directory)
            let full = try await Program.shell("\(line) >/dev/full")
            #expect(full.code == 2, "\(command)")
            #expect(
                full.errors
                    == "giro: Standard output cannot be written: No space left on device.\n")
            let closed = try await Program.shell("\(line) >&-")
            #expect(closed.code == 2, "\(command)")
            #expect(closed.errors == "giro: Standard output cannot be written: it is closed.\n")
            let piped = try await Program.shell("\(line) | head -c 1")
            #expect(piped.code == 0 && piped.errors.isEmpty, "\(command): \(piped.errors)")
        }
        try await banks.stop()
    }

    @Test("A refusal stays one where its output is lost")
    func refused() async throws {
        let banks = try await Banks("bank-a")
        let freeze = "giro account freeze acct-nobody000@bank-a --directory \(banks.directory)"
        let ending = try await Program.shell("\(freeze) >/dev/full")
        #expect(ending.code == 1)
        #expect(ending.errors.contains("cannot be written"))
        try await banks.stop()
    }

    @Test("A reader that has gone ends a long output without a word")
    func brokenPipe() async throws {
        // The help of all commands is longer than a pipe holds.
        let ending = try await Program.shell(
            "giro --experimental-dump-help | head -c 1; exit ${PIPESTATUS[0]}")
        #expect(ending.code == 141)
        #expect(ending.errors.isEmpty)
    }

    @Test(
        "What cannot be told on standard error changes nothing",
        arguments: ["2>&-", "2>/dev/full", "2> >(true)", "<&- 2>&-"])
    func lostErrors(_ redirection: String) async throws {
        let banks = try await Banks("bank-a")
        let show = Self.line("account show", in: banks.directory)
        let none = show.replacing("acct-alice001", with: "acct-nobody000")
        #expect(try await Program.shell("\(none) \(redirection)").code == 1)
        try await banks.stop()
    }

    @Test(
        "Nothing from the command line reaches a terminal as an order to it",
        arguments: [
            #"trace $'\e[31mx'"#, #"node $'x\e[31m\u009b\u202e'"#, #"account show $'a\e[31m'"#,
            #"$'x\e[31m'"#, #"submit $'x\e[31m.csv'"#, #"log $'a\e]0;b\a'"#,
            #"books -d $'/tmp/x\e[31m'"#,
        ])
    func hostileArguments(_ arguments: String) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let ending = try await Program.shell(
            "cd \(banks.directory) && ln -sfn . giro-data && giro \(arguments)")
        #expect(ending.code != 0)
        let shown = (ending.output + ending.errors).unicodeScalars
        let obeyed = shown.filter {
            ($0.value < 0x20 && $0 != "\n") || (0x7F..<0xA0).contains($0.value)
                || $0.value == 0x202E
        }
        #expect(obeyed.isEmpty, "\(obeyed)")
        #expect(ending.errors.contains("\\u{1B}"))
        try await banks.stop()
    }

    private static func line(_ command: String, in directory: String) -> String {
        var words = command.split(separator: " ").map(String.init)
        guard !command.hasSuffix("--help") else { return "giro \(command)" }
        if words[0] == "log" { words.append("bank-a") }
        if words[0] == "account" { words.append("acct-alice001@bank-a") }
        return "giro \(words.joined(separator: " ")) --directory \(directory)"
    }
}

/// Text from outside, as a terminal may show it.
struct VisibleTextTests {
    @Test(
        "What a terminal would obey is escaped, and nothing else",
        arguments: [
            ("Miete März 家賃 😀 \\", "Miete März 家賃 😀 \\"), ("a\u{1B}[31m", "a\\u{1B}[31m"),
            ("\u{0}\t\r\n\u{7F}", "\\u{0}\\u{9}\\u{D}\\u{A}\\u{7F}"), ("\u{9B}2J", "\\u{9B}2J"),
            ("a\u{202E}b\u{2066}", "a\\u{202E}b\\u{2066}"), ("\u{2028}", "\\u{2028}"),
            ("\u{FEFF}", "\\u{FEFF}"), ("👩\u{200D}💻", "👩\u{200D}💻"),
        ])
    func visible(_ text: String, _ shown: String) {
        #expect(text.visible() == shown)
        #expect(text.visible().visible() == shown)
    }

    @Test("In JSON the same is escaped as JSON has it, and means what it meant")
    func json() throws {
        let text = "\u{85}a\u{9B}b\u{202E}c\u{2028}\u{E0001}\u{1B}\"é"
        let line = try JSONLine.text(of: [text])
        #expect(line == #"["\u0085a\u009Bb\u202Ec\u2028\uDB40\uDC01\u001b\"é"]"#, "\(line)")
        #expect(try JSONDecoder().decode([String].self, from: Data(line.utf8)) == [text])
    }

    @Test("Line feeds stay where they are asked to")
    func lines() {
        #expect("a\nb\r".visible(keepingLines: true) == "a\nb\\u{D}")
    }

    @Test("A table and a failure show what they are given, escaped")
    func places() {
        var table = Table("name", "found")
        table.add("a\u{1B}", "1")
        #expect(table.text.contains("a\\u{1B}  "))
        #expect(Failure(.refused, "x\u{9B}").description == "x\\u{9B}")
    }
}
