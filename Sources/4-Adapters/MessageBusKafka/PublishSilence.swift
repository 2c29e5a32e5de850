import Backoff
import Logging
import RDKafka
import Synchronization

/// Watches one publish, and finds out why nothing of it is acknowledged: librdkafka tries again in
/// silence for as long as it is let.
///
/// Lost `min.insync.replicas` and frozen brokers look like this. The first line comes some seconds
/// after the last acknowledgement, the next ones ever more rarely.
final class PublishSilence: Sendable {
    /// The time without acknowledgements before each query for the reason.
    private static let silences = Backoff(from: .seconds(3), upTo: .seconds(60))
    /// How long a question about it may take.
    private static let patience = Duration.seconds(2)

    private let topic: String
    private let began = ContinuousClock.now
    private let found = Mutex<String?>(nil)

    init(_ topic: String) { self.topic = topic }

    /// What was found out; `nil` while acknowledgements come.
    var reason: String? { found.withLock { $0 } }

    /// Runs until the task is cancelled.
    func watch(_ producer: Producer, _ admin: Admin, _ logger: Logger) async {
        var silences = Self.silences
        var seen = await producer.deliveriesReported
        while true {
            do { try await Task.sleep(for: silences.next()) } catch { return }
            let reported = await producer.deliveriesReported
            guard reported == seen else {
                seen = reported
                silences.reset()
                continue
            }
            let reason = await Self.reason(topic, admin)
            guard !Task.isCancelled else { return }
            found.withLock { $0 = reason }
            logger.warning(
                "the brokers acknowledge nothing; waiting, no record is lost",
                metadata: ["topic": "\(topic)", "reason": "\(reason)", "seconds": "\(seconds)"])
        }
    }

    /// The publish succeeded.
    func end(_ logger: Logger) {
        guard found.withLock({ $0 }) != nil else { return }
        logger.info(
            "the brokers acknowledge again",
            metadata: ["topic": "\(topic)", "seconds": "\(seconds)"])
    }

    private var seconds: Int64 { (ContinuousClock.now - began).components.seconds }

    private static func reason(_ topic: String, _ admin: Admin) async -> String {
        do throws(KafkaError) {
            guard let standing = try await admin.standing(of: topic, within: patience),
                let partition = standing.partitions.first
            else { return "there is no topic \(topic) any more" }
            guard let leader = partition.leader else {
                return "\(topic) has no leader: the brokers that hold it are down"
            }
            if partition.inSync < partition.replicas {
                return """
                    only \(partition.inSync) of \(partition.replicas) replicas of \(topic) are in \
                    sync, probably fewer than its min.insync.replicas: start the brokers that are \
                    down
                    """
            }
            guard try await admin.answers(about: topic, within: patience) else {
                return "broker \(leader), which leads \(topic), does not answer"
            }
            return "the brokers answer, but acknowledge nothing for \(topic)"
        } catch {
            return error.message
        }
    }
}
