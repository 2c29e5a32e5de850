import Engine
import Synchronization
import Wire

/// The one door into a node: a bounded queue that many fill and one writer empties.
///
/// Full, it turns clients away and makes the inbox wait; nothing in it is ever dropped but by
/// ``close()``, which fails nobody: what was taken in is still decided.
final class InputQueue<P: WireParticipant>: Sendable {
    private struct Contents {
        var inputs: [Input<P>] = []
        var isClosed = false
        var isWoken = false
        var writer: CheckedContinuation<Void, Never>?
        var waitingForRoom: [CheckedContinuation<Void, Never>] = []
    }

    private let contents = Mutex(Contents())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Nothing more is taken in.
    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// How many inputs wait.
    var count: Int { contents.withLock { $0.inputs.count } }

    /// - Returns: `false` if the queue is full or closed; the input was not taken in.
    func offer(_ input: Input<P>) -> Bool {
        let (isTaken, writer) = contents.withLock { contents in
            guard !contents.isClosed, contents.inputs.count < capacity else {
                return (false, nil as CheckedContinuation<Void, Never>?)
            }
            contents.inputs.append(input)
            return (true, contents.writer.take())
        }
        writer?.resume()
        return isTaken
    }

    /// Takes all of `inputs` in, in order, waiting until there is room for another batch.
    ///
    /// - Returns: `false` if the queue was closed before; nothing was taken in.
    func put(_ inputs: [Input<P>]) async -> Bool {
        while true {
            if let isTaken = tryPut(inputs) { return isTaken }
            await withCheckedContinuation { continuation in
                let goOn = contents.withLock { contents in
                    if contents.isClosed || contents.inputs.count < capacity { return true }
                    contents.waitingForRoom.append(continuation)
                    return false
                }
                if goOn { continuation.resume() }
            }
        }
    }

    /// - Returns: `nil` while there is no room.
    private func tryPut(_ inputs: [Input<P>]) -> Bool? {
        let (isTaken, writer) = contents.withLock {
            contents -> (Bool?, CheckedContinuation<Void, Never>?) in
            if contents.isClosed { return (false, nil) }
            // A whole batch goes in at once: the bound is exceeded by less than one batch.
            guard contents.inputs.count < capacity else { return (nil, nil) }
            contents.inputs.append(contentsOf: inputs)
            return (true, contents.writer.take())
        }
        writer?.resume()
        return isTaken
    }

    /// At most `count` inputs, oldest first, as soon as there are any. Empty after ``wake()``.
    ///
    /// - Returns: `nil` once the queue is closed and empty.
    func take(atMost count: Int) async -> [Input<P>]? {
        while true {
            if let (inputs, isOver) = tryTake(atMost: count) { return isOver ? nil : inputs }
            await withCheckedContinuation { continuation in
                let goOn = contents.withLock { contents in
                    if !contents.inputs.isEmpty || contents.isClosed || contents.isWoken {
                        return true
                    }
                    contents.writer = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        }
    }

    private func tryTake(atMost count: Int) -> (inputs: [Input<P>], isOver: Bool)? {
        let (taken, waiting) = contents.withLock {
            contents -> ((inputs: [Input<P>], isOver: Bool)?, [CheckedContinuation<Void, Never>]) in
            guard !contents.inputs.isEmpty || contents.isWoken else {
                return (contents.isClosed ? ([], true) : nil, [])
            }
            contents.isWoken = false
            let taken: [Input<P>]
            if contents.inputs.count <= count {
                taken = contents.inputs
                contents.inputs = []
            } else {
                taken = Array(contents.inputs.prefix(count))
                contents.inputs.removeFirst(count)
            }
            defer { contents.waitingForRoom = [] }
            return ((taken, false), contents.waitingForRoom)
        }
        for continuation in waiting { continuation.resume() }
        return taken
    }

    /// Makes ``take(atMost:)`` return even without inputs: time has passed.
    func wake() {
        let writer = contents.withLock { contents in
            contents.isWoken = true
            return contents.writer.take()
        }
        writer?.resume()
    }

    /// Nothing more is taken in; what is in the queue can still be taken out.
    func close() {
        let (writer, waiting) = contents.withLock { contents in
            contents.isClosed = true
            defer { contents.waitingForRoom = [] }
            return (contents.writer.take(), contents.waitingForRoom)
        }
        writer?.resume()
        for continuation in waiting { continuation.resume() }
    }
}
