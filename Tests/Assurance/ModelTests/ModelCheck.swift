import ChildProcess
import Foundation
import TestServers
import Testing

/// A model of the protocol: a folder of Promela files, and of checks on them.
enum Model: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case links = "LinkModel"

    var testDescription: String { rawValue }

    var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: rawValue)
    }

    var checks: [ModelCheck] {
        lines(of: "checks").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 4, words[0] != "#", let kind = ModelCheck.Kind(rawValue: words[1])
            else { return nil }
            return ModelCheck(
                model: self, name: words[0], kind: kind, expected: words[2],
                defines: Array(words.dropFirst(3)))
        }
    }

    /// Without the empty ones; none if there is no such file.
    func lines(of file: String) -> [String] {
        let path = folder.appending(path: file)
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// All of the model's files.
    func text() throws -> String {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".pml") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
            .joined(separator: "\n")
    }
}

/// One line of a model's `checks`: a form of the model and what its check must find.
struct ModelCheck: CustomTestStringConvertible, Sendable {
    enum Kind: String, Sendable {
        case safety, progress
    }

    let model: Model
    let name: String
    let kind: Kind
    /// `holds`, `hangs`, or the claim that has to break.
    let expected: String
    /// Sizes and the wrong variant, as the model's preprocessor knows them.
    let defines: [String]

    var testDescription: String { "\(model.rawValue)/\(name): \(expected)" }

    /// Lets `spin` walk through all states of this form.
    ///
    /// - Returns: The exit code, and what the check says came of it.
    func run() async throws -> (code: Int32, report: String) {
        try await withTestFolder { folder in
            let report = folder + "/report"
            let check = try ChildProcess(
                model.folder.appending(path: "check").path, [name],
                output: report, errors: report)
            let code = await check.end()
            return (code, try String(contentsOfFile: report, encoding: .utf8))
        }
    }
}
