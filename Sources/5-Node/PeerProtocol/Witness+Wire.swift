public import Saga
public import Wire

/// What a record on `transfers.<from>.<to>` says: something about a step, or about histories.
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
        var reader = MessageReader(bytes, Message.wireName)
        let kind = try reader.unsigned(1)
        if kind == Witness.kind {
            self = .witness(try Witness(from: &reader))
        } else {
            self = .step(try Message(from: &reader, kind: kind))
        }
    }
}

extension Witness {
    /// The number of `KIND_WITNESS`.
    fileprivate static let kind: UInt64 = 5

    /// The value of a record on `transfers.<from>.<to>`.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 1_024)
        writer.write(Self.kind, 1)
        writer.write(sender.text, 2)
        writer.write(receiver.text, 3)
        writer.write(9) { newest.write(to: &$0) }
        if let echo { writer.write(10) { echo.write(to: &$0) } }
        return writer.bytes
    }

    /// Reads what stands behind the kind. A witness names no saga: the fields of one are unknown
    /// here.
    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        let sender = try NodeName(wire: reader.string(2), "a witness's sender")
        let receiver = try NodeName(wire: reader.string(3), "a witness's receiver")
        guard let newest = try Self.header(9, &reader) else {
            throw WireError("a witness names no header")
        }
        let echo = try Self.header(10, &reader)
        _ = try reader.skipNewer(than: 10)
        self.init(from: sender, to: receiver, newest: newest, echo: echo)
    }

    private static func header(
        _ field: Int, _ reader: inout MessageReader
    ) throws(WireError) -> SignedHeader? {
        guard var message = try reader.message(field, "giro.transfers.v1.SignedHeader") else {
            return nil
        }
        let header = try SignedHeader(from: &message)
        _ = try message.skipNewer(than: 2)
        return header
    }
}
