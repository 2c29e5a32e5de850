public import MessageBus
import RDKafka

extension KafkaMessageBus {
    /// Asks for the right to make topics only where one is missing, and returns when every broker
    /// shows those that it made, with a leader that answers.
    ///
    /// - Throws: `.topicDiffers` — there are fewer brokers than shall hold a topic;
    ///   `.notAuthorized`, `.unavailable` — some of the topics may have been made; `.closed`.
    public func create(_ topics: [Topic]) async throws(BusError) {
        var missing: [Topic] = []
        for topic in topics where try await standing(of: topic) == nil { missing.append(topic) }
        for topic in missing { try await make(topic) }
        for topic in missing { try await waitUntilSeen(topic, isNew: true) }
    }

    /// How the broker's topics differ from `topics`; in their order.
    ///
    /// A setting that the broker does not tell is not judged; a note says so.
    ///
    /// - Parameters:
    ///   - topics: As they are declared.
    ///   - settingsMayBeHidden: Whether a user that may not see settings (it lacks
    ///     DESCRIBE_CONFIGS) gets a note instead of an error.
    /// - Throws: `.notAuthorized`, `.unavailable`, `.closed`.
    public func compare(
        _ topics: [Topic], settingsMayBeHidden: Bool = false
    ) async throws(BusError) -> [TopicComparison] {
        var comparisons: [TopicComparison] = []
        for topic in topics {
            comparisons.append(try await compare(topic, settingsMayBeHidden))
        }
        return comparisons
    }

    func compare(
        _ topic: Topic, _ settingsMayBeHidden: Bool = false
    ) async throws(BusError) -> TopicComparison {
        guard let standing = try await standing(of: topic) else {
            return TopicComparison(topic, nil, [:])
        }
        do throws(BusError) {
            let settings = try await asking(.describeSettings, topic) { () throws(KafkaError) in
                try await admin.settings(of: topic.name)
            }
            return TopicComparison(topic, standing, settings)
        } catch let error where settingsMayBeHidden && error.code == .notAuthorized {
            return TopicComparison(topic, standing, [:], hidden: error.message)
        }
    }

    func standing(of topic: Topic) async throws(BusError) -> TopicStanding? {
        try await asking(.describe, topic) { () throws(KafkaError) in
            try await admin.standing(of: topic.name)
        }
    }

    func make(_ topic: Topic) async throws(BusError) {
        try await asking(.create, topic) { () throws(KafkaError) in
            try await admin.create([
                NewTopic(
                    name: topic.name, replication: topic.replication,
                    settings: topic.kafkaSettings)
            ])
        }
    }

    func asking<Answer: Sendable>(
        _ right: KafkaRight, _ topic: Topic, _ ask: () async throws(KafkaError) -> Answer
    ) async throws(BusError) -> Answer {
        do throws(KafkaError) {
            return try await ask()
        } catch {
            guard error.name != "INVALID_REPLICATION_FACTOR" else {
                throw .tooFewBrokers(for: topic, error)
            }
            throw error.code == .topicMissing
                ? BusError(error) : BusError(error, at: attempt(right, topic.name))
        }
    }
}

/// Waiting.
extension KafkaMessageBus {
    /// Brokers learn of a new topic, and of settings, one after the other, and the protocol has
    /// nothing to wait on: each broker is asked.
    ///
    /// - Parameter isNew: Whether it was made just now: then its leader has to answer, too.
    func waitUntilSeen(_ topic: Topic, isNew: Bool) async throws(BusError) {
        let deadline = ContinuousClock.now + options.client.requestTimeout * 2
        try await asking(.describe, topic) { () throws(KafkaError) in
            // Not from the topic's metadata: a broker that has none of it names no brokers.
            for broker in try await admin.brokerIDs() {
                try await wait(for: topic, isNew, at: broker, until: deadline)
            }
        }
    }

    private func wait(
        for topic: Topic, _ isNew: Bool, at broker: Int32, until deadline: ContinuousClock.Instant
    ) async throws(KafkaError) {
        while true {
            do throws(KafkaError) {
                if try await isSeen(topic, isNew, at: broker) { return }
            } catch let error
                where ![.unreachable, .topicMissing].contains(error.code)
                || ContinuousClock.now >= deadline
            {
                throw error
            } catch {}
            guard ContinuousClock.now < deadline else {
                throw KafkaError(
                    .refused,
                    """
                    \(topic.name) was \(isNew ? "made" : "changed"), and not every broker shows it \
                    \(isNew ? "with a leader that answers " : "")yet: run the command again
                    """)
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Asks for the topic's settings, because that question goes to one broker; the library puts
    /// others to any of those that it knows.
    private func isSeen(
        _ topic: Topic, _ isNew: Bool, at broker: Int32
    ) async throws(KafkaError) -> Bool {
        do throws(KafkaError) {
            let settings = try await admin.settings(of: topic.name, at: broker)
            guard let standing = try await admin.standing(of: topic.name) else { return false }
            return isNew
                ? try await isAnswering(topic, standing)
                : TopicComparison(topic, standing, settings).settingsToChange.isEmpty
        } catch let error where isNew && error.code == .notAuthorized {
            // Who may make topics need not have the right to see settings.
            guard let standing = try await admin.standing(of: topic.name) else { return false }
            return try await isAnswering(topic, standing)
        }
    }

    private func isAnswering(
        _ topic: Topic, _ standing: TopicStanding
    ) async throws(KafkaError) -> Bool {
        guard standing.partitions.allSatisfy({ $0.leader != nil }) else { return false }
        return try await admin.answers(about: topic.name, within: .seconds(2))
    }
}
