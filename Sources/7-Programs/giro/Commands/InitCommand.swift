import ArgumentParser
import Deployment
import Foundation
import Saga

struct DirectoryOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The folder of the banks.")
    var directory = "giro-data"

    var deployment: Deployment { Deployment(directory) }
}

extension NodeKind: ExpressibleByArgument {}

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make banks: folders, signing keys, and each other's public keys.",
        discussion: """
            What is there stays as it is; what was interrupted continues. Peers of other folders \
            are added with giro peer add. Exit codes: 1 a name is \
            not usable, or is a node's of another kind; 2 a node has lost its settings or its \
            key, or a file or folder cannot be used.
            """)

    @OptionGroup var place: DirectoryOptions

    @Argument(help: "The banks' names: lower-case letters, digits and hyphens.")
    var names: [String]
    @Option(help: "What the nodes are: bank or shelf.")
    var kind = NodeKind.bank

    func run() async throws {
        try await exitingOnFailure {
            let nodes = try names.map { text in
                guard let name = NodeName(text), name.text != "bus" else {
                    throw Failure(
                        .refused,
                        "\"\(text)\" cannot be a bank's name: use lower-case letters, digits and "
                            + "inner hyphens, at most 63 characters.")
                }
                return name
            }
            try place.deployment.create(nodes, as: kind)
            for name in nodes {
                print("\(name): \(place.deployment.node(name).url.path)".visible())
            }
            let first = place.deployment.node(nodes[0])
            print("Start one with: \(first.command("node"))".visible())
        }
    }
}
