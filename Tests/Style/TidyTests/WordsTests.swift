import Foundation
import Testing

/// The words of comments, messages and tests: plain English, as `Tests/Style/lexicon.txt` has it.
struct WordsTests {
    @Test("Text is written in plain words", arguments: SourceFile.all)
    func words(_ file: SourceFile) throws {
        // Its planted lines are there to be found.
        guard !file.path.hasSuffix("/WordsTests.swift") else { return }
        let findings = try Lexicon.standard.findings(in: file.text)
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test("The pages are written in plain words", arguments: Page.all)
    func pages(_ page: Page) throws {
        let lines = page.lines.enumerated().map { ($0.offset + 1, String($0.element)) }
        let findings = try Lexicon.standard.findings(in: lines)
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test(
        "A word of the lexicon is found where people read it, and only there",
        arguments: [
            ("    /// Nobody reads it.", true),
            ("    // The log goes on.", true),
            ("    throw Fault(\"the bank has been told; the log went on\")", true),
            ("    @Test(\"A thief gets in\")", true),
            ("    func `Whoever asks is answered`() {}", true),
            ("    let nobody = somebody.thief", false),
            ("    /// The argon of the lamp; a category.", false),
            ("    /// It is logged on disk.", false),
            ("    /// As the user `nobody`.", false),
        ])
    func planted(_ line: String, _ isFound: Bool) throws {
        let file = SourceFile(path: "Sources/Planted.swift", lines: ["import Saga", line])
        let findings = try Lexicon.standard.findings(in: file.text)
        #expect(findings.isEmpty != isFound)
        #expect(findings.allSatisfy { $0.hasPrefix("line 2: ") })
    }
}

/// Phrases to avoid, each with what to write instead.
struct Lexicon {
    private var entries: [(phrase: String, instead: String)] = []

    static let standard = Result {
        try Lexicon(SourceFile.root.appendingPathComponent("Tests/Style/lexicon.txt"))
    }

    private init(_ file: URL) throws {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        for line in lines where !line.hasPrefix("#") {
            let sides = line.components(separatedBy: " → ")
            try #require(sides.count == 2, "\(line) has no arrow")
            for phrase in sides[0].components(separatedBy: ", ") {
                entries.append((" \(phrase) ", sides[1]))
            }
        }
    }

    func findings(in lines: [(number: Int, text: String)]) -> [String] {
        lines.flatMap { line in
            let words =
                " "
                + line.text.lowercased().split { !$0.isLetter && $0 != "'" }
                .joined(separator: " ") + " "
            return entries.filter { words.contains($0.phrase) }.map {
                "line \(line.number): \"\($0.phrase.trimmingCharacters(in: .whitespaces))\": "
                    + "write \($0.instead)"
            }
        }
    }
}

extension Result<Lexicon, any Error> {
    func findings(in lines: [(number: Int, text: String)]) throws -> [String] {
        try get().findings(in: lines)
    }
}

extension SourceFile {
    /// What people read, with the numbers of its lines: comments, the names of tests, and what the
    /// program says. Texts of tests besides are data.
    fileprivate var text: [(number: Int, text: String)] {
        let isTest = path.hasPrefix("Tests/")
        var isText = false
        var isName = false
        return lines.enumerated().compactMap { index, line in
            let number = index + 1
            let start = line.drop { $0 == " " }
            if line.contains("\"\"\"") {
                isText.toggle()
                return nil
            }
            if isText { return isTest ? nil : (number, line) }
            // What stands between backticks in a comment is code.
            if start.hasPrefix("//") { return (number, Self.parts(of: line, "`", inside: false)) }
            let isNameHere = isName || ["@Test(\"", "@Suite(\""].contains { start.hasPrefix($0) }
            isName = start == "@Test(" || start == "@Suite("
            let quoted = Self.parts(of: line, "\"", inside: true)
            let name = isNameHere ? quoted.components(separatedBy: " . ")[0] : ""
            return (
                number, (isTest ? name : quoted) + " . " + Self.parts(of: line, "`", inside: true)
            )
        }
    }

    /// Of `line`, what stands inside or outside pairs of `mark`.
    private static func parts(of line: String, _ mark: String, inside: Bool) -> String {
        line.components(separatedBy: mark).enumerated()
            .filter { ($0.offset % 2 == 1) == inside }.map(\.element).joined(separator: " . ")
    }
}
