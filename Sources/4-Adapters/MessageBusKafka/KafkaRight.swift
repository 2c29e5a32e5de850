import MessageBus
import RDKafka

/// What a bank's user must be allowed to do with a topic, as Kafka's ACLs call it.
/// `Documentation/Operating.md` has the table of the rights that a bank needs.
enum KafkaRight: String {
    case read = "READ"
    case write = "WRITE"
    case describe = "DESCRIBE"
    case describeSettings = "DESCRIBE_CONFIGS"
    case alterSettings = "ALTER_CONFIGS"
    case create = "CREATE"

    /// Behind "may not", before the topic's name.
    fileprivate var deed: String {
        switch self {
        case .read: "read"
        case .write: "write to"
        case .describe: "look at"
        case .describeSettings: "see the settings of"
        case .alterSettings: "change the settings of"
        case .create: "make"
        }
    }
}

/// Who speaks to the brokers, and what about: so that an error names both.
struct KafkaAttempt {
    let right: KafkaRight
    let topic: String
    let client: ClientOptions

    /// The bank's name where the client is called after it.
    var actor: String {
        client.clientID.hasPrefix("giro.") ? String(client.clientID.dropFirst(5)) : client.clientID
    }

    /// The user to whom rights are granted, as far as the settings tell.
    private var user: String {
        let name = client.settings["sasl.username"] ?? client.settings["sasl.user"]
        return name.map { "User:\($0)" } ?? "this user"
    }

    var refusal: String {
        """
        \(actor) may not \(right.deed) \(topic): grant \(right.rawValue) on topic \(topic) to \
        \(user)
        """
    }

    /// The same where the broker refuses to begin with an idempotent producer.
    var producerRefusal: String {
        """
        \(actor) may not publish: grant WRITE on topic \(topic) to \(user); Kafka before 2.8 asks \
        for IDEMPOTENT_WRITE on the cluster as well
        """
    }
}
