import Foundation

/// A few of the figures that librdkafka takes (its STATISTICS.md); the newest only.
public struct Statistics: Hashable, Sendable {
    /// One broker that the client knows by its id; those it only begins with are left out.
    public struct Broker: Hashable, Sendable {
        /// librdkafka's name for it: address and id.
        public let name: String
        /// As in `UP`, `DOWN`, `CONNECT`.
        public let state: String
        /// Average of the last interval.
        public let roundTrip: Duration
        /// Broker's throttling, average of the last interval.
        public let throttle: Duration
    }

    /// Messages that wait to be sent or acknowledged.
    public let messagesQueued: Int
    /// The bytes of these messages.
    public let bytesQueued: Int
    /// The brokers, sorted by name.
    public let brokers: [Broker]
    /// By topic: how far partition 0's reader is behind; only where it is known.
    public let lag: [String: Int64]

    init?(json: String) {
        guard let found = try? JSONDecoder().decode(Found.self, from: Data(json.utf8)) else {
            return nil
        }
        messagesQueued = found.msg_cnt ?? 0
        bytesQueued = found.msg_size ?? 0
        brokers = (found.brokers ?? [:]).values.filter { ($0.nodeid ?? -1) >= 0 }.map {
            Broker(
                name: $0.name, state: $0.state,
                roundTrip: .microseconds($0.rtt?.avg ?? 0),
                throttle: .milliseconds($0.throttle?.avg ?? 0))
        }.sorted { $0.name < $1.name }
        lag = (found.topics ?? [:]).compactMapValues { topic in
            topic.partitions?["0"]?.consumer_lag.flatMap { $0 < 0 ? nil : $0 }
        }
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// librdkafka's own names.
    private struct Found: Decodable {
        struct Window: Decodable { let avg: Int64? }
        struct Broker: Decodable {
            let name: String
            let nodeid: Int64?
            let state: String
            let rtt: Window?
            let throttle: Window?
        }
        struct Topic: Decodable { let partitions: [String: Partition]? }
        struct Partition: Decodable { let consumer_lag: Int64? }

        let msg_cnt: Int?
        let msg_size: Int?
        let brokers: [String: Broker]?
        let topics: [String: Topic]?
    }
}
