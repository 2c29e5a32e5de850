public import Saga

extension Message {
    /// The most bytes of content a message carries, so that the entry that keeps it, with what
    /// the step did, stays below what a log takes.
    public static var contentBytesMax: Int { 64 * 1024 }

    /// What errors call a record on `transfers.<from>.<to>`, whatever it is about.
    package static var wireName: String { "giro.transfers.v1.Message" }

    /// The value of a record on `transfers.<from>.<to>`.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: content.count + 256)
        writer.write(kind.wire, 1)
        writer.write(sender.text, 2)
        writer.write(receiver.text, 3)
        writer.write(step.saga.command.bytes, 4)
        writer.write(step.wireNumber, 5)
        writer.write(step.saga.contentHash.bytes, 6)
        writer.write(content, 7)
        writer.write(refusal?.code ?? "", 8)
        if let deadline { writer.writePresent(deadline.milliseconds, 11) }
        return writer.bytes
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
        var reader = MessageReader(bytes, Self.wireName)
        let kind = try reader.unsigned(1)
        try self.init(from: &reader, kind: kind)
    }

    /// Reads all that stands behind field 1, the record's end included.
    ///
    /// - Parameter kind: What field 1 says.
    /// - Throws: As ``init(wire:)``.
    package init(from reader: inout MessageReader, kind number: UInt64) throws(WireError) {
        let kind = try Kind(wire: number)
        let sender = try NodeName(wire: reader.string(2), "a message's sender")
        let receiver = try NodeName(wire: reader.string(3), "a message's receiver")
        let command = try CommandID(wire: reader.bytes(4), "a message's saga")
        let number = try StepID.number(wire: reader.unsigned(5), "a message's step")
        let contentHash = try Hash(wire: reader.bytes(6), "a message's content hash")
        let step = StepID(saga: SagaID(command, contentHash: contentHash), number: number)
        let content = try reader.bytes(7)
        guard content.isEmpty != kind.travelsForward else {
            throw WireError(
                kind.travelsForward
                    ? "a message that travels forward has no content"
                    : "a message that travels back has a content")
        }
        guard content.count <= Self.contentBytesMax else {
            throw WireError("a content is longer than \(Self.contentBytesMax) bytes")
        }
        let code = try reader.string(8)
        // Fields 9 and 10 are a witness's, and of no meaning here.
        let deadline = try reader.signedIfAny(11)
        guard (deadline != nil) == kind.travelsForward else {
            throw WireError(
                kind.travelsForward
                    ? "a message that travels forward has no deadline"
                    : "a message that travels back has a deadline")
        }
        _ = try reader.skipNewer(than: 11)
        self.init(
            kind, from: sender, to: receiver, step: step, content: content,
            deadline: deadline.map { Timestamp(milliseconds: $0) },
            refusal: kind == .cancel ? Refusal(code: code) ?? .unspecified : nil)
    }
}

extension Message.Kind {
    /// The numbers of `Message.Kind` (transfers.proto), without a witness's.
    fileprivate init(wire kind: UInt64) throws(WireError) {
        switch kind {
        case 1: self = .reserve
        case 2: self = .abandon
        case 3: self = .confirm
        case 4: self = .cancel
        default: throw WireError("a message is of no known kind")
        }
    }

    fileprivate var wire: UInt64 {
        switch self {
        case .reserve: 1
        case .abandon: 2
        case .confirm: 3
        case .cancel: 4
        }
    }
}
