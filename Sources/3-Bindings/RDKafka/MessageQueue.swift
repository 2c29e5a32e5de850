import CLibrdkafka

/// Where a consumer's messages arrive. Belongs to the consumer, and is used on its thread only.
final class MessageQueue {
    private let pointer: OpaquePointer
    private let wakeup: Wakeup

    /// - Parameter wake: Called on any thread when there are messages.
    init(of client: Client, wake: @escaping @Sendable () -> Void) {
        pointer = rd_kafka_queue_new(client.pointer)
        wakeup = Wakeup(wake)
        wakeup.listen(to: pointer)
    }

    func start(_ topic: OpaquePointer, at offset: Int64) throws(KafkaError) {
        guard rd_kafka_consume_start_queue(topic, 0, offset, pointer) == 0 else {
            throw KafkaError(rd_kafka_last_error(), "cannot read at offset \(offset)")
        }
    }

    /// Hands over what is there, messages and errors, without waiting.
    ///
    /// - Throws: librdkafka cannot tell what is there; for that no wake-up comes.
    func take(
        atMost messagesMax: Int, _ handle: (UnsafeMutablePointer<rd_kafka_message_t>) -> Void
    ) throws(KafkaError) {
        wakeup.lower()
        var left = messagesMax
        while left > 0 {
            let room = min(left, 1_000)
            let found = withUnsafeTemporaryAllocation(
                of: UnsafeMutablePointer<rd_kafka_message_t>?.self, capacity: room
            ) { messages in
                let count = rd_kafka_consume_batch_queue(
                    pointer, 0, messages.baseAddress, room)
                for message in messages.prefix(max(count, 0)) {
                    guard let message else { continue }
                    handle(message)
                    rd_kafka_message_destroy(message)
                }
                return count
            }
            guard found >= 0 else {
                throw KafkaError(rd_kafka_last_error(), "rd_kafka_consume_batch_queue failed")
            }
            guard found == room else { return }
            left -= found
        }
        // There may be more, for which no wake-up comes, since the queue was not empty.
        wakeup.raise()
    }

    func close() {
        wakeup.stopListening(to: pointer)
        rd_kafka_queue_destroy(pointer)
    }
}

extension FetchedMessage {
    init(_ found: UnsafeMutablePointer<rd_kafka_message_t>) {
        offset = found.pointee.offset
        message = KafkaMessage(
            key: bytes(found.pointee.key, found.pointee.key_len), headers: Self.headers(of: found),
            value: bytes(found.pointee.payload, found.pointee.len))
    }

    private static func headers(
        of found: UnsafeMutablePointer<rd_kafka_message_t>
    ) -> [KafkaMessage.Header] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(found, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
            return []
        }
        return (0..<rd_kafka_header_cnt(list)).compactMap { index in
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard
                rd_kafka_header_get_all(list, index, &name, &value, &size)
                    == RD_KAFKA_RESP_ERR_NO_ERROR, let name
            else { return nil }
            return KafkaMessage.Header(name: String(cString: name), value: bytes(value, size))
        }
    }
}

/// A copy; `nil` for a null pointer.
private func bytes(_ pointer: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
    pointer.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
}
