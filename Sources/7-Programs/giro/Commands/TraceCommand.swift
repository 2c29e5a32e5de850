import ArgumentParser
import Chain
import Deployment
import EventLog
import Foundation
import Saga

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show what happened to a transfer, at every bank, in the order of time.",
        discussion: """
            A bank whose log cannot be read is named on standard error, and the others are shown; \
            so is a node that is no bank, whose log is passed over. \
            Exit codes: 0 all logs were read, but for those of banks that were never started; 1 no \
            bank knows the transfer, or a log is not what was written; 2 a log cannot be read.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The transfer's UUID.") var id: String

    func run() async throws {
        try await exitingOnFailure {
            guard let saga = CommandID(id) else {
                throw Failure(.refused, "\"\(id)\" is no UUID of 36 characters.")
            }
            var lines: [EntryLine] = []
            var unread: [Failure] = []
            for folder in try place.deployment.nodes() {
                do {
                    guard try await !folder.wasNeverStarted else { continue }
                    let kind = try await folder.kind
                    guard kind == .bank else {
                        let passed = "\(folder.name) is a \(kind): it has no transfers"
                        writeError("giro: passed over: \(passed).")
                        continue
                    }
                    lines += try await withLog(of: folder) { log in
                        try await entries(of: saga, in: log, folder)
                    }
                } catch let failure as Failure {
                    unread.append(failure)
                    writeError("giro: NOT READ: \(folder.name). \(failure.description)")
                }
            }
            guard !lines.isEmpty || !unread.isEmpty else {
                throw Failure(.refused, "No bank in \(place.directory) has ever heard of \(id).")
            }
            // The sort is stable: what a bank did in one commit stays in the order it was done.
            lines.sort { ($0.time, $0.step ?? 0) < ($1.time, $1.step ?? 0) }
            try output.show(lines) { text(lines) }
            if let code = Failure.worst(of: unread) { throw ExitCode(code.rawValue) }
        }
    }

    private func entries(
        of saga: CommandID, in log: any EventLog, _ folder: NodeFolder
    ) async throws -> [EntryLine] {
        var lines: [EntryLine] = []
        var commit: Commit?
        for entry in try await log.entries(of: saga) {
            if commit.map({ $0.header.last < entry.position }) ?? true {
                commit = try await log.commit(containing: entry.position)
            }
            guard let commit else { continue }
            lines.append(try EntryLine(entry, at: commit.header.time, of: folder))
        }
        return lines
    }

    private func text(_ lines: [EntryLine]) -> String {
        var table = Table(
            "time", "node", "position", "step", "event", "reason", "principal", "postings")
        for line in lines {
            table.add(
                line.time, line.node, "\(line.position)", line.step.map(String.init) ?? "",
                line.event, line.reason ?? "", line.principal ?? "",
                line.postings.map(\.text).joined(separator: "; "))
        }
        return table.text
    }
}
