public import MessageBus
import RDKafka

/// How a topic at the broker differs from its declaration.
public struct TopicDrift: Hashable, Sendable {
    public enum Difference: Hashable, Sendable {
        case missing
        /// Order is a partition's; there must be one. Applying cannot fix it: the topic has to be
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
    /// Asks for the right to make topics only where one is missing, and returns when every broker
    /// shows those that it made, with a leader that answers.
    ///
    /// - Throws: `.notAuthorized`, `.unavailable` — some of the topics may have been made;
    ///   `.closed`.
    public func create(_ topics: [Topic]) async throws(BusError) {
        var missing: [Topic] = []
        for topic in topics {
            let found = try await asking(.describe, topic.name) { () throws(KafkaError) in
                try await admin.standing(of: topic.name)
            }
            if found == nil { missing.append(topic) }
        }
        for topic in missing {
            try await asking(.create, topic.name) { () throws(KafkaError) in
                try await admin.create([NewTopic(name: topic.name, settings: topic.kafkaSettings)])
            }
        }
        for topic in missing {
            try await asking(.describe, topic.name) { () throws(KafkaError) in
                try await waitUntilSeen(topic.name)
            }
        }
    }

    private func asking<Answer: Sendable>(
        _ right: KafkaRight, _ topic: String, _ ask: () async throws(KafkaError) -> Answer
    ) async throws(BusError) -> Answer {
        do throws(KafkaError) {
            return try await ask()
        } catch {
            throw error.code == .topicMissing
                ? BusError(error) : BusError(error, at: attempt(right, topic))
        }
    }

    /// How the broker's topics differ from `topics`; in their order.
    ///
    /// A setting that the broker does not tell is not judged.
    public func drift(from topics: [Topic]) async throws(BusError) -> [TopicDrift] {
        var drift: [TopicDrift] = []
        for topic in topics {
            let found = try await asking(.describeSettings, topic.name) { () throws(KafkaError) in
                try await admin.describe(topic.name)
            }
            drift += topic.drift(from: found)
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
            try await asking(.alterSettings, drift.topic.name) { () throws(KafkaError) in
                try await admin.alter(drift.topic.name, settings: [name: declared])
            }
        }
        return try await drift(from: topics)
    }

    /// Brokers learn of a new topic one after the other, and the protocol has nothing to wait on:
    /// each is asked by a client that knows no other yet.
    private func waitUntilSeen(_ topic: String) async throws(KafkaError) {
        let deadline = ContinuousClock.now + options.client.requestTimeout * 2
        try await wait(for: topic, on: admin, until: deadline)
        for broker in try await admin.standing(of: topic)?.brokers ?? [] {
            var client = options.client
            client.bootstrapServers = broker
            let asked = try await Admin.open(client, logger: logger)
            do throws(KafkaError) {
                try await wait(for: topic, on: asked, until: deadline)
            } catch {
                await asked.close()
                throw error
            }
            await asked.close()
        }
    }

    private func wait(
        for topic: String, on admin: Admin, until deadline: ContinuousClock.Instant
    ) async throws(KafkaError) {
        while true {
            do throws(KafkaError) {
                if try await admin.partitionCount(of: topic) != nil,
                    try await admin.answers(about: topic, within: .seconds(2))
                {
                    return
                }
            } catch where error.code != .unreachable || ContinuousClock.now >= deadline {
                throw error
            } catch {}
            guard ContinuousClock.now < deadline else {
                throw KafkaError(
                    .unreachable,
                    """
                    \(topic) was made, and not every broker shows it with a leader that answers \
                    yet: run the command again
                    """)
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
