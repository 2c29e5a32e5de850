import ArgumentParser
import Deployment
import MessageBus
import MessageBusKafka
import Saga
import TopicDeclarations

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Make the topics that the banks need, and compare them with what is declared.",
        discussion: """
            Each bank of the folder needs a journal, and two topics with each peer, one for each \
            direction, as topics/ declares them: with replication 3, unless kafka.replication in \
            node.yaml says otherwise. On a bus in \
            a folder the banks make them by themselves.
            """,
        subcommands: [Apply.self, Diff.self])

    struct Options: ParsableArguments {
        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "A folder of declarations. Default: those this program was built with.")
        var declarations: String?
        @Argument(help: "The banks. Default: all of the folder.") var nodes: [NodeName] = []
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make what is missing, and set what differs where that can be done.",
            discussion: """
                Partitions and replicas are never changed, nor settings that topics/ does not \
                declare. Exit code 0: the topics are as they are declared; 1: something differs \
                still; 2: brokers cannot be reached, or refused something.
                """)
        @OptionGroup var options: Options

        func run() async throws {
            try await exitingOnFailure { try await options.apply() }
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what differs; exit code 1 if anything does.")
        @OptionGroup var options: Options

        func run() async throws {
            try await exitingOnFailure { try await options.diff() }
        }
    }
}

/// Comparing.
extension TopicsCommand.Options {
    private struct Finding: Encodable {
        let topic: String
        var difference: String?
        /// What is no difference.
        var note: String?
    }

    fileprivate func diff() async throws {
        let found = try await atEachBus { bus, topics throws(BusError) in
            try await bus.compare(topics)
        }
        let differences = found.flatMap(\.differences)
        var findings = differences.map { Finding(topic: $0.topic.name, difference: "\($0)") }
        for comparison in found {
            findings += comparison.remarks.map { Finding(topic: comparison.topic.name, note: $0) }
        }
        try output.show(findings) {
            let lines = findings.map { $0.difference ?? "Note: \($0.note ?? "")" }
            return (differences.isEmpty ? [Self.asDeclared] + lines : lines)
                .joined(separator: "\n")
        }
        guard differences.isEmpty else { throw ExitCode(1) }
    }

    private static let asDeclared = "The topics are as they are declared."
}

/// Applying.
extension TopicsCommand.Options {
    private struct Report: Encodable {
        struct Change: Encodable {
            let setting: String
            let before: String
            let after: String
        }

        let topic: String
        let made: Bool
        let changed: [Change]
        let left: [String]
        let notes: [String]
        let failure: String?

        init(_ done: TopicApplication) {
            topic = done.topic.name
            made = done.isMade
            changed = done.changes.map {
                Change(setting: $0.setting, before: $0.before, after: $0.after)
            }
            left = done.left.map(\.description)
            notes = done.notes
            failure = done.failure?.description
        }
    }

    fileprivate func apply() async throws {
        let done = try await atEachBus { bus, topics throws(BusError) in await bus.apply(topics) }
        let failures = done.compactMap { $0.failure?.description }
        let isDone = failures.isEmpty && done.allSatisfy(\.left.isEmpty)
        try output.show(done.map(Report.init)) {
            let lines = done.flatMap(Self.lines)
            return (isDone ? lines + [Self.asDeclared] : lines).joined(separator: "\n")
        }
        guard failures.isEmpty else {
            var said: [String] = []
            for failure in failures where !said.contains(failure) { said.append(failure) }
            throw Failure(.unavailable, said.joined(separator: "\n"))
        }
        guard isDone else { throw ExitCode(1) }
    }

    /// What was done to a topic, for people. Failures come on standard error.
    private static func lines(_ done: TopicApplication) -> [String] {
        let (topic, name) = (done.topic, done.topic.name)
        var lines: [String] = []
        if done.isMade {
            lines.append(
                "Made \(name): replication \(topic.replication), "
                    + "min.insync.replicas=\(topic.inSyncMin).")
        }
        lines += done.changes.map {
            "Changed \($0.setting) of \(name) from \($0.before) to \($0.after)."
        }
        lines += done.left.map { "Left: \($0)" }
        if lines.isEmpty, done.failure == nil { lines.append("Nothing to do for \(name).") }
        return lines + done.notes.map { "Note: \($0)" }
    }
}

/// The banks' buses.
extension TopicsCommand.Options {
    private func atEachBus<Found>(
        _ work: (KafkaMessageBus, [Topic]) async throws(BusError) -> [Found]
    ) async throws -> [Found] {
        var found: [Found] = []
        // Two banks of the folder share the topics between them. One look is enough where both
        // reach the brokers as the same user and want the same.
        var seen: [(kafka: KafkaOptions, topic: Topic)] = []
        for folder in try folders() {
            let options = try await NodeOptions(of: folder, flags: [:])
            guard case .kafka(let kafka, _) = options.bus else { continue }
            do {
                let topics = try options.topics(
                    with: folder.peerNames(), declaredIn: declarations
                ).filter { topic in
                    !seen.contains { $0.topic == topic && $0.kafka.reachesTheSame(as: kafka) }
                }
                seen += topics.map { (kafka, $0) }
                let bus = try await KafkaMessageBus.open(kafka, logger: .quiet)
                do throws(BusError) {
                    found += try await work(bus, topics)
                } catch {
                    await bus.close()
                    throw error
                }
                await bus.close()
            } catch let error as BusError {
                throw Failure(.unavailable, error.description)
            } catch let error as TopicCatalogueError {
                throw Failure(.unavailable, error.description)
            }
        }
        return found
    }

    private func folders() throws -> [NodeFolder] {
        guard !nodes.isEmpty else { return try place.deployment.nodes() }
        return try nodes.map { try place.deployment.existingNode($0.text) }
    }
}

extension TopicComparison {
    /// What is worth a word besides the differences.
    var remarks: [String] { (shortage.map { [$0] } ?? []) + notes }
}
