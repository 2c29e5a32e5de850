public import Saga

extension Message {
    /// The most bytes of content a message carries, so that the entry that keeps it, with what
    /// the step did, stays below what a log takes.
    public static var contentBytesMax: Int { 64 * 1024 }

    /// The value of a record on `transfers.<receiver>`.
    public func encoded() -> [UInt8] {
        var wire = Giro_Transfers_V1_Message()
        wire.kind = kind.wire
        wire.sender = sender.text
        wire.receiver = receiver.text
        wire.saga = step.saga.wire
        wire.step = step.wireNumber
        wire.contentHash = contentHash.wire
        wire.content = .init(wire: content)
        wire.refusal = refusal?.code ?? ""
        return wire.wireBytes()
    }

    /// Reads what a peer sent, as strictly as the protocol needs it.
    ///
    /// A newer peer may add fields to a message, and reasons to cancel: the fields are ignored,
    /// such a reason is `unspecified`. Its content is another matter: see ``Content``.
    /// A cancel always says why, the other three never do.
    ///
    /// - Throws: It is no message, and is not acted upon. Whether it tells the truth (its code,
    ///   its hash, its place in the itinerary) is not judged here.
    public init(wire bytes: [UInt8]) throws(WireError) {
        try self.init(Giro_Transfers_V1_Message(wire: bytes))
    }

    /// - Throws: As ``init(wire:)``.
    package init(_ wire: Giro_Transfers_V1_Message) throws(WireError) {
        let kind = try Kind(wire: wire.kind)
        guard wire.content.isEmpty != kind.travelsForward else {
            throw WireError(
                kind.travelsForward
                    ? "a message that travels forward has no content"
                    : "a message that travels back has a content")
        }
        guard wire.content.count <= Self.contentBytesMax else {
            throw WireError("a content is longer than \(Self.contentBytesMax) bytes")
        }
        self.init(
            kind, from: try NodeName(wire: wire.sender, "a message's sender"),
            to: try NodeName(wire: wire.receiver, "a message's receiver"),
            step: try StepID(wire: wire.saga, wire.step, "a message's step"),
            contentHash: try Hash(wire: wire.contentHash, "a message's content hash"),
            content: wire.content.byteArray,
            refusal: kind == .cancel ? Refusal(code: wire.refusal) ?? .unspecified : nil)
    }
}

extension Message.Kind {
    fileprivate init(wire kind: Giro_Transfers_V1_Message.Kind) throws(WireError) {
        switch kind {
        case .reserve: self = .reserve
        case .abandon: self = .abandon
        case .confirm: self = .confirm
        case .cancel: self = .cancel
        case .unspecified, .witness, .UNRECOGNIZED: throw WireError("a message is of no known kind")
        }
    }

    fileprivate var wire: Giro_Transfers_V1_Message.Kind {
        switch self {
        case .reserve: .reserve
        case .abandon: .abandon
        case .confirm: .confirm
        case .cancel: .cancel
        }
    }
}
