public import MessageBus
import RDKafka

/// How a topic at the broker differs from its declaration.
public struct TopicDrift: Hashable, Sendable {
    /// The kinds of difference, by what can be done about them.
    public enum Difference: Hashable, Sendable {
        case missing
        /// Order is a partition's; there must be one. Applying cannot fix it: the topic has to be
        /// emptied, deleted by an administrator and made again.
        case partitions(found: Int)
        /// Applying does not move data between brokers; an administrator does.
        case replication(found: Int)
        /// Kafka's setting of that name. Applying changes it.
        case setting(name: String, declared: String, found: String)
        /// The same, which applying leaves alone until the topic has its number of replicas: with
        /// fewer replicas than must be in sync, nothing could be published.
        case settingForReplicas(name: String, declared: String, found: String)
    }

    /// The topic as it is declared.
    public let topic: Topic
    /// The difference that was found.
    public let difference: Difference
}

extension TopicDrift: CustomStringConvertible {
    /// The difference in a sentence, with the remedy where applying is none.
    public var description: String {
        switch difference {
        case .missing: "\(topic.name) is missing"
        case .partitions(let found):
            """
            \(topic.name) has \(found) partitions instead of 1: delete it with the broker's tools, \
            then run `giro topics apply`; the banks refill it or ask each other again
            """
        case .replication(let found):
            """
            \(topic.name) has replication \(found) instead of \(topic.replication): change it with \
            the broker's tools (kafka-reassign-partitions.sh), then run `giro topics apply`; or \
            set kafka.replication in node.yaml to the number of brokers that shall hold it
            """
        case .setting(let name, let declared, let found):
            "\(topic.name) has \(name)=\(found) instead of \(declared)"
        case .settingForReplicas(let name, let declared, let found):
            """
            \(topic.name) has \(name)=\(found) instead of \(declared); it is changed once the \
            replication is right
            """
        }
    }
}

/// What a look at a topic found.
public struct TopicComparison: Hashable, Sendable {
    /// The topic as it is declared.
    public let topic: Topic
    /// How it differs from its declaration.
    public let differences: [TopicDrift]
    /// Why nothing can be published to it now, and what to do; `nil`: it can.
    public let shortage: String?
    /// What could not be compared, or is good to know. Nothing is wrong with it.
    public let notes: [String]
    /// How many brokers hold it; `nil`: there is no such topic.
    public let replication: Int?
}

extension TopicComparison {
    /// - Parameters:
    ///   - standing: `nil` where there is no such topic.
    ///   - settings: What the broker tells of them.
    ///   - hidden: Why it tells none; `nil`: it was asked, and allowed to tell.
    init(
        _ topic: Topic, _ standing: TopicStanding?, _ settings: [String: TopicSetting],
        hidden: String? = nil
    ) {
        self.topic = topic
        replication = standing.map(\.replication)
        guard let standing else {
            differences = [TopicDrift(topic: topic, difference: .missing)]
            (shortage, notes) = (nil, [])
            return
        }
        var differences: [TopicDrift.Difference] = []
        if standing.partitions.count != 1 {
            differences.append(.partitions(found: standing.partitions.count))
        }
        let hasItsReplicas = standing.replication >= topic.replication
        if !hasItsReplicas { differences.append(.replication(found: standing.replication)) }
        var (untold, notes) = ([String](), [String]())
        for (name, declared) in topic.kafkaSettings.sorted(by: { $0.key < $1.key }) {
            guard let found = settings[name]?.value else {
                untold.append(name)
                continue
            }
            guard found != declared else { continue }
            let isUsable = name != Topic.inSyncSetting || Int(found) ?? 0 <= standing.replication
            guard !(isUsable && Topic.isMore(found, than: declared, as: name)) else {
                notes.append("\(topic.name) has \(name)=\(found), more than \(declared)")
                continue
            }
            let waits = name == Topic.inSyncSetting && !hasItsReplicas
            differences.append(
                waits
                    ? .settingForReplicas(name: name, declared: declared, found: found)
                    : .setting(name: name, declared: declared, found: found))
        }
        self.differences = differences.map { TopicDrift(topic: topic, difference: $0) }
        let inSyncMin = settings[Topic.inSyncSetting]?.value.flatMap { Int($0) } ?? topic.inSyncMin
        shortage = standing.shortage(of: topic.name, inSyncMin: inSyncMin)
        if shortage == nil, let lag = standing.lag(of: topic.name) { notes.append(lag) }
        if let hidden {
            notes.append("the settings of \(topic.name) are not compared: \(hidden)")
        } else if untold.count == topic.kafkaSettings.count {
            notes.append("the broker does not tell the settings of \(topic.name)")
        } else if !untold.isEmpty {
            notes.append(
                "the broker does not tell of \(topic.name): \(untold.joined(separator: ", "))")
        }
        self.notes = notes
    }

    /// What applying sets.
    var settingsToChange: [(name: String, declared: String, found: String)] {
        differences.compactMap {
            guard case .setting(let name, let declared, let found) = $0.difference else {
                return nil
            }
            return (name, declared, found)
        }
    }
}

extension TopicStanding {
    /// Of the partition that has the fewest replicas.
    var replication: Int { partitions.map(\.replicas).min() ?? 0 }

    fileprivate func shortage(of topic: String, inSyncMin: Int) -> String? {
        guard partitions.allSatisfy({ $0.leader != nil }) else {
            return """
                \(topic) has no leader, so nothing can be published to it or read: start the \
                brokers that hold it
                """
        }
        guard let worst = partitions.min(by: { $0.inSync < $1.inSync }), worst.inSync < inSyncMin
        else { return nil }
        guard worst.replicas >= inSyncMin else {
            return """
                \(topic) has replication \(worst.replicas), less than its min.insync.replicas=\
                \(inSyncMin), so nothing can be published to it: correct one of them with the \
                broker's tools
                """
        }
        return """
            only \(worst.inSync) of \(worst.replicas) replicas of \(topic) are in sync, fewer than \
            its min.insync.replicas=\(inSyncMin), so nothing can be published to it; no money is \
            lost: start the brokers that are down
            """
    }

    fileprivate func lag(of topic: String) -> String? {
        partitions.first { $0.inSync < $0.replicas }.map {
            "\($0.inSync) of \($0.replicas) replicas of \(topic) are in sync"
        }
    }
}

extension Topic {
    static let inSyncSetting = "min.insync.replicas"

    /// What a topic is made with, so that no default of the broker's decides.
    var kafkaSettings: [String: String] {
        [
            "cleanup.policy": "delete",
            "max.message.bytes": "\(batchBytesMax)",
            "message.timestamp.type": "LogAppendTime",
            Self.inSyncSetting: "\(inSyncMin)",
            "retention.bytes": "-1",
            "retention.ms": retention.map { "\(Self.milliseconds($0))" } ?? "-1",
        ]
    }

    /// Whether a broker's setting promises more than the declared one: an administrator's choice,
    /// which is never taken back.
    static func isMore(_ found: String, than declared: String, as name: String) -> Bool {
        let isRetention = name.hasPrefix("retention.")
        guard isRetention || name == inSyncSetting || name == "max.message.bytes",
            let found = Int64(found), let declared = Int64(declared)
        else { return false }
        // Kafka's -1: without a limit.
        func rank(_ value: Int64) -> Int64 { isRetention && value == -1 ? .max : value }
        return rank(found) > rank(declared)
    }

    private static func milliseconds(_ time: Duration) -> Int64 {
        time.components.seconds * 1_000 + time.components.attoseconds / 1_000_000_000_000_000
    }
}
