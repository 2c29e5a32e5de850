import Chain
import DequeModule
import Engine
import Links
import Saga
import Synchronization
import Wire

/// The one door into a node: a bounded queue that many fill and one writer empties.
///
/// Full, it turns clients away. A peer has a share of it besides, and waits where that is used up:
/// so no peer keeps clients or another peer out. It never drops an input, and ``close()`` fails
/// none: what was accepted before is still decided. Paused, it gives out only inputs that read,
/// refuses commands, and keeps everything else.
final class InputQueue<P: WireParticipant>: Sendable {
    private struct Contents {
        private(set) var inputs: Deque<Input<P>> = []
        /// Of `inputs`.
        private(set) var bytes = 0
        /// Of `inputs`, what came from each peer, and from all of them.
        private var shares: [NodeName: Capacity] = [:]
        private var ofPeers = Capacity(inputs: 0, bytes: 0)
        var isClosed = false
        var isPaused = false
        var isWoken = false
        var isFull = false
        var writer: CheckedContinuation<Void, Never>?
        var waitingForRoom: [CheckedContinuation<Void, Never>] = []

        /// Whether the writer would get anything now.
        var hasWork: Bool {
            if isClosed || isWoken { return true }
            return isPaused ? inputs.contains(where: \.isRead) : !inputs.isEmpty
        }

        func refusal(of input: Input<P>, _ capacity: Capacity) -> NodeError.Code? {
            if isClosed { return .stopping }
            if isPaused, !input.isRead { return .clockNotTrusted }
            // What waits here for the clock must not keep reads out.
            return hasRoom(in: isPaused ? capacity * 2 : capacity) ? nil : .busy
        }

        func hasRoom(in capacity: Capacity) -> Bool {
            let used = ofClients
            return used.inputs < capacity.inputs && used.bytes < capacity.bytes
        }

        /// Of `inputs`, what came from no peer.
        var ofClients: Capacity {
            Capacity(inputs: inputs.count - ofPeers.inputs, bytes: bytes - ofPeers.bytes)
        }

        /// Whether a peer's share has room for one more: always, where nothing of it waits.
        func hasRoom(in share: Capacity, of peer: NodeName, for input: Input<P>) -> Bool {
            guard let used = shares[peer] else { return true }
            return used.inputs < share.inputs && used.bytes + input.byteCount <= share.bytes
        }

        mutating func append(_ more: some Collection<Input<P>>) {
            inputs.append(contentsOf: more)
            tally(more, +1)
        }

        mutating func prepend(_ former: some Collection<Input<P>>) {
            inputs.prepend(contentsOf: former)
            tally(former, +1)
        }

        /// - Parameter sign: +1 where they came, -1 where they went.
        private mutating func tally(_ changed: some Collection<Input<P>>, _ sign: Int) {
            for input in changed {
                let byteCount = sign * input.byteCount
                bytes += byteCount
                guard let peer = input.peer else { continue }
                var used = shares[peer] ?? Capacity(inputs: 0, bytes: 0)
                used.inputs += sign
                used.bytes += byteCount
                ofPeers.inputs += sign
                ofPeers.bytes += byteCount
                shares[peer] = used.inputs > 0 ? used : nil
            }
        }

        /// One input at least, if there is any.
        mutating func take(atMost count: Int, bytesMax: Int) -> [Input<P>] {
            var left = bytesMax
            let more = inputs.dropFirst().prefix(max(count - 1, 0)).prefix { input in
                left -= input.byteCount
                return left >= 0
            }
            let taken = Array(inputs.prefix(more.count + 1))
            inputs.removeFirst(taken.count)
            tally(taken, -1)
            return taken
        }

        /// Takes reads only: no client has an answer to an input that is left undecided when the
        /// queue is closed while it is paused.
        mutating func takeReads(atMost count: Int) -> (inputs: [Input<P>], isOver: Bool)? {
            let reads = Array(inputs.filter(\.isRead).prefix(count))
            guard !reads.isEmpty || isWoken || isClosed else { return nil }
            isWoken = false
            if reads.isEmpty { return ([], isClosed) }
            var left = reads.count
            inputs.removeAll { input in
                guard left > 0, input.isRead else { return false }
                left -= 1
                return true
            }
            tally(reads, -1)
            return (reads, false)
        }
    }

    /// How much waits before the queue is full: inputs, and the bytes that they take.
    struct Capacity {
        var inputs: Int
        var bytes: Int

        static func * (capacity: Capacity, factor: Int) -> Capacity {
            Capacity(inputs: capacity.inputs * factor, bytes: capacity.bytes * factor)
        }
    }

    private let contents = Mutex(Contents())
    private let capacity: Capacity
    private let share: Capacity
    private let noteFull: @Sendable (Bool) -> Void

    /// - Parameters:
    ///   - capacity: What waits, of what is no peer's, before clients are refused.
    ///   - peers: How many there are: half as much again is for them, in equal shares.
    ///   - noteFull: Called, while the queue is locked, where an input had to be refused, and where
    ///     half the room is free again.
    init(
        capacity: Capacity, peers: Int = 1, noteFull: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.capacity = capacity
        let parts = 2 * max(1, peers)
        share = Capacity(
            inputs: max(1, capacity.inputs / parts), bytes: max(1, capacity.bytes / parts))
        self.noteFull = noteFull
    }

