public import MessageBus
import RDKafka

extension KafkaMessageBus {
    /// Makes the topics that are missing and changes settings that differ; leaves alone what it
    /// cannot change: partitions, replicas, and settings that are not declared.
    ///
    /// A failure at one topic does not stop the others, unless no broker can be asked any more.
    /// Returns when every broker shows what was done.
    ///
    /// - Returns: What was done to each, in their order.
    public func apply(_ topics: [Topic]) async -> [TopicApplication] {
        var done = topics.map(TopicApplication.init)
        for step in [makeIfMissing, changeSettings, lookAgain] {
            for index in done.indices where done[index].failure == nil {
                if let cause = done.lazy.compactMap(\.failure).first(where: \.concernsEveryTopic) {
                    done[index].failure = cause
                    continue
                }
                do throws(BusError) {
                    try await step(&done[index])
                } catch {
                    done[index].failure = error
                }
            }
        }
        return done
    }

    private func makeIfMissing(_ work: inout TopicApplication) async throws(BusError) {
        guard try await standing(of: work.topic) == nil else { return }
        try await make(work.topic)
        work.isMade = true
        try await waitUntilSeen(work.topic, isNew: true)
    }

    private func changeSettings(_ work: inout TopicApplication) async throws(BusError) {
        let topic = work.topic
        let differing = try await compare(topic).settingsToChange
        guard !differing.isEmpty else { return }
        var settings: [String: String] = [:]
        for setting in differing { settings[setting.name] = setting.declared }
        try await asking(.alterSettings, topic) { [settings] () throws(KafkaError) in
            try await admin.alter(topic.name, settings: settings)
        }
        work.changes = differing.map {
            TopicApplication.Change(setting: $0.name, before: $0.found, after: $0.declared)
        }
        try await waitUntilSeen(topic, isNew: false)
    }

    private func lookAgain(_ work: inout TopicApplication) async throws(BusError) {
        let comparison = try await compare(work.topic)
        work.left = comparison.differences
        work.notes = comparison.notes + (comparison.shortage.map { [$0] } ?? [])
    }
}

extension BusError {
    /// Whether another topic would fail by the same: no broker answers, or none lets us in.
    fileprivate var concernsEveryTopic: Bool {
        switch (cause as? KafkaError)?.code {
        case .unreachable, .tlsFailed, .certificateRefused, .certificateMissing,
            .authenticationFailed, .invalidSetting, .closed:
            true
        default: code == .closed
        }
    }
}
