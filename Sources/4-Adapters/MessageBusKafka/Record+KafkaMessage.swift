import MessageBus
import RDKafka

extension KafkaMessage {
    /// A record without a key has none in Kafka either; a value is never null, which would be a
    /// tombstone.
    init(_ record: Record) {
        self.init(
            key: record.key.isEmpty ? nil : record.key,
            headers: record.headers.map { Header(name: $0.name, value: $0.value) },
            value: record.value)
    }
}

extension DeliveredRecord {
    init(_ fetched: FetchedMessage) {
        let message = fetched.message
        self.init(
            offset: fetched.offset,
            record: Record(
                key: message.key ?? [],
                headers: message.headers.map { .init(name: $0.name, value: $0.value ?? []) },
                value: message.value ?? []))
    }
}
