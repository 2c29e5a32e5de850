import APIModels
import ArgumentParser
import CProcess
import Foundation

@main
struct Giro: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "giro",
        abstract: "Moves money between banks that share no database.",
        discussion: """
            Every command works on the banks in one folder (--directory, default ./giro-data).
            Exit codes: 0 done; 1 a check failed or something was refused; 2 a node or file \
            cannot be reached or used, or an outcome is not known yet; 64 the command line is \
            wrong; 75 another process has the log, or has taken it over.
            """,
        version: GiroVersion.current,
        subcommands: [
            DemoCommand.self, InitCommand.self, NodeCommand.self, TokenCommand.self,
            AccountCommand.self, PeerCommand.self, DepositCommand.self, WithdrawCommand.self,
            TransferCommand.self, SubmitCommand.self, TraceCommand.self, LogCommand.self,
            BooksCommand.self, VerifyCommand.self, DoctorCommand.self, TopicsCommand.self,
            RestoreCommand.self, ClockCommand.self, KeyCommand.self, SimulateCommand.self,
        ])

    /// Runs the command, and sees to it that what was printed has arrived.
    static func main() async {
        StandardStreams.prepare()
        // Keys and tokens are in memory, whatever the command is.
        _ = giro_forbid_core_dumps()
        do {
            var command = try await asyncParseAsRoot()
            // What a bank keeps is its owner's: databases, sockets, locks, whichever code makes
            // them. Only the results of a submission are for those whom the user's umask lets
            // read.
            if !(command is SubmitCommand) { umask(0o077) }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
        StandardStreams.end(0)
    }

    /// Help is an error here too, one that exits with 0. What is wrong with the command line is
    /// told with its words, whatever stands in them.
    private static func end(with error: any Error) -> Never {
        let (code, text) = (exitCode(for: error), fullMessage(for: error))
        if !text.isEmpty {
            if code.isSuccess { print(text) } else { writeError(text) }
        }
        StandardStreams.end(code.rawValue)
    }
}
