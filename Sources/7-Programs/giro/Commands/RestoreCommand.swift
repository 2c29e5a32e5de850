import AccessControl
import ArgumentParser
import Chain
import Deployment
import Engine
import EventLog
import Foundation
import Logging
import MessageBus
import Node
import Saga
import Wire

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring a bank's log back to what its journal says.",
        discussion: """
            For a log that was rewound (a restored backup, a replica that was promoted too early) \
            or lost with its disk. The journal is published before any bank is shown a commit, so \
            the restored log contradicts no other bank. What only a client was answered \
            in the last moments before a disk was lost may be missing, and is done again when the \
            client retries under the same UUID. Stop the bank first: one that still runs is fenced.

            Records of the journal that this bank has not signed are passed over and counted. \
            What does not make the log whole ends with exit code 1, and says what is missing: \
            also where a peer has signed that it took a commit which neither log nor journal has.

            Where the journal is lost as well, two approvers can let the log continue as it is \
            (--accept-loss). Then this bank reads nothing of a peer before its key was compared \
            again (giro peer add), and a peer that had taken what is lost reads nothing of this \
            bank before its operator accepts that (giro peer accept). It is refused, with exit \
            code 1, for an empty log, and where the journal still has what would be lost.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The bank.") var node: String
    @Flag(help: "Let the log continue as it is, although it is known to have been longer.")
    var acceptLoss = false
    @OptionGroup(title: "With --accept-loss") var approvers: ApproverOptions

    struct Answer: Encodable {
        let node: String
        let restored: Int
        let position: UInt64
        /// Records of the journal that are not this bank's.
        var passedOver: Int?
        /// The same by kind, for people.
        var foreign: String?
        let timeline: UInt64?
    }

    func validate() throws {
        guard acceptLoss ? approvers.areTwo : approvers.approvedBy.isEmpty else {
            throw ValidationError(
                acceptLoss
                    ? "A loss is accepted when \(ApproverOptions.rule)"
                    : "--approved-by goes with --accept-loss")
        }
    }

    func run() async throws {
        try await exitingOnFailure {
            let folder = try place.deployment.existingNode(node)
            let options = try await NodeOptions(of: folder, flags: [:])
            var logger = Logger(label: "giro.\(folder.name)")
            logger.logLevel = .error
            let answer = try await withStores(of: folder, options, logger) { stores in
                try await restore(folder, stores, options, logger)
            }
            try output.show(answer) { text(answer, folder) }
        }
    }

    private func restore(
        _ folder: NodeFolder, _ stores: Stores, _ options: NodeOptions, _ logger: Logger
    ) async throws -> Answer {
        let restoration = Restoration(
            node: folder.name, log: stores.log, bus: stores.bus,
            keys: try folder.readPublicKeys())
        if acceptLoss {
            let timeline = try await acceptLoss(
                options.kind.type, folder, stores, options, logger, by: restoration)
            let end = try await stores.log.head().position.number
            return Answer(
                node: folder.name.text, restored: 0, position: end, timeline: timeline)
        }
        let journal = try await stores.bus.offsets(of: Topic.journal(of: folder.name).name)
        var progress = ProgressLine(total: Int(journal.upperBound - journal.lowerBound))
        let report = try await restoration.run { position in
            progress.show(Int(position.number), "restoring \(folder.name)")
        }
        progress.end()
        try await comparePeers(
            options.kind.type, folder, stores, options, logger, report, by: restoration)
        return Answer(
            node: folder.name.text, restored: report.restored, position: report.end.number,
            passedOver: report.passedOver.count, foreign: report.passedOver.description,
            timeline: nil)
    }

    private func acceptLoss<Kind: RunnableKind>(
        _ kind: Kind.Type, _ folder: NodeFolder, _ stores: Stores, _ options: NodeOptions,
        _ logger: Logger, by restoration: Restoration
    ) async throws -> UInt64 {
        let parts = try folder.parts(of: kind, on: stores, options, logger)
        do {
            return try await restoration.acceptLoss(
                parts, by: .processUser, approvers: approvers.names)
        } catch let refusal as LossRefusal {
            throw Failure(.refused, "\(folder.name): \(refusal)")
        }
    }

    /// Compares the restored log with what peers have signed. Where the folder lacks what a bank is
    /// started with, such as its signing key, the start of the bank does it.
    private func comparePeers<Kind: RunnableKind>(
        _ kind: Kind.Type, _ folder: NodeFolder, _ stores: Stores, _ options: NodeOptions,
        _ logger: Logger, _ report: Restoration.Report, by restoration: Restoration
    ) async throws {
        guard let parts = try? folder.parts(of: kind, on: stores, options, logger) else { return }
        try await restoration.comparePeers(parts, after: report)
    }

    private func text(_ answer: Answer, _ folder: NodeFolder) -> String {
        if let timeline = answer.timeline {
            let add = Deployment(folder.directory)
                .command("peer add", "\(answer.node) PEER --key FILE")
            return """
                \(answer.node) continues from entry \(answer.position) in timeline \
                \(timeline). Start it with: \(folder.command("node"))
                Then, for each peer, once you have compared its key with its operator:
                \(add)
                and at a peer that suspends this bank:
                giro peer accept --directory ITS-FOLDER PEER \(answer.node)
                """
        }
        let restored = """
            \(answer.node): \(answer.restored) entries restored; the log ends at \
            \(answer.position). Start it with: \(folder.command("node"))
            """
        guard let foreign = answer.foreign, !foreign.isEmpty else { return restored }
        return restored + """

            Records of the journal were passed over: \(foreign). They were replaced by an accepted \
            loss, or others write to journal.\(answer.node): find out who may
            """
    }
}
