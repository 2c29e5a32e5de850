import Deployment
import MessageBus
import MessageBusKafka

extension DoctorCommand {
    /// Compares the bank's topics with what is declared, and looks whether they take records.
    ///
    /// - Throws: ``Failure`` with what differs and what to do.
    func topics(_ folder: NodeFolder, _ options: NodeOptions) async throws -> String {
        guard case .kafka(let kafka, _) = options.bus else { return "the banks make them" }
        let bus = try await KafkaMessageBus.open(kafka, logger: .quiet)
        do {
            let found = try await bus.compare(
                options.topics(with: folder.peerNames()), settingsMayBeHidden: true)
            await bus.close()
            return try Self.judged(found)
        } catch {
            await bus.close()
            throw error
        }
    }

    private static func judged(_ found: [TopicComparison]) throws -> String {
        let wrong = found.flatMap { comparison in
            (comparison.shortage.map { [$0] } ?? [])
                + comparison.differences.map(\.description)
        }
        let notes = found.flatMap(\.notes)
        guard wrong.isEmpty else {
            throw Failure(.refused, (wrong + notes).joined(separator: "; "))
        }
        let replication = found.compactMap(\.replication).min() ?? 0
        return (["as declared, replication \(replication)"] + notes).joined(separator: "; ")
    }
}
