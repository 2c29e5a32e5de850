import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

@Suite("What an entry keeps is refused")
struct MalformedKeptTests {
    private static let hash = Pieces.hash
    private static let next = Protobuf.field(2, "bank-b")
    private static let ada = Protobuf.field(4, "unix:ada")
    private static let fact = Protobuf.field(3, Everything.encode(Samples.operationFacts[0]))

    private static func principal(_ number: UInt64) -> [UInt8] {
        Protobuf.field(number, "unix:ada")
    }

    /// A `Quarantined` with these fields.
    private static func quarantined(_ fields: [UInt8]...) -> [UInt8] {
        Protobuf.field(6, Array(fields.joined()))
    }

    private static let cause = Protobuf.field(1, "unreadable")
    private static let peer = Protobuf.field(2, "bank-b")
    private static let number = Protobuf.field(3, UInt64(41))

    @Test("but not the same of an entry in quarantine, well written")
    func wellWrittenQuarantine() throws {
        let parts = EntryParts(kept: Self.quarantined(Self.cause, Self.peer, Self.number))
        #expect(
            try Event.decode(parts, saga: nil, for: Everything.self)
                == .quarantined(
                    .init(cause: .unreadable, peer: Samples.bankB, number: 41, shown: [])))
    }

    @Test("but not the same of a step, well written")
    func wellWritten() throws {
        let parts = EntryParts(
            shown: Pieces.plainShown,
            kept: Pieces.kept(
                Protobuf.field(1, "bank-a"), Protobuf.field(2, "bank-b"),
                Protobuf.field(3, Self.hash), Self.ada))
        #expect(
            try Pieces.decode(parts)
                == .stepDecided(
                    StepDecided(
                        step: Samples.namesakeStep, state: .reserved, previous: Samples.bankA,
                        next: Samples.bankB, fingerprint: Samples.hash,
                        principal: Principal("unix:ada"))))
    }

    @Test(
        "of a step",
        arguments: [
            Malformed("a wrong name", Pieces.kept(Protobuf.field(1, "A"), next)),
            Malformed("no next name", Pieces.kept(Protobuf.field(2, "-"))),
            Malformed("a short fingerprint", Pieces.kept(next, Protobuf.field(3, [1]), ada)),
            Malformed(
                "a client's step of no principal", Pieces.kept(next, Protobuf.field(3, hash))),
            Malformed(
                "a client's step of a principal with a space",
                Pieces.kept(next, Protobuf.field(3, hash), Protobuf.field(4, "unix ada"))),
            Malformed("an empty fact", Pieces.kept(next, Protobuf.field(5, []))),
            Malformed("a fact of no participant", Pieces.kept(next, Protobuf.field(6, [2]))),
            Malformed("another addressee", Pieces.kept(Protobuf.field(2, "shop"))),
            Malformed("no addressee", Pieces.kept()),
            Malformed("unknown in the step", Pieces.kept(next, Protobuf.unknown)),
            Malformed("unknown behind it", Pieces.plainKept + Protobuf.unknown),
            Malformed("two steps", Pieces.plainKept + Pieces.plainKept),
            Malformed(
                "what is shown, as when all stood in one part",
                Pieces.kept(Pieces.number, Pieces.reserved, Protobuf.field(6, hash))),
            Malformed("nothing", []),
            Malformed("no protobuf", [0xff]),
        ])
    func ofStep(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Pieces.decode(EntryParts(shown: Pieces.plainShown, kept: malformed.bytes))
        }
    }

    @Test(
        "under a saga",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("an event of the node's own", Protobuf.field(8, [])),
            Malformed("an event of a newer version", Protobuf.field(20, [])),
            Malformed("a step that is not shown", Pieces.plainKept),
            Malformed("an operation without anything", Protobuf.field(2, [])),
            Malformed(
                "an operation without fact",
                Protobuf.field(2, Protobuf.field(1, hash) + principal(4))),
            Malformed(
                "an operation without principal",
                Protobuf.field(2, Protobuf.field(1, hash) + fact)),
            Malformed(
                "an operation refused for a newer reason",
                Protobuf.field(
                    2, Protobuf.field(1, hash) + Protobuf.field(2, "new") + principal(4))),
            Malformed(
                "an operation refused and applied",
                Protobuf.field(
                    2,
                    Protobuf.field(1, hash) + Protobuf.field(2, "stock.soldOut")
                        + fact + principal(4))),
            Malformed("unknown in an operation", Protobuf.field(2, Protobuf.unknown)),
            Malformed("an abandon request that is not shown", Protobuf.field(3, principal(1))),
            Malformed("a repetition that is not shown", Protobuf.field(5, [])),
            Malformed("a step forgotten that is not shown", Protobuf.field(19, [])),
            Malformed("an advance", Protobuf.field(4, [])),
        ])
    func underSaga(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Pieces.decode(EntryParts(kept: malformed.bytes))
        }
    }

    @Test(
        "without a saga",
        arguments: [
            Malformed("unknown in an advance", Protobuf.field(4, Protobuf.unknown)),
            Malformed("an event of a newer version", Protobuf.field(20, [])),
            Malformed("quarantined for no cause", quarantined(peer, number)),
            Malformed(
                "quarantined for a newer cause",
                quarantined(Protobuf.field(1, "new"), peer, number)),
            Malformed("quarantined of no peer", quarantined(cause, number)),
            Malformed(
                "quarantined of no name", quarantined(cause, Protobuf.field(2, "-"), number)),
            Malformed("quarantined without a number", quarantined(cause, peer)),
            Malformed(
                "quarantined under a number beyond all stores",
                quarantined(cause, peer, Protobuf.field(3, UInt64(1) << 63))),
            Malformed(
                "an entry too long in quarantine",
                quarantined(
                    cause, peer, number,
                    Protobuf.field(4, [UInt8](repeating: 0, count: 4_097)))),
            Malformed(
                "unknown in quarantine", quarantined(cause, peer, number, Protobuf.unknown)),
            Malformed("opened by no node", Protobuf.field(7, Protobuf.field(2, hash))),
            Malformed("opened without a key", Protobuf.field(7, Protobuf.field(1, "bank-a"))),
            Malformed(
                "opened with a long key",
                Protobuf.field(7, Protobuf.field(1, "bank-a") + Protobuf.field(2, hash + [0]))),
            Malformed("a key rotated by none", Protobuf.field(12, Protobuf.field(1, hash))),
            Malformed(
                "a clock accepted by none", Protobuf.field(13, Protobuf.field(1, UInt64(1)))),
            Malformed(
                "a key rotated by a principal that is too long",
                Protobuf.field(
                    12,
                    Protobuf.field(1, hash)
                        + Protobuf.field(2, String(repeating: "a", count: 129)))),
            Malformed(
                "unknown in an opening",
                Protobuf.field(
                    7,
                    Protobuf.field(1, "bank-a") + Protobuf.field(2, hash) + Protobuf.unknown)),
            Malformed("a read that is not shown", Protobuf.field(8, [])),
            Malformed("a timeline accepted that is not shown", Protobuf.field(10, [])),
            Malformed("a timeline that is not shown", Protobuf.field(17, [])),
            Malformed("a key that is not shown", Protobuf.field(18, [])),
        ])
    func withoutSaga(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Event.decode(EntryParts(kept: malformed.bytes), saga: nil, for: Everything.self)
        }
    }
}
