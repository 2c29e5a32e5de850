import ArgumentParser
import Deployment
import Foundation
import PeerProtocol
import Saga
import Wire

/// The secret that a bank shares with a peer. Two operators exchange it for a new one without
/// losing a message, as long as each step is done at both banks before the next.
struct SecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Rotate the secret that a bank shares with a peer.",
        discussion: """
            Both banks do each step, and are started again, before either does the next: \
            1. giro secret add: the new secret is accepted as well; one bank makes it, the other \
            takes it from a file. 2. giro secret use: messages are authenticated with it. \
            3. giro secret remove: the old one is no longer accepted. Secrets are never shown, \
            only their ids.
            """,
        subcommands: [Show.self, Add.self, Use.self, Remove.self])

    struct Place: ParsableArguments {
        @OptionGroup var place: DirectoryOptions
        @Argument(help: "The bank.") var node: String
        @Argument(help: "The peer.") var peer: NodeName

        func read() throws -> (KeyFile, [PeerSecret]) {
            let folder = try place.deployment.existingNode(node)
            return (folder.secretFile(of: peer), try folder.readSecrets(of: peer))
        }

        func show(_ secrets: [PeerSecret]) {
            for (index, secret) in secrets.enumerated() {
                print("\(secret.id) \(index == 0 ? "is active" : "is accepted")")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the ids of the secrets; the first one is active.")
        @OptionGroup var place: Place

        func run() async throws {
            try await exitingOnFailure { place.show(try place.read().1) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Accept another secret as well: a new one, or the one the peer has made.")
        @OptionGroup var place: Place
        @Option(help: "A file with the peer's new secret as its last line; - for standard input.")
        var from: String?

        func run() async throws {
            try await exitingOnFailure {
                let (file, secrets) = try place.read()
                let new = try from.map(secret(in:)) ?? .random()
                guard !secrets.contains(where: { $0.id == new.id }) else {
                    throw Failure(.refused, "\(new.id) is accepted already.")
                }
                try file.write((secrets + [new]).map(\.bytes))
                place.show(secrets + [new])
                if from == nil {
                    let told = "The last line of \(file.path) is for the operator of \(place.peer)."
                    print(told.visible())
                }
            }
        }

        private func secret(in path: String) throws -> PeerSecret {
            let bytes: [[UInt8]]
            if path == "-" {
                bytes = try KeyFile.readStandardInput()
            } else {
                bytes = try KeyFile(path: path).read()
            }
            guard let secret = bytes.last.flatMap(PeerSecret.init(bytes:)) else {
                throw Failure(.unavailable, "\(path) holds no secret.")
            }
            return secret
        }
    }

    struct Use: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the secret that was added last the active one.")
        @OptionGroup var place: Place

        func run() async throws {
            try await exitingOnFailure {
                let (file, secrets) = try place.read()
                let ordered = secrets.suffix(1) + secrets.dropLast()
                try file.write(ordered.map(\.bytes))
                place.show(Array(ordered))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep only the active secret.")
        @OptionGroup var place: Place

        func run() async throws {
            try await exitingOnFailure {
                let (file, secrets) = try place.read()
                try file.write([secrets[0].bytes])
                place.show([secrets[0]])
            }
        }
    }
}
