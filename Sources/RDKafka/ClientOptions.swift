/// How a producer, consumer or admin reaches the brokers.
public struct ClientOptions: Sendable {
    /// Brokers to begin with, as in `kafka-1:9092,kafka-2:9092`.
    public var bootstrapServers: String
    /// What the broker's logs call this client.
    public var clientID: String
    /// Any other setting of librdkafka's, by its own name: TLS (`security.protocol`,
    /// `ssl.ca.location`), SASL (`sasl.mechanism`, `sasl.username`), sizes and times.
    ///
    /// Not those that this binding decides: see ``isDecided(_:)``.
    public var settings: [String: String]
    /// How long a question to a broker (metadata, offsets, administration) may take.
    public var requestTimeout: Duration
    /// How often statistics are taken; `nil`: never. Whole milliseconds.
    public var statisticsInterval: Duration?

    public init(
        bootstrapServers: String, clientID: String = "giro", settings: [String: String] = [:],
        requestTimeout: Duration = .seconds(5), statisticsInterval: Duration? = nil
    ) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.settings = settings
        self.requestTimeout = requestTimeout
        self.statisticsInterval = statisticsInterval
    }

    /// Whether a setting of that name is refused, because order, gaplessness or this binding's
    /// own working rest on its value.
    public static func isDecided(_ name: String) -> Bool { decided.contains(name) }

    private static let decided: Set<String> = [
        "acks", "request.required.acks", "enable.idempotence", "enable.gapless.guarantee",
        "message.timeout.ms", "delivery.timeout.ms", "transactional.id", "auto.offset.reset",
        "enable.auto.commit", "enable.auto.offset.store", "enable.partition.eof", "group.id",
        "log.queue", "bootstrap.servers", "metadata.broker.list", "client.id",
        "statistics.interval.ms", "allow.auto.create.topics", "retries", "message.send.max.retries",
    ]
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
