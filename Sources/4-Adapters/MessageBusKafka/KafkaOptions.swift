public import RDKafka

/// Where a bus on Kafka is, and how it is reached.
public struct KafkaOptions: Sendable {
    /// Brokers, client name, TLS, SASL and any other setting of librdkafka's.
    public var client: ClientOptions
    /// How long a publish may wait for its acknowledgements. It is given up then: purged, its
    /// outcome open.
    public var publishTimeout: Duration

    /// Whether two clients reach the same brokers, as the same user.
    public func reachesTheSame(as other: KafkaOptions) -> Bool {
        client.bootstrapServers == other.client.bootstrapServers
            && client.settings == other.client.settings
    }

    /// Takes the options as they are: ``KafkaMessageBus/open(_:logger:)`` checks the client's.
    public init(client: ClientOptions, publishTimeout: Duration = .seconds(30)) {
        self.client = client
        self.publishTimeout = publishTimeout
    }
}
