import BlockingIO
import CLibrdkafka
public import Logging

/// Makes, describes and changes topics. Runs on its own thread, which each call blocks for up to
/// the options' `requestTimeout`; calls wait for one another. Close it before letting go of it.
public actor Admin {
    private let thread: BlockingThread
    private var client: Client?

    /// The admin's own thread: a call that blocks holds none of the shared ones.
    nonisolated public var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// - Throws: `.invalidSetting`, which names the setting. Brokers are not asked yet.
    public static func open(
        _ options: ClientOptions, logger: Logger
    ) async throws(KafkaError) -> Admin {
        let admin = Admin()
        try await admin.start(options, logger)
        return admin
    }

    private init() { thread = BlockingThread(name: "kafka admin") }

    private func start(_ options: ClientOptions, _ logger: Logger) throws(KafkaError) {
        client = try Client(
            RD_KAFKA_CONSUMER, options, decided: [:], defaults: [:], logger: logger,
            wake: { self.wake() })
    }

    /// Makes the topics that are missing; leaves those that exist as they are. They may take a
    /// moment to be seen.
    ///
    /// - Throws: `.unreachable`, `.tlsFailed`, `.authenticationFailed`, `.closed`; `.refused` — the
    ///   broker's own reason. Some of the topics may have been made.
    public func create(_ topics: [NewTopic]) throws(KafkaError) {
        guard !topics.isEmpty else { return }
        let orders = topics.map { topic in
            let replication = topic.replication.map { Int32($0) } ?? -1
            let order = rd_kafka_NewTopic_new(
                topic.name, Int32(topic.partitions), replication, nil, 0)
            for (name, value) in topic.settings.sorted(by: { $0.key < $1.key }) {
                rd_kafka_NewTopic_set_config(order, name, value)
            }
            return order
        }
        defer { for order in orders { rd_kafka_NewTopic_destroy(order) } }
        try ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, "make topics") { client, options, queue in
            var orders = orders
            rd_kafka_CreateTopics(client, &orders, orders.count, options, queue)
        } answer: { event throws(KafkaError) in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(event, &count)
            for result in UnsafeBufferPointer(start: results, count: count) {
                let error = rd_kafka_topic_result_error(result)
                guard error != RD_KAFKA_RESP_ERR_NO_ERROR,
                    error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS
                else { continue }
                let name = rd_kafka_topic_result_name(result).map { String(cString: $0) } ?? ""
                let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
                throw KafkaError(error, "cannot make \(name): \(text ?? "")")
            }
        }
    }

    /// - Returns: `nil` if there is no such topic.
    /// - Throws: As ``create(_:)``.
    public func partitionCount(of topic: String) throws(KafkaError) -> Int? {
        let client = try openClient()
        do throws(KafkaError) {
            return try explaining(client) { () throws(KafkaError) in
                try client.partitionCount(of: topic)
            }
        } catch let error where error.code == .topicMissing {
            return nil
        }
    }

    /// How the topic's partitions stand, as a broker tells it now; `nil` if there is no such topic.
    ///
    /// - Parameters:
    ///   - topic: The name of the topic.
    ///   - time: How long to wait; `nil`: as long as a request may take.
    /// - Throws: As ``create(_:)``.
    public func standing(
        of topic: String, within time: Duration? = nil
    ) throws(KafkaError) -> TopicStanding? {
        let client = try openClient()
        do throws(KafkaError) {
            return try explaining(client) { () throws(KafkaError) in
                try client.standing(of: topic, within: time)
            }
        } catch let error where error.code == .topicMissing {
            return nil
        }
    }

    /// The ids of the cluster's brokers, in their order.
    ///
    /// - Throws: As ``create(_:)``.
    public func brokerIDs() throws(KafkaError) -> [Int32] {
        let client = try openClient()
        return try explaining(client) { () throws(KafkaError) in try client.brokerIDs() }
    }

    /// Whether the broker that leads the topic answers a question about it.
    public func answers(about topic: String, within time: Duration) throws(KafkaError) -> Bool {
        let client = try openClient()
        do throws(KafkaError) {
            _ = try client.watermarks(of: topic, within: time)
            return true
        } catch let error where error.code == .unreachable {
            return false
        }
    }

    /// Every setting of the topic that a broker tells, its defaults too, by their names.
    ///
    /// - Parameters:
    ///   - topic: The name of the topic.
    ///   - broker: Which of them is asked, by its id; `nil`: any.
    /// - Throws: As ``create(_:)``; `.topicMissing`.
    public func settings(
        of topic: String, at broker: Int32? = nil
    ) throws(KafkaError) -> [String: TopicSetting] {
        let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        var settings: [String: TopicSetting] = [:]
        try ask(
            RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "describe \(topic)", at: broker
        ) { client, options, queue in
            var resources: [OpaquePointer?] = [resource]
            rd_kafka_DescribeConfigs(client, &resources, 1, options, queue)
        } answer: { event throws(KafkaError) in
            var count = 0
            let results = rd_kafka_DescribeConfigs_result_resources(event, &count)
            for result in UnsafeBufferPointer(start: results, count: count) {
                try check(result, "cannot describe \(topic)")
                var found = 0
                let configs = rd_kafka_ConfigResource_configs(result, &found)
                for config in UnsafeBufferPointer(start: configs, count: found) {
                    guard let config, let name = rd_kafka_ConfigEntry_name(config) else { continue }
                    settings[String(cString: name)] = TopicSetting(config)
                }
            }
        }
        return settings
    }

    /// Changes settings of a topic; its other own settings stay.
    ///
    /// Kafka replaces all of them at once, so a concurrent change by another client may be lost.
    ///
    /// - Throws: As ``create(_:)``; `.refused` also where the topic has its own setting whose value
    ///   the broker does not return: it would be lost. Nothing was changed then.
    public func alter(_ topic: String, settings: [String: String]) throws(KafkaError) {
        var whole = settings
        for (name, kept) in try self.settings(of: topic) where kept.isOwn && whole[name] == nil {
            guard let value = kept.value else {
                throw KafkaError(
                    .refused,
                    """
                    \(topic) has the setting \(name), whose value the broker does not tell, and a \
                    change of others would remove it: change them with the broker's own tools
                    """)
            }
            whole[name] = value
        }
        let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        for (name, value) in whole {
            rd_kafka_ConfigResource_set_config(resource, name, value)
        }
        try ask(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, "change \(topic)") { client, options, queue in
            var resources: [OpaquePointer?] = [resource]
            rd_kafka_AlterConfigs(client, &resources, 1, options, queue)
        } answer: { event throws(KafkaError) in
            var count = 0
            let results = rd_kafka_AlterConfigs_result_resources(event, &count)
            for result in UnsafeBufferPointer(start: results, count: count) {
                try check(result, "cannot change \(topic)")
            }
        }
    }

    /// Removes the records before `offset`.
    ///
    /// - Throws: As ``create(_:)``.
    public func removeRecords(before offset: Int64, in topic: String) throws(KafkaError) {
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic, 0).pointee.offset = offset
        let order = rd_kafka_DeleteRecords_new(list)
        defer { rd_kafka_DeleteRecords_destroy(order) }
        try ask(RD_KAFKA_ADMIN_OP_DELETERECORDS, "remove records") { client, options, queue in
            var orders: [OpaquePointer?] = [order]
            rd_kafka_DeleteRecords(client, &orders, 1, options, queue)
        } answer: { event throws(KafkaError) in
            guard let result = rd_kafka_DeleteRecords_result_offsets(event),
                result.pointee.cnt == 1
            else { return }
            let error = result.pointee.elems[0].err
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error) }
        }
    }

    /// Gives the handle back. Needs no broker.
    public func close() {
        guard let client else { return }
        self.client = nil
        client.close()
    }
}

