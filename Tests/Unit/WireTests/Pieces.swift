import Saga
import Wire

/// The well-written parts of an entry about a step, and pieces to write them otherwise.
enum Pieces {
    static let hash = Samples.hash.bytes

    // The fields of a `StepShown`.
    static let number = Protobuf.field(1, UInt64(1))
    static let reserved = state(2)
    static let declined = Protobuf.field(3, "declined")
    static let deadline = Protobuf.field(4, UInt64(77))
    static let ownHash = Protobuf.field(5, hash)
    static let repeated = Protobuf.field(6, UInt64(1))

    static func state(_ state: UInt64) -> [UInt8] { Protobuf.field(2, state) }

    // The fields of a `Shown`.
    static let peer = Protobuf.field(1, "bank-b")
    static let numberForPeer = Protobuf.field(2, UInt64(9))
    static let to = peer + numberForPeer
    static let what = Protobuf.field(3, number + reserved + ownHash)
    static let hashBeside = Protobuf.field(8, hash)

    static let plainShown = to + what
    /// Nothing else of what is kept has to be there.
    static let plainKept = kept(Protobuf.field(2, "bank-b"))

    /// The part that is shown, about a step with these fields.
    static func shown(_ fields: [UInt8]...) -> [UInt8] {
        to + Protobuf.field(3, Array(fields.joined()))
    }

    /// The part that is kept, with these fields of a `StepKept`.
    static func kept(_ fields: [UInt8]...) -> [UInt8] {
        Protobuf.field(1, Array(fields.joined()))
    }

    static func decode(_ parts: EntryParts) throws(WireError) -> Samples.Entry {
        try Event.decode(parts, saga: Samples.command, for: Everything.self)
    }
}