    /// Nothing more is taken in.
    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// How many inputs wait.
    var count: Int { contents.withLock { $0.inputs.count } }

    /// - Throws: ``NodeError``: the input was not taken in.
    func offer(_ input: Input<P>) throws(NodeError) {
        let (refusal, writer) = contents.withLock {
            contents -> (NodeError.Code?, CheckedContinuation<Void, Never>?) in
            if let refusal = contents.refusal(of: input, capacity) {
                if refusal == .busy { note(isFull: true, &contents) }
                return (refusal, nil)
            }
            contents.append(CollectionOfOne(input))
            return (nil, contents.writer.take())
        }
        writer?.resume()
        if let refusal { throw NodeError(refusal) }
    }

    /// Gives out nothing but reads until ``resume()``. What waits keeps its order.
    func pause() { contents.withLock { $0.isPaused = true } }

    func resume() { contents.withLock { $0.isPaused = false } }

    /// Puts back what was taken out last and not decided, before everything else.
    func putBack(_ inputs: some Collection<Input<P>>) {
        guard !inputs.isEmpty else { return }
        contents.withLock { $0.prepend(inputs) }
    }

    /// The last excerpt of each peer that waits.
    func newestExcerpts() -> [NodeName: Excerpt] {
        contents.withLock { contents in
            var newest: [NodeName: Excerpt] = [:]
            for case .deliver(let delivery) in contents.inputs {
                guard let excerpt = delivery.excerpt,
                    excerpt.newest.header.node == delivery.peer
                else { continue }
                newest[delivery.peer] = excerpt
            }
            return newest
        }
    }

    /// Takes all of `inputs` in, in order, as the peer's share has room for them; waits meanwhile.
    ///
    /// - Returns: `false` if the queue was closed before all of them were taken in.
    func put(_ inputs: [Input<P>], from peer: NodeName) async -> Bool {
        var rest = inputs[...]
        while true {
            let (isOpen, writer) = contents.withLock {
                contents -> (Bool, CheckedContinuation<Void, Never>?) in
                if contents.isClosed { return (false, nil) }
                let count = takeFitting(of: &rest, from: peer, into: &contents)
                return (true, count > 0 ? contents.writer.take() : nil)
            }
            writer?.resume()
            guard isOpen else { return false }
            guard let next = rest.first else { return true }
            await withCheckedContinuation { continuation in
                let goOn = contents.withLock { contents in
                    if contents.isClosed || contents.hasRoom(in: share, of: peer, for: next) {
                        return true
                    }
                    contents.waitingForRoom.append(continuation)
                    return false
                }
                if goOn { continuation.resume() }
            }
        }
    }

    /// - Returns: How many had room.
    private func takeFitting(
        of rest: inout ArraySlice<Input<P>>, from peer: NodeName, into contents: inout Contents
    ) -> Int {
        var count = 0
        while let next = rest.first, contents.hasRoom(in: share, of: peer, for: next) {
            contents.append(CollectionOfOne(next))
            rest.removeFirst()
            count += 1
        }
        return count
    }

    /// What is taken at once, in bytes: more than fits into a commit is only put back.
    private static var takenBytesMax: Int { 1 << 20 }

    /// At most `count` inputs, oldest first, as soon as there are any; fewer where they are large.
    /// Empty after ``wake()``.
    ///
    /// - Returns: `nil` once the queue is closed and empty.
    func take(atMost count: Int) async -> [Input<P>]? {
        while true {
            if let (inputs, isOver) = tryTake(atMost: count) { return isOver ? nil : inputs }
            await withCheckedContinuation { continuation in
                let goOn = contents.withLock { contents in
                    if contents.hasWork { return true }
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
            if contents.isPaused { return (contents.takeReads(atMost: count), []) }
            guard !contents.inputs.isEmpty || contents.isWoken else {
                return (contents.isClosed ? ([], true) : nil, [])
            }
            contents.isWoken = false
            let taken = contents.take(atMost: count, bytesMax: Self.takenBytesMax)
            let used = contents.ofClients
            if used.inputs <= capacity.inputs / 2, used.bytes <= capacity.bytes / 2 {
                note(isFull: false, &contents)
            }
            defer { contents.waitingForRoom = [] }
            return ((taken, false), contents.waitingForRoom)
        }
        for continuation in waiting { continuation.resume() }
        return taken
    }

    private func note(isFull: Bool, _ contents: inout Contents) {
        guard contents.isFull != isFull else { return }
        contents.isFull = isFull
        noteFull(isFull)
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

extension Input {
    /// Whether it only looks.
    var isRead: Bool { if case .read = self { true } else { false } }

    /// The peer whose topic it was read from, if it was.
    fileprivate var peer: NodeName? {
        if case .deliver(let delivery) = self { delivery.peer } else { nil }
    }
}
