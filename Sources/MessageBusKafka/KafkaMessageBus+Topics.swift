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
    /// - Parameter settingsMayBeHidden: Whether a user that may not see settings (it lacks
    ///   DESCRIBE_CONFIGS) gets a note instead of an error.
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
        } catch where settingsMayBeHidden && error.code == .notAuthorized {
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
                    settings: topic.kafkaSettings),
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
    /// nothing to wait on: each is asked by a client that knows no other yet.
    ///
    /// - Parameter isNew: Whether it was made just now: then its leader has to answer, too.
    func waitUntilSeen(_ topic: Topic, isNew: Bool) async throws(BusError) {
        let deadline = ContinuousClock.now + options.client.requestTimeout * 2
        let brokers = try await standing(of: topic)?.brokers ?? []
        for broker in brokers {
            var client = options.client
            client.bootstrapServers = broker.address
            try await asking(.describe, topic) { () throws(KafkaError) in
                let asked = try await Admin.open(client, logger: logger)
                do throws(KafkaError) {
                    try await wait(for: topic, isNew, on: asked, broker.id, until: deadline)
                } catch {
                    await asked.close()
                    throw error
                }
                await asked.close()
            }
        }
    }

    private func wait(
        for topic: Topic, _ isNew: Bool, on admin: Admin, _ broker: Int32,
        until deadline: ContinuousClock.Instant
    ) async throws(KafkaError) {
        while true {
            do throws(KafkaError) {
                if try await isSeen(topic, isNew, on: admin, broker) { return }
            } catch where ![.unreachable, .topicMissing].contains(error.code)
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

    private func isSeen(
        _ topic: Topic, _ isNew: Bool, on admin: Admin, _ broker: Int32
    ) async throws(KafkaError) -> Bool {
        guard let standing = try await admin.standing(of: topic.name) else { return false }
        guard !isNew else {
            // Its settings come with it.
            guard standing.partitions.allSatisfy({ $0.leader != nil }) else { return false }
            return try await admin.answers(about: topic.name, within: .seconds(2))
        }
        let settings = try await admin.settings(of: topic.name, at: broker)
        return TopicComparison(topic, standing, settings).settingsToChange.isEmpty
    }
}
