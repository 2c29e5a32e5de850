import AccessControl
import ArgumentParser
import Chain
import Deployment
import Engine
import Foundation
import Logging
import Node
import Saga
import Wire

/// The wall clock that a bank's deadlines go by.
struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Accept the wall clock that a bank refuses to trust.",
        subcommands: [Accept.self])

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Two approvers say that the clock is right now.",
            discussion: """
                A bank decides nothing while its wall clock has moved by more than a minute \
                against the boot clock, or is more than a minute behind the log: its deadlines \
                would pass, or not pass, by mistake. Correct the clock, and it continues by \
                itself. Where the clock is right now (the log was written while it was ahead, or \
                the bank was started while it was wrong), two approvers confirm that.

                An entry in the log names them, as they were given, and the user who ran this \
                command. Deadlines go by the wall clock from then on; the \
                times of commits do not advance until the clock has passed the newest one. No \
                money moves. Stop the bank first (one that still runs is fenced) and start it again.
                """)

        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The bank.") var node: String
        @OptionGroup var approvers: ApproverOptions

        struct Answer: Encodable {
            let node: String
            let wallClock: String
            /// The newest commit's time, until which commit times do not advance; the wall clock
            /// where that is later.
            let logTime: String
        }

        func validate() throws {
            guard approvers.areTwo else {
                throw ValidationError("A clock is accepted when \(ApproverOptions.rule)")
            }
        }

        func run() async throws {
            try await exitingOnFailure {
                let folder = try place.deployment.existingNode(node)
                let options = try await NodeOptions(of: folder, flags: [:])
                var logger = Logger(label: "giro.\(folder.name)")
                logger.logLevel = .error
                let answer = try await withStores(of: folder, options, logger) { stores in
                    try await accept(options.kind.type, folder, stores, options, logger)
                }
                try output.show(answer) {
                    """
                    \(answer.node) accepts the wall clock \(answer.wallClock); its log ends at \
                    \(answer.logTime). Start it with: \(folder.command("node"))
                    """
                }
            }
        }

        private func accept<Kind: RunnableKind>(
            _ kind: Kind.Type, _ folder: NodeFolder, _ stores: Stores, _ options: NodeOptions,
            _ logger: Logger
        ) async throws -> Answer {
            let parts = try folder.parts(of: kind, on: stores, options, logger)
            let restoration = Restoration(
                node: parts.configuration.node, log: parts.log, bus: parts.bus, keys: parts.keys)
            guard
                let accepted = try await restoration.acceptClock(
                    parts, by: .processUser, approvers: approvers.names)
            else {
                throw Failure(
                    .refused,
                    "\(node) trusts its clock: nothing was changed, there is nothing to accept.")
            }
            return Answer(
                node: node, wallClock: accepted.wallTime.text, logTime: accepted.logTime.text)
        }
    }
}
