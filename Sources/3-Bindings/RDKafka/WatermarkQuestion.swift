import BlockingIO
import CLibrdkafka
import Dispatch
import Synchronization

/// Queries a topic's watermarks, on a dedicated thread.
///
/// librdkafka 2.0.2 does not keep the time it is given there (its issue 2588, fixed in 2.3.0):
/// while the broker cannot be reached it waits on, and where that comes back without the topic it
/// may never answer. The caller continues without it.
///
/// `pointer` is not destroyed before ``waitForEnd()`` has returned, and librdkafka takes questions
/// on any thread.
final class WatermarkQuestion: @unchecked Sendable {
    private typealias Answer = Result<Range<Int64>, KafkaError>

    private let pointer: OpaquePointer
    private let topic: String
    private let answer = Mutex<Answer?>(nil)
    private let ended = DispatchGroup()

    /// Asks at once.
    init(_ pointer: OpaquePointer, topic: String, timeoutMilliseconds: Int32) {
        self.pointer = pointer
        self.topic = topic
        ended.enter()
        BlockingThread.start("kafka question") { [self] in
            let found = ask(timeoutMilliseconds)
            answer.withLock { $0 = found }
            ended.leave()
        }
    }

    /// The first offset held and the one after the last.
    ///
    /// - Returns: `nil`: no answer came within `time`.
    func answer(within time: DispatchTimeInterval) throws(KafkaError) -> Range<Int64>? {
        guard ended.wait(timeout: .now() + time) == .success else { return nil }
        return try answer.withLock { $0 }?.get()
    }

    /// Whether librdkafka is done with it.
    var hasEnded: Bool { ended.wait(timeout: .now()) == .success }

    /// Returns when librdkafka is done with it, which may be never.
    func waitForEnd() { ended.wait() }

    private func ask(_ timeoutMilliseconds: Int32) -> Answer {
        var low: Int64 = 0
        var high: Int64 = 0
        let error = rd_kafka_query_watermark_offsets(
            pointer, topic, 0, &low, &high, timeoutMilliseconds)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .failure(KafkaError(error, "querying the watermarks of \(topic) failed"))
        }
        return .success(low..<max(low, high))
    }
}
