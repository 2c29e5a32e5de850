import CLibrdkafka

/// A request that librdkafka or the broker rejected, or a broker that cannot be reached.
public struct KafkaError: Error, Sendable {
    /// The kind of fault, by who has to act; the raw value stands in messages.
    public enum Code: String, Sendable {
        /// A setting that librdkafka does not know, does not take, or that this binding decides.
        case invalidSetting
        /// No broker answers in time, or the connection was lost. A retry may succeed.
        case unreachable
        /// The broker's certificate is not trusted, or there is no TLS between us.
        case tlsFailed
        /// The broker asks for a certificate of ours, and got none that it trusts.
        case certificateRefused
        /// The broker asks for a certificate of ours, and the settings name none.
        case certificateMissing
        /// The login was refused.
        case authenticationFailed
        /// The login was accepted, and its user lacks a right (an ACL) for what was asked.
        case notAuthorized
        case topicMissing
        /// A message, or the batch that it was sent in, is larger than the topic or broker accepts.
        case messageTooLarge
        /// Fewer replicas are in sync than the topic's `min.insync.replicas`. A retry may succeed.
        case notEnoughReplicas
        /// The offset is not, or no longer, in the topic.
        case offsetOutOfRange
        /// The message was taken back before its outcome was known.
        case purged
        /// The producer cannot continue without a gap or a duplicate: use another one.
        case fatal
        /// Closed by its owner.
        case closed
        /// Anything else the broker says; ``KafkaError/name`` says which.
        case refused
    }

    /// The kind of fault, which decides if a retry is right.
    public let code: Code
    /// librdkafka's or Kafka's own name of the error, as in `OUT_OF_ORDER_SEQUENCE_NUMBER`.
    public let name: String
    /// Says what happened; safe to log.
    public let message: String

    /// Takes a message that is safe to log: no passwords and no values of messages.
    public init(_ code: Code, name: String = "", _ message: String) {
        self.code = code
        self.name = name
        self.message = message
    }

    /// True where the same call may succeed later without anyone changing anything.
    public var isRetryable: Bool { code == .unreachable || code == .notEnoughReplicas }

    static let closed = KafkaError(.closed, "closed by its owner")
}

extension KafkaError: CustomStringConvertible {
    /// The code, librdkafka's name where there is one, and the message.
    public var description: String {
        name.isEmpty ? "\(code.rawValue): \(message)" : "\(code.rawValue) (\(name)): \(message)"
    }
}

extension KafkaError {
    /// - Parameter detail: What librdkafka said, where it said more than the code does.
    init(_ error: rd_kafka_resp_err_t, _ detail: String? = nil) {
        let text = String(cString: rd_kafka_err2str(error))
        self.init(
            Self.code(of: error), name: String(cString: rd_kafka_err2name(error)),
            detail.map { $0.isEmpty ? text : $0 } ?? text)
    }

    private static func code(of error: rd_kafka_resp_err_t) -> Code {
        switch error {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__WAIT_COORD,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
            .unreachable
        case RD_KAFKA_RESP_ERR__SSL: .tlsFailed
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            .authenticationFailed
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            .notAuthorized
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
            .notEnoughReplicas
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
            .topicMissing
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            .messageTooLarge
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
            .offsetOutOfRange
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: .purged
        case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE: .fatal
        case RD_KAFKA_RESP_ERR__DESTROY: .closed
        default: .refused
        }
    }
}
