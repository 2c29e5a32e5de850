#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

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

    /// Takes the options as they are: they are checked where a client is opened with them.
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

/// Files and certificates.
extension ClientOptions {
    /// Settings that name a file to be read.
    private static let files = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.crl.location",
        "ssl.keystore.location", "sasl.kerberos.keytab",
    ]

    /// Before librdkafka fails to open one, which it tells in OpenSSL's words.
    ///
    /// - Throws: `.invalidSetting`, which names the setting and the path.
    func checkFiles() throws(KafkaError) {
        for name in Self.files {
            // `probe` has librdkafka look for the system's authorities.
            guard let path = settings[name], !path.isEmpty, path != "probe",
                access(path, R_OK) != 0
            else { continue }
            let reason = String(cString: strerror(errno))
            throw KafkaError(.invalidSetting, "\(name) cannot be read: \(path): \(reason)")
        }
    }

    /// Whether the settings have a certificate to show to brokers.
    var showsCertificate: Bool {
        [
            "ssl.certificate.location", "ssl.certificate.pem", "ssl.keystore.location",
            "ssl.engine.location",
        ].contains { settings[$0] != nil }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
