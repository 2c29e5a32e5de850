import DequeModule

/// The bound on what a producer has on its way, and the line of those who wait for room.
struct Room {
    private struct Waiter {
        let messages: Int
        let bytes: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private let messagesMax: Int
    private let bytesMax: Int
    private var messages = 0
    private var bytes = 0
    /// First come, first served: small batches cannot starve a large one.
    private var waiters: Deque<Waiter> = []
    private var isLeft = false

    init(messagesMax: Int, bytesMax: Int) {
        self.messagesMax = messagesMax
        self.bytesMax = bytesMax
    }

    /// The longest beginning that fits into an empty room; one message always does.
    func prefix(of batch: ArraySlice<KafkaMessage>) -> ArraySlice<KafkaMessage> {
        var bytes = 0
        let end = batch.prefix(messagesMax).firstIndex { message in
            bytes += message.bytes
            return bytes > bytesMax
        }
        guard let end else { return batch.prefix(messagesMax) }
        return batch[batch.startIndex..<max(end, batch.startIndex + 1)]
    }

    /// - Returns: `false` if there is no room now, or others wait for it.
    mutating func take(messages: Int, bytes: Int) -> Bool {
        guard isLeft || (waiters.isEmpty && fits(messages, bytes)) else { return false }
        self.messages += messages
        self.bytes += bytes
        return true
    }

    mutating func wait(
        messages: Int, bytes: Int, _ continuation: CheckedContinuation<Void, Never>
    ) {
        waiters.append(Waiter(messages: messages, bytes: bytes, continuation: continuation))
    }

    /// - Returns: Those who have room now, and have taken it.
    mutating func giveBack(messages: Int, bytes: Int) -> [CheckedContinuation<Void, Never>] {
        self.messages -= messages
        self.bytes -= bytes
        var served: [CheckedContinuation<Void, Never>] = []
        while let first = waiters.first, fits(first.messages, first.bytes) {
            self.messages += first.messages
            self.bytes += first.bytes
            served.append(waiters.removeFirst().continuation)
        }
        return served
    }

    /// Gives all waiters their room; from now on no sender waits.
    ///
    /// - Returns: Those who waited, and now have their room.
    mutating func leave() -> [CheckedContinuation<Void, Never>] {
        isLeft = true
        defer { waiters = [] }
        for waiter in waiters {
            messages += waiter.messages
            bytes += waiter.bytes
        }
        return waiters.map(\.continuation)
    }

    private func fits(_ messages: Int, _ bytes: Int) -> Bool {
        self.messages == 0
            || (self.messages + messages <= messagesMax && self.bytes + bytes <= bytesMax)
    }
}
