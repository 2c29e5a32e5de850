import MessageBus
import RDKafka

/// What only a bus on Kafka has to say.
extension BusError {
    static func noTopic(_ topic: String) -> BusError {
        BusError(
            .topicMissing,
            """
            there is no topic \(topic): run `giro topics apply`, which makes what topics/ declares
            """)
    }

    init(_ error: KafkaError) {
        switch error.code {
        case .closed: self = .closed
        case .invalidSetting:
            self.init(.invalidSetting, "\(error.message): fix kafka.properties", cause: error)
        case .tlsFailed:
            self.init(
                .unavailable,
                """
                no secure connection to the broker (\(error.message)): check security.protocol, \
                ssl.ca.location, the broker's certificate and the name it is reached by
                """, cause: error)
        case .certificateRefused:
            self.init(
                .unavailable,
                """
                the broker refuses this client's certificate (\(error.message)): check \
                ssl.certificate.location and ssl.key.location
                """, cause: error)
        case .certificateMissing:
            self.init(
                .unavailable,
                """
                the broker asks for a client certificate, and none is set (\(error.message)): set \
                ssl.certificate.location and ssl.key.location
                """, cause: error)
        case .authenticationFailed:
            self.init(
                .unavailable,
                "the broker refuses the login (\(error.message)): check the sasl.* settings",
                cause: error)
        case .notAuthorized:
            self.init(
                .notAuthorized,
                "\(error.message): grant this user the rights that a bank needs", cause: error)
        default: self.init(.unavailable, error.message, cause: error)
        }
    }

    /// - Parameter error: Of the binding's, or of the bus's own.
    init(_ error: any Error, at attempt: KafkaAttempt) {
        let topic = attempt.topic
        switch error {
        case let error as BusError: self = error
        case let error as KafkaError:
            switch error.code {
            case .topicMissing: self = .noTopic(topic)
            case .notAuthorized: self.init(.notAuthorized, attempt.refusal, cause: error)
            case .messageTooLarge: self = .tooLarge(topic, error)
            case .notEnoughReplicas: self = .notEnoughReplicas(topic, error)
            case .offsetOutOfRange:
                self.init(.offsetOutOfRange, "\(topic): \(error.message)", cause: error)
            default: self.init(error)
            }
        default: self.init(.unavailable, "\(topic): \(error)", cause: error)
        }
    }

    /// - Parameter reason: What is known of why nothing was acknowledged; `nil`: nothing.
    init(_ failed: FailedSend, publishing attempt: KafkaAttempt, _ reason: String?) {
        let error = failed.error
        guard error.name != "CLUSTER_AUTHORIZATION_FAILED" else {
            self.init(.notAuthorized, attempt.producerRefusal, cause: error)
            return
        }
        switch error.code {
        case .closed, .purged, .fatal:
            let outcome =
                failed.nothingWasWritten
                ? "nothing was written" : "some of the records may be in the topic"
            self.init(
                .unavailable,
                """
                publishing to \(attempt.topic) was given up (\(reason ?? error.message)), \
                \(outcome): the bank looks at what the topic holds and publishes the rest again
                """, cause: error)
        default: self.init(error, at: attempt)
        }
    }

    static func partitions(_ count: Int, of topic: String) -> BusError {
        BusError(
            .topicDiffers,
            """
            \(topic) has \(count) partitions, and order needs exactly one: see `giro topics diff`, \
            which says how to fix it
            """)
    }

    static func tooFewBrokers(for topic: Topic, _ error: KafkaError) -> BusError {
        BusError(
            .topicDiffers,
            """
            \(topic.name) shall be held by \(topic.replication) brokers, and there are fewer \
            (\(error.message)): start them, or set kafka.replication in node.yaml to the number of \
            brokers that shall hold it
            """, cause: error)
    }

    /// One record alone: batches of several were made smaller before.
    private static func tooLarge(_ topic: String, _ error: KafkaError) -> BusError {
        BusError(
            .recordTooLarge,
            """
            a record is larger than \(topic) accepts (\(error.message)): raise max.message.bytes \
            of the topic with `giro topics apply`, or message.max.bytes of the brokers
            """, cause: error)
    }

    private static func notEnoughReplicas(_ topic: String, _ error: KafkaError) -> BusError {
        BusError(
            .unavailable,
            """
            fewer replicas of \(topic) are in sync than its min.insync.replicas \
            (\(error.message)): start the brokers that are down
            """, cause: error)
    }
}
