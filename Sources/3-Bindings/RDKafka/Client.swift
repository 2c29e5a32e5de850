import BlockingIO
import CLibrdkafka
import Dispatch
import Foundation
import Logging

/// A handle of librdkafka's with its queue of events. Owned by one actor and used on that actor's
/// thread only.
final class Client {
    /// What a handle tells its owner.
    enum Event {
        /// A report for one message: its ticket, offset and outcome.
        case delivered(UnsafePointer<rd_kafka_message_t>)
        /// Errors of the handle as a whole: connections, TLS, logins; fatal ones.
        case failed(KafkaError)
    }

    let pointer: OpaquePointer
    let options: ClientOptions
    /// The newest error of a connection, which says why a question timed out.
    private(set) var connectionError: KafkaError?
    private(set) var statistics: Statistics?
    private let queue: OpaquePointer
    private let wakeup: Wakeup
    private let logger: Logger
    private let certificateFault = CertificateFault()
    private var topics: [String: OpaquePointer] = [:]
    /// What librdkafka still works on.
    private var unanswered: WatermarkQuestion?

    /// - Parameters:
    ///   - decided: Settings that `options` may not change.
    ///   - defaults: Settings that `options` may change.
    ///   - wake: Called on any thread when there are events.
    init(
        _ type: rd_kafka_type_t, _ options: ClientOptions, decided: [String: String],
        defaults: [String: String], logger: Logger, wake: @escaping @Sendable () -> Void
    ) throws(KafkaError) {
        try options.checkFiles()
        let configuration = try Self.configuration(options, decided: decided, defaults: defaults)
        certificateFault.listen(to: configuration)
        var text = [CChar](repeating: 0, count: 512)
        guard let pointer = rd_kafka_new(type, configuration, &text, text.count) else {
            // Before any other call: EINVAL is for what is set, anything else for what is lacking.
            let isSetting = errno == EINVAL
            rd_kafka_conf_destroy(configuration)
            throw isSetting
                ? KafkaError(.invalidSetting, "librdkafka's settings: \(message(in: text))")
                : KafkaError(.refused, "librdkafka does not start: \(message(in: text))")
        }
        self.pointer = pointer
        self.options = options
        self.logger = logger
        rd_kafka_set_log_queue(pointer, nil)
        queue = rd_kafka_queue_get_main(pointer)
        wakeup = Wakeup(wake)
        wakeup.listen(to: queue)
        wakeup.raise()
    }

