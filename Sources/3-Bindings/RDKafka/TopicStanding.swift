import CLibrdkafka

/// How a topic's partitions stand, as one broker tells it now.
public struct TopicStanding: Hashable, Sendable {
    /// One partition, with its leader and its whole copies.
    public struct Partition: Hashable, Sendable {
        /// The broker that leads it, as `2 (kafka-2:9092)`; `nil`: none does.
        public let leader: String?
        /// How many brokers shall hold it.
        public let replicas: Int
        /// How many of them have all that is acknowledged.
        public let inSync: Int

        /// Takes the parts as they are: nothing is checked.
        public init(leader: String?, replicas: Int, inSync: Int) {
            (self.leader, self.replicas, self.inSync) = (leader, replicas, inSync)
        }
    }

    /// The partitions in the broker's order; there is more than one only where the topic was made
    /// otherwise than Giro does.
    public let partitions: [Partition]

    /// Takes the parts as they are: nothing is checked.
    public init(partitions: [Partition]) { self.partitions = partitions }
}

extension TopicStanding {
    init(_ topic: rd_kafka_metadata_topic, _ metadata: rd_kafka_metadata) {
        let found = UnsafeBufferPointer(start: metadata.brokers, count: Int(metadata.broker_cnt))
        var addresses: [Int32: String] = [:]
        for broker in found {
            addresses[broker.id] = "\(String(cString: broker.host)):\(broker.port)"
        }
        let partitions = UnsafeBufferPointer(
            start: topic.partitions, count: Int(topic.partition_cnt))
        self.partitions = partitions.map { partition in
            let leader = partition.leader
            return Partition(
                leader: leader < 0
                    ? nil : "\(leader)" + (addresses[leader].map { " (\($0))" } ?? ""),
                replicas: Int(partition.replica_cnt), inSync: Int(partition.isr_cnt))
        }
    }
}
