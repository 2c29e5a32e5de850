import ChildProcess
import Foundation
import TestServers
import Testing

/// One line of `Tests/Assurance/Model/checks`: a form of the model and what its check must find.
struct ModelCheck: CustomTestStringConvertible, Sendable {
    enum Kind: String, Sendable {
        case safety, progress
    }

    let name: String
    let kind: Kind
    /// `holds`, `hangs`, or the claim that has to break.
    let expected: String
    /// Sizes and the wrong variant, as the model's preprocessor knows them.
    let defines: [String]

    var testDescription: String { "\(name): \(expected)" }

    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Model")

    static let all: [ModelCheck] = lines(of: "checks").compactMap { line in
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 4, words[0] != "#", let kind = Kind(rawValue: words[1])
        else { return nil }
        return ModelCheck(
            name: words[0], kind: kind, expected: words[2], defines: Array(words.dropFirst(3)))
    }

    /// Without the empty ones; none if there is no such file.
    static func lines(of file: String) -> [String] {
        let path = folder.appending(path: file)
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// The model's text, all files of it.
    static func model() throws -> String {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".pml") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
            .joined(separator: "\n")
    }

    /// Lets `spin` walk through all states of this form.
    ///
    /// - Returns: The exit code, and what the check says came of it.
    func run() async throws -> (code: Int32, report: String) {
        try await withTestFolder { folder in
            let report = folder + "/report"
            let check = try ChildProcess(
                Self.folder.appending(path: "check").path, [name],
                output: report, errors: report)
            let code = await check.end()
            return (code, try String(contentsOfFile: report, encoding: .utf8))
        }
    }
}

/// The rows of a table in the model: `CELL(unknown, reserve, perform)`.
func modelRows(_ macro: String, in file: String) -> [[String]] {
    ModelCheck.lines(of: file).compactMap { line in
        guard line.hasPrefix(macro + "("), line.hasSuffix(")") else { return nil }
        return line.dropFirst(macro.count + 1).dropLast().split(separator: ",")
            .map { $0.filter { $0 != " " } }
    }
}
