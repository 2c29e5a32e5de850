import ArgumentParser
import Foundation
import Logging
import MessageBus
import MessageBusKafka
import Saga

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Make the topics that the banks need, and compare them with what is declared.",
        discussion: """
            The banks of the folder need an inbox and a journal each, as topics/ declares them. On \
            a bus in a folder the banks make them by themselves.
            """,
        subcommands: [Apply.self, Diff.self])

    struct Options: ParsableArguments {
        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "A folder of declarations. Default: those this program was built with.")
        var declarations: String?
        @Argument(help: "The banks. Default: all of the folder.") var nodes: [NodeName] = []
    }

    struct Difference: Encodable {
        let topic: String
        let difference: String
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make what is missing, and set what differs where that can be done.")
        @OptionGroup var options: Options

        func run() async throws {
            try await exitingOnFailure {
                try await options.report { bus, topics in try await bus.apply(topics) }
            }
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what differs; exit code 1 if anything does.")
        @OptionGroup var options: Options

        func run() async throws {
            try await exitingOnFailure {
                try await options.report { bus, topics in try await bus.drift(from: topics) }
            }
        }
    }
}

extension TopicsCommand.Options {
    /// Shows what differs after `work` at each bus that the banks use.
    fileprivate func report(
        _ work: (KafkaMessageBus, [Topic]) async throws -> [TopicDrift]
    ) async throws {
        var drift: [TopicDrift] = []
        for folder in try folders() { drift += try await look(folder, work) }
        let found = drift.map {
            TopicsCommand.Difference(topic: $0.topic.name, difference: $0.description)
        }
        try output.show(found) {
            found.isEmpty
                ? "The topics are as they are declared."
                : found.map(\.difference).joined(separator: "\n")
        }
        guard found.isEmpty else { throw ExitCode(1) }
    }

    private func folders() throws -> [NodeFolder] {
        guard !nodes.isEmpty else { return try place.installation.nodes() }
        return try nodes.map { try place.installation.existingNode($0.text) }
    }

    private func look(
        _ folder: NodeFolder,
        _ work: (KafkaMessageBus, [Topic]) async throws -> [TopicDrift]
    ) async throws -> [TopicDrift] {
        let options = try await NodeOptions(of: folder, flags: [:])
        guard case .kafka(let kafka) = options.bus else { return [] }
        do {
            let topics = try declared(for: folder.name)
            let bus = try await KafkaMessageBus.open(kafka, logger: .quiet)
            do {
                let drift = try await work(bus, topics)
                await bus.close()
                return drift
            } catch {
                await bus.close()
                throw error
            }
        } catch let error as BusError {
            throw Failure(.unavailable, error.description)
        } catch let error as TopicCatalogueError {
            throw Failure(.unavailable, error.description)
        }
    }

    private func declared(for node: NodeName) throws(TopicCatalogueError) -> [Topic] {
        guard let declarations else { return [.transfers(of: node), .journal(of: node)] }
        return try TopicCatalogue(folder: declarations).topics(for: [node])
    }
}

extension Logger {
    /// For commands whose failures are told in other words.
    static var quiet: Logger {
        var logger = Logger(label: "giro")
        logger.logLevel = .critical
        return logger
    }
}
