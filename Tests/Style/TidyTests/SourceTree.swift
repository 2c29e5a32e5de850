import Foundation
import Testing

/// The Swift files of the package, generated ones left out.
struct SourceFile: CustomTestStringConvertible, Sendable {
    /// From the package's folder.
    let path: String
    let lines: [String]

    /// `Saga` for `Sources/1-Protocol/Saga/Message.swift`.
    var module: String { path.split(separator: "/").dropFirst(2).first.map(String.init) ?? "" }
    var testDescription: String { path }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files(under: "Sources")
    static let all = files(under: "Sources") + files(under: "Tests")

    /// The modules of `Sources` that are C: those with a header.
    static let cModules = Set(
        paths(under: "Sources").filter { $0.hasSuffix(".h") }
            .compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) })

    private static func paths(under folder: String) -> [String] {
        let start = root.appendingPathComponent(folder)
        let paths = FileManager.default.enumerator(atPath: start.path)?.allObjects ?? []
        return paths.compactMap { $0 as? String }.sorted()
    }

    /// Without those that `deploy/generate-wire` writes.
    private static func files(under folder: String) -> [SourceFile] {
        let start = root.appendingPathComponent(folder)
        return paths(under: folder)
            .filter { $0.hasSuffix(".swift") && !$0.contains("Generated/") }
            .compactMap { path in
                let file = start.appendingPathComponent(path)
                guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
                return SourceFile(
                    path: "\(folder)/\(path)",
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                        .map(String.init))
            }
    }

    /// Lines of code with their numbers: comments left out.
    var code: [(number: Int, text: String)] {
        lines.enumerated().compactMap { index, line in
            let isComment = line.drop { $0 == " " }.hasPrefix("//")
            return isComment ? nil : (index + 1, line)
        }
    }

    /// The modules that it imports, at any access level, whole or one declaration of them.
    var imports: Set<String> {
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
        ]
        return Set(
            code.compactMap { line in
                let words = line.text.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), index <= 2 else { return nil }
                let name = words[(index + 1)...].first { !kinds.contains($0) }
                return name?.split(separator: ".").first.map(String.init)
            })
    }

    func places(of words: [String]) -> [String] {
        code.filter { line in words.contains { line.text.contains($0) } }
            .map { "\(path):\($0.number): \($0.text)" }
    }
}