    private static func configuration(
        _ options: ClientOptions, decided: [String: String], defaults: [String: String]
    ) throws(KafkaError) -> OpaquePointer {
        var settings = [
            "socket.keepalive.enable": "true", "reconnect.backoff.ms": "50",
            "reconnect.backoff.max.ms": "1000", "log.thread.name": "false",
        ]
        settings.merge(defaults) { $1 }
        for (name, value) in options.settings {
            guard !ClientOptions.isDecided(name) else {
                throw KafkaError(
                    .invalidSetting, "\(name) is managed by giro and cannot be overridden")
            }
            settings[name] = value
        }
        settings.merge(decided) { $1 }
        settings["bootstrap.servers"] = options.bootstrapServers
        settings["client.id"] = options.clientID
        settings["log.queue"] = "true"
        settings["allow.auto.create.topics"] = "false"
        settings["statistics.interval.ms"] = "\(options.statisticsInterval?.milliseconds ?? 0)"

        guard let configuration = rd_kafka_conf_new() else {
            throw KafkaError(.refused, "librdkafka has no memory for its settings")
        }
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            let result = rd_kafka_conf_set(configuration, name, value, &text, text.count)
            guard result == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(configuration)
                // The name alone: a value may be a password.
                throw KafkaError(
                    .invalidSetting, "librdkafka's setting \(name): \(message(in: text))")
            }
        }
        rd_kafka_conf_set_events(
            configuration,
            RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS)
        return configuration
    }

    /// How long destroying a handle may take; hardly ever more than some milliseconds.
    private static let closeMax = DispatchTimeInterval.seconds(5)

    /// Destroys the handle: blocks until its threads have ended, which needs no broker.
    ///
    /// librdkafka may never return there, where a partition went from the cluster while it was
    /// being read or asked about: what waits in the partition's queue keeps the partition, and that
    /// keeps a broker's thread (its fixes 4187 and 4724, of which the system's 2.0.2 has neither).
    /// All that is this binding's is stopped and given back before; no order of these calls is
    /// known to prevent it. A node must not hang on it, so after ``closeMax`` the threads
    /// are left alone. That bounds the wait and leaks them; it does not remove the cause.
    func close() {
        wakeup.stopListening(to: queue)
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
        topics = [:]
        rd_kafka_queue_destroy(queue)
        let remains = Remains(
            pointer: pointer, certificateFault: certificateFault, unanswered: unanswered)
        let ended = DispatchSemaphore(value: 0)
        BlockingThread.start("kafka close") {
            remains.destroy()
            ended.signal()
        }
        guard ended.wait(timeout: .now() + Self.closeMax) == .timedOut else { return }
        logger.debug("librdkafka does not end its threads; they are left alone")
    }

    /// The remains of a closed client. Owned by the one thread that destroys it; no other thread
    /// has the pointer any more.
    private struct Remains: @unchecked Sendable {
        let pointer: OpaquePointer
        /// The handle's threads may still tell it something.
        let certificateFault: CertificateFault
        let unanswered: WatermarkQuestion?

        func destroy() {
            unanswered?.waitForEnd()
            withExtendedLifetime(certificateFault) {
                rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            }
        }
    }

    /// The topic's handle, made when it is first asked for and kept until the client is closed.
    func topic(_ name: String) throws(KafkaError) -> OpaquePointer {
        if let topic = topics[name] { return topic }
        guard let topic = rd_kafka_topic_new(pointer, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), "cannot open the topic \(name)")
        }
        topics[name] = topic
        return topic
    }

    /// How many partitions the topic has. Blocks for as long as a request may take.
    ///
    /// Asked of the broker each time; what librdkafka learns by it makes the topic's handle ready.
    func partitionCount(of name: String) throws(KafkaError) -> Int {
        let partitions = try standing(of: name).partitions
        for (number, partition) in partitions.enumerated() where partition.leader == nil {
            throw KafkaError(.unreachable, "partition \(number) of \(name) has no leader")
        }
        return partitions.count
    }

    /// How the topic's partitions stand, as a broker tells it now.
    ///
    /// - Parameter time: How long to wait; `nil`: as long as a request may take.
    func standing(
        of name: String, within time: Duration? = nil
    ) throws(KafkaError) -> TopicStanding {
        let found = try metadata(of: topic(name), name, within: time)
        defer { rd_kafka_metadata_destroy(found) }
        guard found.pointee.topic_cnt == 1, let first = found.pointee.topics?[0] else {
            throw KafkaError(.topicMissing, "the brokers do not know \(name)")
        }
        guard first.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(first.err, "\(name): \(String(cString: rd_kafka_err2str(first.err)))")
        }
        connectionError = nil
        return TopicStanding(first, found.pointee)
    }

    /// The ids of the cluster's brokers, in their order, as one of them tells it now.
    func brokerIDs() throws(KafkaError) -> [Int32] {
        let found = try metadata(of: nil, "the brokers", within: nil)
        defer { rd_kafka_metadata_destroy(found) }
        let brokers = UnsafeBufferPointer(
            start: found.pointee.brokers, count: Int(found.pointee.broker_cnt))
        return brokers.map(\.id).sorted()
    }

    private func metadata(
        of topic: OpaquePointer?, _ what: String, within time: Duration?
    ) throws(KafkaError) -> UnsafePointer<rd_kafka_metadata> {
        var found: UnsafePointer<rd_kafka_metadata>?
        let timeout = time.map { Int32(clamping: $0.milliseconds) } ?? timeoutMilliseconds
        let error = rd_kafka_metadata(pointer, 0, topic, &found, timeout)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let found else {
            let outcome =
                error == RD_KAFKA_RESP_ERR__TIMED_OUT
                ? "timed out" : "failed (\(String(cString: rd_kafka_err2str(error))))"
            throw KafkaError(error, "metadata request for \(what) \(outcome)")
        }
        return found
    }

    /// The first offset held and the one after the last. Blocks for as long as a request may take.
    ///
    /// - Parameter time: How long to wait; `nil`: as long as a request may take.
    func watermarks(
        of name: String, within time: Duration? = nil
    ) throws(KafkaError) -> Range<Int64> {
        if let unanswered {
            // An answer that came late is no answer to this question, but makes room for it.
            guard unanswered.hasEnded else { throw Self.unanswered(name) }
            self.unanswered = nil
        }
        let timeout = time.map { Int32(clamping: $0.milliseconds) } ?? timeoutMilliseconds
        let question = WatermarkQuestion(pointer, topic: name, timeoutMilliseconds: timeout)
        let patience = DispatchTimeInterval.milliseconds(
            Int(timeout) + (time == nil ? 1_000 : 0))
        if let held = try question.answer(within: patience) { return held }
        unanswered = question
        throw Self.unanswered(name)
    }

    private static func unanswered(_ topic: String) -> KafkaError {
        KafkaError(.unreachable, "timed out querying watermarks of \(topic)")
    }

    var timeoutMilliseconds: Int32 { Int32(clamping: options.requestTimeout.milliseconds) }

    /// Adds what the connections reported to the error of a request that got no answer. The owner
    /// takes the events before it calls this.
    func explanation(of error: KafkaError) -> KafkaError {
        guard error.code == .unreachable, let reason = connectionError else { return error }
        if let refusal = CertificateFault.refusal(in: reason.message) {
            guard options.showsCertificate else {
                return KafkaError(.certificateMissing, name: reason.name, error.message)
            }
            return KafkaError(
                .certificateRefused, name: reason.name, "\(error.message): \(refusal)")
        }
        var words = [error.message, reason.message]
        let code: KafkaError.Code =
            CertificateFault.isVerification(reason.message) ? .tlsFailed : reason.code
        if code == .tlsFailed {
            if let fault = certificateFault.reason {
                words[1] = fault
            } else if CertificateFault.isNoTLS(reason.message) {
                words.append("it seems to speak no TLS, so security.protocol may be wrong")
            }
        }
        return KafkaError(code, name: reason.name, words.joined(separator: ": "))
    }

    /// Takes every event that is there, without waiting.
    func takeEvents(_ handle: (Event) -> Void) {
        wakeup.lower()
        while let event = rd_kafka_queue_poll(queue, 0) {
            defer { rd_kafka_event_destroy(event) }
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_DR:
                while let message = rd_kafka_event_message_next(event) {
                    handle(.delivered(message))
                }
            case RD_KAFKA_EVENT_ERROR: handle(.failed(take(errorEvent: event)))
            case RD_KAFKA_EVENT_LOG: log(event)
            case RD_KAFKA_EVENT_STATS:
                statistics = rd_kafka_event_stats(event).flatMap {
                    Statistics(json: String(cString: $0))
                }
            default: break
            }
        }
    }

    /// What ended the handle's work, by the name of its cause; `nil` while it works. Known before
    /// the event that tells it.
    var fatalError: KafkaError? {
        var detail = [CChar](repeating: 0, count: 512)
        let cause = rd_kafka_fatal_error(pointer, &detail, detail.count)
        guard cause != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(
            .fatal, name: String(cString: rd_kafka_err2name(cause)), message(in: detail))
    }

    private func take(errorEvent event: OpaquePointer) -> KafkaError {
        let text = String(cString: rd_kafka_event_error_string(event))
        var error = KafkaError(rd_kafka_event_error(event), text)
        if error.code == .fatal, let fatal = fatalError { error = fatal }
        // That all are down says less than what was said of one of them.
        if error.name != "_ALL_BROKERS_DOWN" || connectionError == nil { connectionError = error }
        return error
    }

    private func log(_ event: OpaquePointer) {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard rd_kafka_event_log(event, &facility, &text, &level) == 0, let facility, let text
        else { return }
        logger.log(
            level: Logger.Level(syslog: level), "librdkafka",
            metadata: [
                "facility": "\(String(cString: facility))", "text": "\(String(cString: text))",
            ])
    }
}

extension Wakeup {
    /// The queue does not own the wake-up: the listener keeps it until ``stopListening(to:)``.
    func listen(to queue: OpaquePointer) {
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, owner in
                guard let owner else { return }
                Unmanaged<Wakeup>.fromOpaque(owner).takeUnretainedValue().raise()
            },
            Unmanaged.passUnretained(self).toOpaque())
    }

    /// No call comes after it: librdkafka makes them under the queue's lock.
    func stopListening(to queue: OpaquePointer) {
        rd_kafka_queue_cb_event_enable(queue, nil, nil)
    }
}

extension Logger.Level {
    /// Libraries stay below `info`: what is wrong reaches the owner as an error.
    fileprivate init(syslog level: Int32) {
        self = level <= 6 ? .debug : .trace
    }
}

/// The text that librdkafka wrote into a buffer, up to its null character.
private func message(in buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
