public import CLibrdkafka
public import RDKafka

/// librdkafka's own cluster of brokers in this process: real sockets, faults on demand, 5 MB a
/// partition.
///
/// The pointers are made in `init` and let go of in ``close()``; librdkafka locks what is done with
/// them in between.
public final class MockCluster: @unchecked Sendable {
    public enum Request: Int16 {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case initProducer = 22
    }

    private let handle: OpaquePointer
    private let cluster: OpaquePointer

    public let options: ClientOptions

    public init(brokers: Int = 1, settings: [String: String] = [:]) throws {
        guard let handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nil, 0),
            let cluster = rd_kafka_mock_cluster_new(handle, Int32(brokers)),
            let bootstraps = rd_kafka_mock_cluster_bootstraps(cluster)
        else { throw KafkaError(.refused, "no mock cluster") }
        self.handle = handle
        self.cluster = cluster
        options = ClientOptions(
            bootstrapServers: String(cString: bootstraps), settings: settings,
            requestTimeout: .seconds(10))
    }

    public func create(_ topic: String, partitions: Int = 1, replicas: Int = 1) {
        rd_kafka_mock_topic_create(cluster, topic, Int32(partitions), Int32(replicas))
    }

    /// The next requests of that kind are answered by `errors`, in their order.
    public func fail(_ request: Request, with errors: [rd_kafka_resp_err_t]) {
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
    }

    /// Every question about the topic is answered by `error`; else the cluster makes what it is
    /// asked for.
    public func fail(topic: String, with error: rd_kafka_resp_err_t) {
        rd_kafka_mock_topic_set_error(cluster, topic, error)
    }

    /// No request of that kind is answered by an error any more.
    public func clearErrors(of request: Request) {
        rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
    }

    public func setRoundTrip(milliseconds: Int, broker: Int = 1) {
        rd_kafka_mock_broker_set_rtt(cluster, Int32(broker), Int32(milliseconds))
    }

    public func moveLeader(of topic: String, to broker: Int) {
        rd_kafka_mock_partition_set_leader(cluster, topic, 0, Int32(broker))
    }

    public func takeDown(_ broker: Int) { rd_kafka_mock_broker_set_down(cluster, Int32(broker)) }

    public func bringUp(_ broker: Int) { rd_kafka_mock_broker_set_up(cluster, Int32(broker)) }

    public func close() {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(handle)
    }
}

/// Calls `test` with a cluster whose topic `t` has one partition.
public func withCluster(
    brokers: Int = 1, settings: [String: String] = [:], _ test: (MockCluster) async throws -> Void
) async throws {
    let cluster = try MockCluster(brokers: brokers, settings: settings)
    cluster.create("t", replicas: brokers)
    defer { cluster.close() }
    try await test(cluster)
}
