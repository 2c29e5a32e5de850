public import MessageBus
import RDKafka

/// How a topic at the broker differs from its declaration.
public struct TopicDrift: Hashable, Sendable {
    public enum Difference: Hashable, Sendable {
        case missing
        /// Order is a partition's; there must be one. Applying cannot mend it: the topic has to be
        /// emptied, deleted by an administrator and made again.
        case partitions(found: Int)
        /// Kafka's setting of that name. Applying changes it.
        case setting(name: String, declared: String, found: String)
    }

    public let topic: Topic
    public let difference: Difference
}

extension TopicDrift: CustomStringConvertible {
    public var description: String {
        switch difference {
        case .missing: "\(topic.name) is missing"
        case .partitions(let found):
            """
            \(topic.name) has \(found) partitions instead of 1: delete it with the broker's tools, \
            then run `giro topics apply`; the banks refill it or ask each other again
            """
        case .setting(let name, let declared, let found):
            "\(topic.name) has \(name)=\(found) instead of \(declared)"
        }
    }
}

extension KafkaMessageBus {
    /// - Throws: `.unavailable` — some of the topics may have been made; `.closed`.
    public func create(_ topics: [Topic]) async throws(BusError) {
        do throws(KafkaError) {
            try await admin.create(topics.map {
                NewTopic(name: $0.name, settings: $0.kafkaSettings)
            })
            for topic in topics { try await waitUntilSeen(topic.name) }
        } catch {
            throw BusError(error)
        }
    }

    /// How the broker's topics differ from `topics`; in their order.
    ///
    /// A setting that the broker does not tell is not judged.
    public func drift(from topics: [Topic]) async throws(BusError) -> [TopicDrift] {
        var drift: [TopicDrift] = []
        for topic in topics {
            do throws(KafkaError) {
                drift += topic.drift(from: try await admin.describe(topic.name))
            } catch {
                throw BusError(error)
            }
        }
        return drift
    }

    /// Makes the topics that are missing and changes settings that differ.
    ///
    /// - Returns: What differs still.
    public func apply(_ topics: [Topic]) async throws(BusError) -> [TopicDrift] {
        try await create(topics)
        for drift in try await drift(from: topics) {
            guard case .setting(let name, let declared, _) = drift.difference else { continue }
            do throws(KafkaError) {
                try await admin.alter(drift.topic.name, settings: [name: declared])
            } catch {
                throw BusError(error)
            }
        }
        return try await drift(from: topics)
    }

    /// Brokers learn of a new topic one after the other, and the protocol has nothing to wait on.
    private func waitUntilSeen(_ topic: String) async throws(KafkaError) {
        let deadline = ContinuousClock.now + options.client.requestTimeout
        while true {
            do throws(KafkaError) {
                if try await admin.partitionCount(of: topic) != nil { return }
            } catch where error.code != .unreachable || ContinuousClock.now >= deadline {
                throw error
            } catch {}
            guard ContinuousClock.now < deadline else {
                throw KafkaError(.unreachable, "\(topic) was made, and no broker shows it yet")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension Topic {
    /// What a topic is made with, so that no default of the broker's decides.
    var kafkaSettings: [String: String] {
        [
            "cleanup.policy": "delete",
            "retention.ms": retention.map { "\($0.components.seconds * 1_000)" } ?? "-1",
            "retention.bytes": "-1",
        ]
    }

    func drift(from found: TopicDescription?) -> [TopicDrift] {
        guard let found else { return [TopicDrift(topic: self, difference: .missing)] }
        var drift: [TopicDrift] = []
        if found.partitions != 1 {
            drift.append(TopicDrift(
                topic: self, difference: .partitions(found: found.partitions)))
        }
        for (name, declared) in kafkaSettings.sorted(by: { $0.key < $1.key }) {
            guard let value = found.settings[name], value != declared else { continue }
            drift.append(TopicDrift(
                topic: self,
                difference: .setting(name: name, declared: declared, found: value)))
        }
        return drift
    }
}
