import Foundation
import Testing

/// The README's tables, so that tests hold the program to them.
enum Readme {
    static let text = (try? String(contentsOf: root.appending(path: "README.md"), encoding: .utf8))

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The lines under a heading, up to the next heading.
    static func section(_ heading: String) throws -> [Substring] {
        let lines = try #require(text).split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(
            lines.firstIndex { $0.hasPrefix("#") && $0.hasSuffix("# \(heading)") },
            "README has no section \(heading)")
        var isCode = false
        return Array(
            lines[(start + 1)...].prefix { line in
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
}

/// A message as the README shows it, `…` standing for what differs from case to case.
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
