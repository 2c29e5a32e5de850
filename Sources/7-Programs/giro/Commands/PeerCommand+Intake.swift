import APIModels
import ArgumentParser
import NodeClient
import Saga

extension PeerCommand {
    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop taking new transfers from a peer.",
            discussion: """
                Each new transfer that comes from the peer is refused (intakeStopped), and the \
                payer has the money back. What is held already is settled or released: answers of \
                the peer, and its requests to abandon, count as ever. New transfers to the peer \
                are still sent. It lasts until giro peer resume, also over restarts.
                """)
        @OptionGroup var options: IntakeOptions

        func run() async throws {
            let (node, peer) = (options.node, options.peer)
            try await options.set(
                .stopped,
                saying: "\(node) takes no new transfers from \(peer). "
                    + "To take them again: giro peer resume \(node) \(peer)")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take new transfers from a stopped peer again.",
            discussion: """
                What was refused meanwhile stays refused: a payer sends it again under another UUID.
                """)
        @OptionGroup var options: IntakeOptions

        func run() async throws {
            try await options.set(
                .open,
                saying: "\(options.node) takes new transfers from \(options.peer) again.")
        }
    }

    struct IntakeOptions: ParsableArguments {
        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The bank, or the shelf.") var node: NodeName
        @Argument(help: "The peer.") var peer: NodeName

        func set(_ intake: Intake, saying text: String) async throws {
            try await exitingOnFailure {
                let report = try await place.withClient(of: node) {
                    try await $0.setIntake(from: peer, intake)
                }
                try output.show(report) { text }
            }
        }
    }
}
