public import Saga

/// What a node remembers of one UUID, permanently: what its own client did under it, and the sagas
/// that have it.
///
/// Mostly that is one. Peers can use a UUID for other contents: these are other sagas, and the
/// client's command is not touched by them.
public struct CommandRecord: Hashable, Sendable {
    /// The command of a client of this node; `nil` where only peers have used the UUID.
    public internal(set) var command: Command?
    /// The saga that was heard of first. There are no others where there is none.
    private var first: SagaRecord?
    /// The others, by the hash of their content.
    private var others: [Hash: SagaRecord] = [:]

    /// A client's command, which its UUID belongs to.
    public struct Command: Hashable, Sendable {
        /// SHA-256 of what the client sent.
        public let fingerprint: Hash
        /// The content of the saga that it began; `nil` for an operation.
        public let begun: Hash?
        /// Why the operation was refused; of a saga its first step says that.
        public let operationRefusal: Refusal?

        init(fingerprint: Hash, begun: Hash? = nil, operationRefusal: Refusal? = nil) {
            self.fingerprint = fingerprint
            self.begun = begun
            self.operationRefusal = operationRefusal
        }
    }

    /// The sagas under the UUID: the one that was heard of first, then the others by their hashes.
    /// Where that one was forgotten after a loss, the first of the others takes its place.
    public var sagas: [SagaRecord] { sagas(max: .max) }

    /// How many ``sagas`` there are.
    public var sagaCount: Int { (first == nil ? 0 : 1) + others.count }

    /// As ``sagas``; where there are more than `max`, any of the others.
    ///
    /// - Complexity: Looks at `max` of them: a peer can bring any number under one UUID.
    func sagas(max: Int) -> [SagaRecord] {
        let others = others.values.prefix(max - 1).sorted { $0.contentHash < $1.contentHash }
        return [first].compactMap(\.self) + others
    }

    subscript(content: Hash) -> SagaRecord? {
        get { first?.contentHash == content ? first : others[content] }
        set {
            if first == nil || first?.contentHash == content {
                first = newValue
            } else {
                others[content] = newValue
            }
            if first == nil, let next = others.keys.min() {
                first = others.removeValue(forKey: next)
            }
        }
    }

    var isEmpty: Bool { command == nil && first == nil }
}

/// What a node remembers of one saga, permanently.
public struct SagaRecord: Hashable, Sendable {
    /// SHA-256 of the content: with the UUID it names the saga.
    public let contentHash: Hash
    /// While a step is open: what a late yes, a repetition and timers need.
    public internal(set) var open: OpenContent?
    /// This node's steps, in the order of first hearing; hardly ever more than one.
    public internal(set) var steps: [StepRecord] = []

    init(contentHash: Hash) {
        self.contentHash = contentHash
    }

    /// The content of a saga with an open step, dropped once all steps are closed.
    public struct OpenContent: Hashable, Sendable {
        /// The content as its origin encoded it.
        public let bytes: [UInt8]
        /// The time after which the next node begins nothing of the saga any more.
        public internal(set) var deadline: Timestamp
        /// The client that began the saga here, whose share it takes room of; `nil` where none did.
        public internal(set) var principal: Principal?
    }

    /// This node's step `number`; `nil` where it has none or never heard of it.
    public func step(_ number: Int) -> StepRecord? {
        steps.first { $0.number == number }
    }

    var isOpen: Bool { steps.contains(where: \.isOpen) }
}

/// How one of this node's steps stands.
public struct StepRecord: Hashable, Sendable {
    /// The step's place in the itinerary, from 0.
    public let number: Int
    /// The newest state, as the log has it.
    public internal(set) var state: StepState
    /// Why, once it is cancelled.
    public internal(set) var refusal: Refusal?
    /// The owner of the step before; `nil` for the origin's.
    public let previous: NodeName?
    /// The owner of the step after; `nil` for the last.
    public let next: NodeName?
    /// The client, or the step before, has asked for the saga to be given up, and this is recorded.
    public internal(set) var isAbandonRequested = false
    /// It held something at some time: a cancelled step was released, not refused.
    public internal(set) var wasReserved: Bool
    /// The late answer to a step that was `deciding`; `nil` for one that has none, which a step
    /// that never was `deciding` never gets. What the steps after it do leaves it as it is.
    public internal(set) var wasApproved: Bool?

    var isOpen: Bool { !state.isTerminal }
}