/// Asking.
extension Admin {
    nonisolated private func wake() {
        thread.perform { self.assumeIsolated { $0.client?.takeEvents { _ in } } }
    }

    private func openClient() throws(KafkaError) -> Client {
        guard let client else { throw .closed }
        return client
    }

    private func explaining<Answer>(
        _ client: Client, _ work: () throws(KafkaError) -> Answer
    ) throws(KafkaError) -> Answer {
        do throws(KafkaError) {
            return try work()
        } catch {
            client.takeEvents { _ in }
            throw client.explanation(of: error)
        }
    }

    private func check(_ result: OpaquePointer?, _ what: String) throws(KafkaError) {
        let error = rd_kafka_ConfigResource_error(result)
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let text = rd_kafka_ConfigResource_error_string(result).map { String(cString: $0) }
        throw KafkaError(error, "\(what): \(text ?? "")")
    }

    private func ask(
        _ operation: rd_kafka_admin_op_t, _ what: String, at broker: Int32? = nil,
        send: (_ client: OpaquePointer, _ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void,
        answer: (OpaquePointer) throws(KafkaError) -> Void
    ) throws(KafkaError) {
        let client = try openClient()
        let options = rd_kafka_AdminOptions_new(client.pointer, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let timeout = client.timeoutMilliseconds
        rd_kafka_AdminOptions_set_request_timeout(options, timeout, nil, 0)
        if operation == RD_KAFKA_ADMIN_OP_CREATETOPICS {
            rd_kafka_AdminOptions_set_operation_timeout(options, timeout, nil, 0)
        }
        if let broker { rd_kafka_AdminOptions_set_broker(options, broker, nil, 0) }
        let queue = rd_kafka_queue_new(client.pointer)
        defer { rd_kafka_queue_destroy(queue) }
        send(client.pointer, options, queue)
        try explaining(client) { () throws(KafkaError) in
            // The library answers by itself at the time limit; this only bounds a fault in it.
            guard let event = rd_kafka_queue_poll(queue, timeout + 1_000) else {
                throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "no broker answers to \(what)")
            }
            defer { rd_kafka_event_destroy(event) }
            let error = rd_kafka_event_error(event)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                let text = rd_kafka_event_error_string(event).map { String(cString: $0) }
                throw KafkaError(error, "cannot \(what): \(text ?? "")")
            }
            try answer(event)
        }
    }
}

extension TopicSetting {
    fileprivate init(_ entry: OpaquePointer) {
        let source = rd_kafka_ConfigEntry_source(entry)
        self.init(
            value: rd_kafka_ConfigEntry_value(entry).map { String(cString: $0) },
            // Brokers before Kafka 1.1 tell no source.
            isOwn: source == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG
                || source == RD_KAFKA_CONFIG_SOURCE_UNKNOWN_CONFIG
                    && rd_kafka_ConfigEntry_is_default(entry) == 0
        )
    }
}
