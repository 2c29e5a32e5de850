public import Saga
public import Wire

/// What a record on `transfers.<node>` says: something about a step, or about histories.
public enum PeerMessage: Hashable, Sendable {
    case step(Message)
    case witness(Witness)

    /// The sender as the record names it: authentic only once its code was checked.
    public var sender: NodeName {
        switch self {
        case .step(let message): message.sender
        case .witness(let witness): witness.sender
        }
    }

    /// The receiver as the record names it, which may be another node than the reader.
    public var receiver: NodeName {
        switch self {
        case .step(let message): message.receiver
        case .witness(let witness): witness.receiver
        }
    }

    /// - Throws: As `Message.init(wire:)`.
    public init(wire bytes: [UInt8]) throws(WireError) {
        let wire = try Giro_Transfers_V1_Message(wire: bytes)
        self = wire.kind == .witness ? .witness(try Witness(wire)) : .step(try Message(wire))
    }
}

extension Witness {
    /// The value of a record on `transfers.<receiver>`.
    public func encoded() -> [UInt8] {
        var wire = Giro_Transfers_V1_Message()
        wire.kind = .witness
        wire.sender = sender.text
        wire.receiver = receiver.text
        wire.newest = newest.wire
        if let echo { wire.echo = echo.wire }
        return wire.wireBytes()
    }

    fileprivate init(_ wire: Giro_Transfers_V1_Message) throws(WireError) {
        guard wire.hasNewest else { throw WireError("a witness names no header") }
        self.init(
            from: try NodeName(wire: wire.sender, "a witness's sender"),
            to: try NodeName(wire: wire.receiver, "a witness's receiver"),
            newest: try SignedHeader(header: wire.newest.header, wire.newest.signature),
            echo: wire.hasEcho
                ? try SignedHeader(header: wire.echo.header, wire.echo.signature) : nil)
    }
}
