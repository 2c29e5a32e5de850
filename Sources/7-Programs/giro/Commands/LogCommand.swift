import ArgumentParser
import Chain
import Deployment
import EventLog
import Foundation
import Saga

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Print a bank's log, or make one in PostgreSQL.",
        subcommands: [LogShowCommand.self, LogInitCommand.self],
        defaultSubcommand: LogShowCommand.self)
}

struct LogShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a bank's log, one entry a line of JSON.")

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The bank.") var node: String
    @Option(help: "Print entries after this position.") var after: UInt64 = 0
    @Option(help: "Print at most so many entries.") var limit = Int.max

    func run() async throws {
        try await exitingOnFailure {
            let folder = try place.deployment.existingNode(node)
            try await folder.checkHasBooks()
            try await withLog(of: folder) { log in try await show(log, of: folder) }
        }
    }

    private func show(_ log: any EventLog, of folder: NodeFolder) async throws {
        var position = Position(after)
        var left = limit
        while left > 0 {
            let commits = try await log.commits(after: position, entriesMax: 1_000)
            guard let last = commits.last else { return }
            for commit in commits {
                for entry in commit.entries where entry.position > position && left > 0 {
                    left -= 1
                    print(
                        try JSONLine.text(
                            of: EntryLine(entry, at: commit.header.time, of: folder)))
                }
            }
            try StandardStreams.checkOutput()
            position = last.header.last
        }
    }
}
