import ArgumentParser
import EventLog
import Foundation
import Saga

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show what happened to a transfer, at every bank, in the order of time.")

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The transfer's UUID.") var id: String

    func run() async throws {
        try await exitingOnFailure {
            guard let saga = SagaID(id) else {
                throw Failure(.refused, "\"\(id)\" is no UUID of 36 characters.")
            }
            var lines: [EntryLine] = []
            for folder in try place.installation.nodes() {
                lines += try await withLog(of: folder) { log in
                    try await entries(of: saga, in: log, folder)
                }
            }
            guard !lines.isEmpty else {
                throw Failure(.refused, "No bank in \(place.directory) has ever heard of \(id).")
            }
            // The sort is stable: what a bank did in one commit stays in the order it was done.
            lines.sort { ($0.time, $0.step ?? 0) < ($1.time, $1.step ?? 0) }
            try output.show(lines) { text(lines) }
        }
    }

    private func entries(
        of saga: SagaID, in log: any EventLog, _ folder: NodeFolder
    ) async throws -> [EntryLine] {
        var lines: [EntryLine] = []
        for entry in try await log.entries(of: saga) {
            let before = Position(entry.position.number - 1)
            guard let commit = try await log.commits(after: before, entriesMax: 1).first else {
                continue
            }
            lines.append(try EntryLine(entry, at: commit.header.time, of: folder))
        }
        return lines
    }

    private func text(_ lines: [EntryLine]) -> String {
        var table = Table("time", "node", "position", "step", "event", "reason", "postings")
        for line in lines {
            table.add(
                line.time, line.node, "\(line.position)", line.step.map(String.init) ?? "",
                line.event, line.reason ?? "",
                line.postings.map(\.text).joined(separator: "; "))
        }
        return table.text
    }
}
