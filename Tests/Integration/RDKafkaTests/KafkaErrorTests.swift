import CLibrdkafka
import Testing

@testable import RDKafka

/// What librdkafka's codes mean to a bank.
@Suite struct KafkaErrorTests {
    struct Row: Sendable {
        let codes: [rd_kafka_resp_err_t]
        let code: KafkaError.Code
        var isRetryable = false
    }

    @Test(arguments: [
        Row(
            codes: [
                RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            ], code: .notAuthorized),
        Row(
            codes: [
                RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE,
            ], code: .authenticationFailed),
        Row(
            codes: [
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            ], code: .notEnoughReplicas, isRetryable: true),
        Row(
            codes: [
                RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
            ], code: .messageTooLarge),
        Row(
            codes: [
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT,
                RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT,
                RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            ], code: .unreachable, isRetryable: true),
        Row(codes: [RD_KAFKA_RESP_ERR__SSL], code: .tlsFailed),
        Row(
            codes: [
                RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
                RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            ], code: .topicMissing),
        Row(codes: [RD_KAFKA_RESP_ERR_POLICY_VIOLATION], code: .refused),
    ])
    func `A code of librdkafka's becomes one of few`(_ row: Row) {
        for code in row.codes {
            let error = KafkaError(code)
            #expect(error.code == row.code, "\(error)")
            #expect(error.isRetryable == row.isRetryable, "\(error)")
        }
    }

    @Test(arguments: [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location",
        "ssl.keystore.location",
    ])
    func `A file that a setting names and that is not there is named with its path`(
        setting: String
    ) async {
        let options = ClientOptions(
            bootstrapServers: "127.0.0.1:1",
            settings: ["security.protocol": "ssl", setting: "/nowhere/file.pem"])
        let error = await kafkaError { () throws(KafkaError) in
            _ = try await Producer.open(options, logger: quiet)
        }
        #expect(error?.code == .invalidSetting)
        #expect(
            error?.message
                == "\(setting) cannot be read: /nowhere/file.pem: No such file or directory")
    }

    @Test(arguments: [
        ("ssl_x: error:0A000126:SSL routines::unexpected eof while reading", true, false),
        ("error:0A00010B:SSL routines::wrong version number", true, false),
        ("error:0A000086:SSL routines::certificate verify failed", false, true),
    ])
    func `A port without TLS is distinguished from a certificate that is not trusted`(
        words: String, isNoTLS: Bool, isVerification: Bool
    ) {
        #expect(CertificateFault.isNoTLS(words) == isNoTLS)
        #expect(CertificateFault.isVerification(words) == isVerification)
    }
}
