import Foundation

/// What a run has done and found.
package struct ChaosReport: Sendable, Encodable {
    package internal(set) var seed: UInt64
    package internal(set) var seconds = 0
    package internal(set) var rounds = 0
    package internal(set) var transfers = 0
    package internal(set) var settled = 0
    package internal(set) var rolledBack = 0
    package internal(set) var refused = 0
    package internal(set) var deposits = 0
    /// Other content under a UUID that was used.
    package internal(set) var conflicts = 0
    /// Requests sent, and answers that said something.
    package internal(set) var requests = 0
    package internal(set) var answers = 0
    /// Orders sent once more when all was over.
    package internal(set) var askedAgain = 0
    package internal(set) var entries = 0
    /// Processes that ended since another had taken their log over.
    package internal(set) var fenced = 0
    package internal(set) var killed = 0
    /// Starts that were refused for want of a server.
    package internal(set) var refusedStarts = 0
    /// How often a log got a writer.
    package internal(set) var openings = 0
    package internal(set) var lost = 0
    package internal(set) var doubled = 0
    /// How often the standby took over where the writer was taken away.
    package internal(set) var takeovers = 0
    /// How often other faults kept it from that, until it was given up.
    package internal(set) var takeoversPrevented = 0
    package internal(set) var faults: [String: Int] = [:]
    /// Those that came up and could not be made: no disk to fill, no writer to take away.
    package internal(set) var skipped: [String: Int] = [:]
    package internal(set) var violations: [String] = []

    package var isClean: Bool { violations.isEmpty && lost == 0 && doubled == 0 }

    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    package var text: String {
        let names = Set(faults.keys).union(skipped.keys).sorted()
        let width = names.map(\.count).max() ?? 0
        let table = names.map { fault in
            fault.padding(toLength: width, withPad: " ", startingAt: 0) + "  \(faults[fault] ?? 0)"
                + (skipped[fault].map { ", \($0) skipped" } ?? "")
        }
        return """
            fault\(String(repeating: " ", count: max(0, width - 5)))  times
            \(table.joined(separator: "\n"))

            \(rounds) rounds in \(seconds) s, seed \(seed)
            \(transfers) transfers: \(settled) settled, \(rolledBack) rolled back, \(refused) \
            refused; \(deposits) deposits
            \(requests) requests, \(answers) answers; \(conflicts) with other content, all \
            refused; \(askedAgain) asked again, all the same
            \(entries) log entries; \(openings) openings of a log, \(killed) processes killed, \
            \(fenced) fenced, \(refusedStarts) starts refused
            \(takeovers) takeovers by the standby, \(takeoversPrevented) prevented by other faults
            lost \(lost), doubled \(doubled), violations \(violations.count)
            """ + violations.prefix(20).map { "\nviolation: \($0)" }.joined()
    }
}
