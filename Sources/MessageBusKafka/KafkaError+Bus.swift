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
            self.init(.invalidSetting, "\(error.message): mend the settings", cause: error)
        case .tlsFailed:
            self.init(
                .unavailable,
                """
                no secure connection to the broker (\(error.message)): check ssl.ca.location, the \
                broker's certificate and the name it is reached by
                """, cause: error)
        case .certificateRefused:
            self.init(
                .unavailable,
                """
                the broker refuses this client's certificate (\(error.message)): check \
                ssl.certificate.location and ssl.key.location
                """, cause: error)
        case .authenticationFailed:
            self.init(
                .unavailable,
                "the broker refuses the login (\(error.message)): check the sasl.* settings",
                cause: error)
        default: self.init(.unavailable, error.message, cause: error)
        }
    }

    /// - Parameter error: Of the binding's, or of the bus's own.
    init(_ error: any Error, at topic: String) {
        switch error {
        case let error as BusError: self = error
        case let error as KafkaError where error.code == .topicMissing: self = .noTopic(topic)
        case let error as KafkaError where error.code == .offsetOutOfRange:
            self.init(.offsetOutOfRange, "\(topic): \(error.message)", cause: error)
        case let error as KafkaError: self.init(error)
        default: self.init(.unavailable, "\(topic): \(error)", cause: error)
        }
    }

    init(_ failed: FailedSend, publishingTo topic: String) {
        switch failed.error.code {
        case .closed, .purged, .fatal:
            let outcome = failed.nothingWasWritten ? "nothing was written" : "its outcome is open"
            self.init(
                .unavailable,
                """
                publishing to \(topic) was given up (\(failed.error.message)), \(outcome): look, \
                then publish again
                """, cause: failed.error)
        default: self.init(failed.error, at: topic)
        }
    }

    static func partitions(_ count: Int, of topic: String) -> BusError {
        BusError(
            .topicDiffers,
            """
            \(topic) has \(count) partitions, and order needs exactly one: see `giro topics diff`, \
            which says how to mend it
            """)
    }
}

/// A publish that did not end with every record acknowledged.
struct FailedSend: Error {
    let error: KafkaError
    /// The broker said so of every record.
    let nothingWasWritten: Bool
}
