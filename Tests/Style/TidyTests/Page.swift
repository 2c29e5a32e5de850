import Foundation
import Testing

/// A page of the documentation: what it links to, and which anchors others may link to.
struct Page: CustomTestStringConvertible, Sendable {
    /// From the package's folder.
    let path: String
    /// Its lines, without blocks of code.
    let lines: [Substring]

    var testDescription: String { path }

    /// README and the other pages beside it, and the manual.
    static let all = pages(in: "") + pages(in: "Documentation/")

    private static func pages(in folder: String) -> [Page] {
        let path = SourceFile.root.appendingPathComponent(folder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".md") }.sorted().compactMap { Page(at: folder + $0) }
    }

    /// - Returns: `nil` where there is no such file.
    init?(at path: String) {
        let file = SourceFile.root.appendingPathComponent(path)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        self.init(path: path, text: text)
    }

    init(path: String, text: String) {
        self.path = path
        var isCode = false
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if line.hasPrefix("```") { isCode.toggle() }
            return !isCode && !line.hasPrefix("```")
        }
    }

    /// The targets of `[text](target)`, but for those on the web.
    var links: [Substring] {
        lines.flatMap { $0.matches(of: /\]\(([^)\s]+)\)/).map(\.1) }
            .filter { !$0.contains("://") && !$0.hasPrefix("mailto:") }
    }

    /// What code spans name that lies in one of the package's folders; patterns are left out.
    var namedPaths: [Substring] {
        lines.flatMap { line in
            line.matches(of: /`((?:Sources|Tests|Documentation|deploy|topics)\/[^`\s:]*)/)
                .map(\.1)
        }.filter { !$0.contains(/[*<>…]/) }
    }

    /// Of every heading, as GitHub makes them; one that is there already gets a number.
    var anchors: Set<String> {
        var anchors: Set<String> = []
        for line in lines {
            guard let heading = line.wholeMatch(of: /#{1,6} +(.*)/)?.1 else { continue }
            let anchor = String(
                heading.lowercased().compactMap { letter -> Character? in
                    if letter == " " { return "-" }
                    let isKept = letter.isLetter || letter.isNumber || "-_".contains(letter)
                    return isKept ? letter : nil
                })
            let numbered = (1...).lazy.map { "\(anchor)-\($0)" }
            let free = anchors.contains(anchor) ? numbered.first { !anchors.contains($0) } : anchor
            anchors.insert(free ?? anchor)
        }
        return anchors
    }

    /// Where a link leads.
    struct Place: Equatable {
        /// From the package's folder.
        let path: String
        var anchor: String?
    }

    func place(of link: Substring) -> Place {
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let anchor = parts.count > 1 ? String(parts[1]) : nil
        guard !parts[0].isEmpty else { return Place(path: path, anchor: anchor) }
        var folders = path.split(separator: "/").dropLast()
        for part in parts[0].split(separator: "/") where part != "." {
            if part == ".." { _ = folders.popLast() } else { folders.append(part) }
        }
        return Place(path: folders.joined(separator: "/"), anchor: anchor)
    }
}
