import APIModels
import ArgumentParser
import Chain
import Deployment
import NodeClient
import Saga

extension PeerCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a peer under the key that people of both banks have compared.",
            discussion: """
                The key is the newest in the peer's node.pub, which may reach you in any way. The \
                command prints its fingerprint: have the peer's operator read theirs to you (giro \
                key show PEER) before you continue. Both banks add each other, and take the other \
                at their next start; the topics between them are made by giro topics apply.

                A bank that has lost the end of its log reads nothing of a peer before the peer's \
                key was compared again: run this while the bank runs, and it takes the key at once.
                """)
        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The bank, or the shelf.") var node: NodeName
        @Argument(help: "The peer.") var peer: NodeName
        @Option(help: "The peer's node.pub; - for standard input.") var key: String

        struct Answer: Encodable {
            let node: NodeName
            let peer: NodeName
            let fingerprint: String
            /// The running bank has taken the key; otherwise it does at its next start.
            let taken: Bool
        }

        func run() async throws {
            try await exitingOnFailure {
                let folder = try place.deployment.existingNode(node.text)
                guard peer != node else {
                    throw Failure(.refused, "\(node) is no peer of itself.")
                }
                let newest = try KeyFile.readNewestPublicKey(in: key)
                // The bank first: a key that its log refuses must not stand in the file.
                let isTaken = try await compare(newest)
                try folder.write(newest, of: peer)
                let answer = Answer(
                    node: node, peer: peer, fingerprint: newest.fingerprint, taken: isTaken)
                try output.show(answer) { text(answer, folder) }
            }
        }

        /// - Returns: Whether the node runs, and its log has the key now.
        private func compare(_ key: PublicKey) async throws -> Bool {
            try await place.withClient(of: node) { client -> Bool in
                do throws(NodeClientError) {
                    _ = try await client.compare(key, of: peer)
                    return true
                } catch {
                    switch error.problem?.code {
                    case "unknownPeer": return false  // It takes its peers when it starts.
                    case "otherPeerKey": throw Failure(.refused, "\(node): \(error.message)")
                    default: break
                    }
                    guard error.code == .unreachable else { throw error }
                    return false
                }
            }
        }

        private func text(_ answer: Answer, _ folder: NodeFolder) -> String {
            let topics = Deployment(folder.directory).command("topics apply")
            let next =
                answer.taken
                ? "\(node) has taken the key. If it is another, run this with the right one now."
                : """
                If it is another, remove \(folder.publicKey(of: peer)).
                \(node) takes the key at its next start: \(folder.command("node"))
                If its log knows \(peer) already, run this again once it runs.
                """
            return """
                The key of \(peer) has the fingerprint
                \(answer.fingerprint)
                Compare it with what the operator of \(peer) sees: giro key show \(peer)
                \(next)
                On Kafka, make the topics between the two with: \(topics)
                """
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a suspended peer count again.",
            discussion: """
                A peer that lost what this bank had taken of its log is suspended: nothing of it \
                counts, until you accept its new timeline. So is a peer that denied a log: then \
                you accept that both logs are whole again. Talk to its operator before you accept. \
                If the peer signs with another key than before, compare that and name it with --key.
                """)
        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The bank, or the shelf.") var node: NodeName
        @Argument(help: "The peer.") var peer: NodeName
        @Option(help: "The peer's node.pub, where its key is another; - for standard input.")
        var key: String?

        func run() async throws {
            try await exitingOnFailure {
                let compared = try key.map { try KeyFile.readNewestPublicKey(in: $0) }
                let report = try await place.withClient(of: node) { client -> NodeReport in
                    do throws(NodeClientError) {
                        return try await client.accept(peer, under: compared)
                    } catch {
                        guard error.problem?.code != "timelineNotShown" else {
                            throw Failure(.refused, "\(node): \(error.message)")
                        }
                        throw error
                    }
                }
                try output.show(report) {
                    let name = compared.map { " Its key is\n\($0.fingerprint)" } ?? ""
                    return "\(peer) counts at \(node).\(name)"
                }
            }
        }
    }
}
