import Foundation
import Testing

/// The pages that an operator reads, README and `Documentation`, so that tests hold the program to
/// their tables and run their examples.
enum Manual {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The lines of each page.
    static let pages: [[Substring]] = {
        let folder = root.appending(path: "Documentation")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let files = names.filter { $0.hasSuffix(".md") }.sorted().map { folder.appending(path: $0) }
        return ([root.appending(path: "README.md")] + files).compactMap { file in
            try? String(contentsOf: file, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false)
        }
    }()

    /// The lines under a heading, up to the next heading. Exactly one page has that heading, once.
    static func section(_ heading: String) throws -> [Substring] {
        let found = pages.flatMap { lines in
            lines.indices.filter { lines[$0].hasPrefix("#") && lines[$0].hasSuffix("# \(heading)") }
                .map { lines[($0 + 1)...] }
        }
        try #require(found.count == 1, "\(found.count) sections are called \(heading)")
        var isCode = false
        return Array(
            found[0].prefix { line in
                if line.hasPrefix("```") { isCode.toggle() }
                return isCode || !line.hasPrefix("#")
            })
    }

    /// A table's rows under a heading, without its head; cells as they are written.
    static func rows(under heading: String) throws -> [[String]] {
        try section(heading).drop { !$0.hasPrefix("| ---") }.dropFirst()
            .prefix { $0.hasPrefix("| ") }
            .map { row in
                row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            }
    }

    /// The first shell example under a heading.
    static func example(under heading: String) throws -> String {
        let lines = try section(heading).drop { $0 != "```sh" }.dropFirst().prefix { $0 != "```" }
        try #require(!lines.isEmpty, "there is no example under \(heading)")
        return lines.joined(separator: "\n")
    }
}

/// A message as the manual shows it, `…` standing for what differs from case to case.
struct ShownMessage: CustomStringConvertible {
    let description: String

    init(_ cell: String) {
        description = cell.replacing("`` ", with: "").replacing(" ``", with: "")
            .trimmingCharacters(in: ["`"])
    }

    /// Whether one of the lines of `output` says this.
    func isSaid(in output: String) -> Bool {
        output.split(separator: "\n").contains { line in
            var rest = line[...]
            return description.split(separator: "…").allSatisfy { part in
                guard let found = rest.range(of: part) else { return false }
                rest = rest[found.upperBound...]
                return true
            }
        }
    }
}
