import ArgumentParser
import Deployment
import Foundation

struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for machines.")
    var json = false

    /// Prints `value` as one line of JSON, or what `text` makes for people.
    ///
    /// ``StandardStreams/end(_:)`` finds out whether it arrived.
    func show(_ value: some Encodable, _ text: () -> String) throws {
        print(json ? try JSONLine.text(of: value) : text().visible(keepingLines: true))
    }
}

enum JSONLine {
    /// One line, keys in order, slashes as they are. What a terminal would obey is escaped; it
    /// means the same to a program.
    static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self).visibleJSON
    }
}
