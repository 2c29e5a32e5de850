import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

/// The well-written parts of an entry about a step, and pieces to write them otherwise.
private enum Step {
    static let hash = Samples.hash.bytes

    // The fields of a `StepShown`.
    static let number = Protobuf.field(1, UInt64(1))
    static let state = Protobuf.field(2, UInt64(2))
    static let ownHash = Protobuf.field(5, hash)

    // The fields of a `Shown`.
    static let peer = Protobuf.field(1, "bank-b")
    static let numberForPeer = Protobuf.field(2, UInt64(9))
    static let to = peer + numberForPeer
    static let what = Protobuf.field(3, number + state + ownHash)
    static let hashBeside = Protobuf.field(8, hash)

    static let beyondStores = Protobuf.field(2, UInt64(1) << 63)

    static let plainShown = to + what
    /// Nothing that is kept has to be there.
    static let plainKept = kept()

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

    static func reserved(content: [UInt8] = []) -> Samples.Entry {
        .stepDecided(
            StepDecided(
                step: Samples.namesakeStep, state: .reserved, previous: nil, next: nil,
                content: content))
    }
}

@Suite("What an entry shows of a step is refused")
struct MalformedShownTests {
    @Test("but not the same, well written, for a peer or for none")
    func wellWritten() throws {
        let last = Protobuf.field(2, UInt64(Int64.max))
        for shown in [Step.plainShown, Step.what, Step.peer + last + Step.what] {
            let parts = EntryParts(shown: shown, kept: Step.plainKept)
            #expect(try Step.decode(parts) == Step.reserved())
        }
        #expect(try ShownFrame(Step.what).addressee == nil)
        #expect(
            try ShownFrame(Step.peer + last + Step.what).addressee
                == Addressee(Samples.bankB, number: UInt64(Int64.max)))
        // Beside a content the hash stands in the frame, also where the content was left out. Which
        // content it is says the chain, not this.
        let beside = Step.shown(Step.number, Step.state) + Step.hashBeside
        for content in [[], [1, 2, 3]] as [[UInt8]] {
            let parts = EntryParts(shown: beside, kept: Step.plainKept, content: content)
            #expect(try Step.decode(parts) == Step.reserved(content: content))
        }
    }

    @Test(
        "in its frame",
        arguments: [
            Malformed("no protobuf", [0xff]),
            Malformed("a number without an addressee", Step.numberForPeer + Step.what),
            Malformed("an addressee without a number", Step.peer + Step.what),
            Malformed(
                "an addressee of no name",
                Protobuf.field(1, "Bank B") + Step.numberForPeer + Step.what),
            Malformed(
                "an empty addressee", Protobuf.field(1, "") + Step.numberForPeer + Step.what),
            Malformed(
                "number 0, spelled out", Step.peer + Protobuf.field(2, UInt64(0)) + Step.what),
            Malformed(
                "a number beyond all stores",
                Step.peer + Step.beyondStores + Step.what),
            Malformed(
                "the highest number there is",
                Step.peer + Protobuf.field(2, UInt64.max) + Step.what),
            Malformed("a number that is a text", Step.peer + Protobuf.field(2, "9") + Step.what),
            Malformed("the number first", Step.numberForPeer + Step.peer + Step.what),
            Malformed("two addressees", Step.peer + Step.to + Step.what),
            Malformed("two steps", Step.plainShown + Step.what),
            Malformed("a read instead", Step.to + Protobuf.field(4, [])),
            Malformed("a read besides", Step.plainShown + Protobuf.field(4, [])),
            Malformed(
                "a short content hash",
                Step.shown(Step.number, Step.state) + Protobuf.field(8, [1])),
            Malformed(
                "an empty content hash",
                Step.shown(Step.number, Step.state) + Protobuf.field(8, [])),
            Malformed("something unknown", Step.plainShown + Protobuf.unknown),
        ])
    func frame(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try ShownFrame(malformed.bytes) }
        #expect(throws: WireError.self) {
            try Step.decode(EntryParts(shown: malformed.bytes, kept: Step.plainKept))
        }
    }

    @Test(
        "in what it says of the step",
        arguments: [
            Malformed("nothing", []),
            Malformed("an addressee and no step", Step.to),
            Malformed("a content hash and no step", Step.to + Step.hashBeside),
            Malformed("an empty step", Step.shown()),
            Malformed("no protobuf", Step.shown([0xff])),
            Malformed(
                "step 16", Step.shown(Protobuf.field(1, UInt64(16)), Step.state, Step.ownHash)),
            Malformed(
                "step 0, spelled out",
                Step.shown(Protobuf.field(1, UInt64(0)), Step.state, Step.ownHash)),
            Malformed("no state", Step.shown(Step.number, Step.ownHash)),
            Malformed(
                "a newer state",
                Step.shown(Step.number, Protobuf.field(2, UInt64(5)), Step.ownHash)),
            Malformed(
                "a newer refusal",
                Step.shown(Step.number, Step.state, Protobuf.field(3, "new"), Step.ownHash)),
            Malformed(
                "a deadline that is a text",
                Step.shown(Step.number, Step.state, Protobuf.field(4, "now"), Step.ownHash)),
            Malformed("no content hash", Step.shown(Step.number, Step.state)),
            Malformed(
                "a short content hash",
                Step.shown(Step.number, Step.state, Protobuf.field(5, [1]))),
            Malformed("two content hashes", Step.plainShown + Step.hashBeside),
            Malformed(
                "the same hash twice in the step",
                Step.shown(Step.number, Step.state, Step.ownHash, Step.ownHash)),
            Malformed(
                "something unknown",
                Step.shown(Step.number, Step.state, Step.ownHash, Protobuf.unknown)),
            Malformed(
                "the node before it",
                Step.shown(
                    Step.number, Step.state, Step.ownHash, Protobuf.field(6, "bank-a"))),
        ])
    func step(_ malformed: Malformed) {
        #expect(throws: Never.self, "the frame is well written") {
            try ShownFrame(malformed.bytes)
        }
        #expect(throws: WireError.self) {
            try Step.decode(EntryParts(shown: malformed.bytes, kept: Step.plainKept))
        }
    }

    @Test("where a content stands beside it that it does not name")
    func unnamedContent() {
        for shown in [Step.plainShown, Step.what] {
            let parts = EntryParts(shown: shown, kept: Step.plainKept, content: [1])
            #expect(throws: WireError.self) { try Step.decode(parts) }
        }
    }

    @Test("in every part that is cut")
    func cut() {
        let shown = Step.shown(Step.number, Step.state) + Step.hashBeside
        let kept = Step.kept(Protobuf.field(1, "bank-a"))
        #expect(throws: Never.self) { try Step.decode(EntryParts(shown: shown, kept: kept)) }
        for count in shown.indices {
            let parts = EntryParts(shown: Array(shown.prefix(count)), kept: kept)
            #expect(throws: WireError.self) { try Step.decode(parts) }
        }
        for count in kept.indices {
            let parts = EntryParts(shown: shown, kept: Array(kept.prefix(count)))
            #expect(throws: WireError.self) { try Step.decode(parts) }
        }
    }
}

@Suite("What an entry keeps is refused")
struct MalformedKeptTests {
    private static let hash = Step.hash
    private static let ada = Protobuf.field(4, "unix:ada")
    private static let fact = Protobuf.field(3, Everything.encode(Samples.operationFacts[0]))

    private static func principal(_ number: UInt64) -> [UInt8] {
        Protobuf.field(number, "unix:ada")
    }

    /// A `Quarantined` with these fields around the inbox: nothing is refused for want of that.
    private static func quarantined(_ fields: [UInt8], _ more: [UInt8] = []) -> [UInt8] {
        Protobuf.field(6, fields + Protobuf.field(5, "bank-b") + more)
    }

    @Test("but not the same of a record in quarantine, or of an inbox, well written")
    func wellWrittenInboxes() throws {
        let written: [([UInt8], Samples.Entry)] = [
            (Protobuf.field(5, Protobuf.field(1, "bank-b")), .inboxRestarted(Samples.bankB)),
            (
                Self.quarantined(Protobuf.field(1, "unreadable")),
                .quarantined(
                    .init(cause: .unreadable, inbox: Samples.bankB, offset: 0, record: []))
            ),
        ]
        for (kept, event) in written {
            let parts = EntryParts(kept: kept)
            #expect(try Event.decode(parts, saga: nil, for: Everything.self) == event)
        }
    }

    @Test("but not the same of a step, well written")
    func wellWritten() throws {
        let parts = EntryParts(
            shown: Step.plainShown,
            kept: Step.kept(
                Protobuf.field(1, "bank-a"), Protobuf.field(2, "shop"),
                Protobuf.field(3, Self.hash), Self.ada))
        #expect(
            try Step.decode(parts)
                == .stepDecided(
                    StepDecided(
                        step: Samples.namesakeStep, state: .reserved, previous: Samples.bankA,
                        next: Samples.shop, fingerprint: Samples.hash,
                        principal: Principal("unix:ada"))))
    }

    @Test(
        "of a step",
        arguments: [
            Malformed("a wrong name", Step.kept(Protobuf.field(1, "A"))),
            Malformed("no next name", Step.kept(Protobuf.field(2, "-"))),
            Malformed("a short fingerprint", Step.kept(Protobuf.field(3, [1]), ada)),
            Malformed("a client's step of no principal", Step.kept(Protobuf.field(3, hash))),
            Malformed(
                "a client's step of a principal with a space",
                Step.kept(Protobuf.field(3, hash), Protobuf.field(4, "unix ada"))),
            Malformed("an empty fact", Step.kept(Protobuf.field(5, []))),
            Malformed("a fact of no participant", Step.kept(Protobuf.field(6, [2]))),
            Malformed("unknown in the step", Step.kept(Protobuf.unknown)),
            Malformed("unknown behind it", Step.plainKept + Protobuf.unknown),
            Malformed("two steps", Step.plainKept + Step.plainKept),
            Malformed(
                "what is shown, as when all stood in one part",
                Step.kept(Step.number, Step.state, Protobuf.field(6, hash))),
            Malformed("nothing", []),
            Malformed("no protobuf", [0xff]),
        ])
    func ofStep(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Step.decode(EntryParts(shown: Step.plainShown, kept: malformed.bytes))
        }
    }

    @Test(
        "under a saga",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("an event of the node's own", Protobuf.field(8, [])),
            Malformed("an event of a newer version", Protobuf.field(15, [])),
            Malformed("a step that is not shown", Step.plainKept),
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
            Malformed("an abandon request of no principal", Protobuf.field(3, [])),
            Malformed(
                "unknown in an abandon request",
                Protobuf.field(3, principal(1) + Protobuf.unknown)),
        ])
    func underSaga(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Step.decode(EntryParts(kept: malformed.bytes))
        }
    }

    @Test(
        "without a saga",
        arguments: [
            Malformed("unknown in an advance", Protobuf.field(4, Protobuf.unknown)),
            Malformed(
                "unknown in a restart",
                Protobuf.field(5, Protobuf.field(1, "bank-b") + Protobuf.unknown)),
            Malformed("a restart of no inbox", Protobuf.field(5, [])),
            Malformed("a restart of no peer's inbox", Protobuf.field(5, Protobuf.field(1, "-"))),
            Malformed("quarantined for no cause", quarantined([])),
            Malformed(
                "quarantined from no name",
                quarantined(Protobuf.field(1, "contradiction") + Protobuf.field(4, "Not A Name"))),
            Malformed("quarantined for a newer cause", quarantined(Protobuf.field(1, "new"))),
            Malformed(
                "a record too long in quarantine",
                quarantined(
                    Protobuf.field(1, "unreadable")
                        + Protobuf.field(3, [UInt8](repeating: 0, count: 4_097)))),
            Malformed(
                "unknown in quarantine",
                quarantined(Protobuf.field(1, "unreadable"), Protobuf.unknown)),
            Malformed(
                "quarantined from no inbox",
                Protobuf.field(6, Protobuf.field(1, "unreadable"))),
            Malformed(
                "quarantined from the inbox of no name",
                Protobuf.field(6, Protobuf.field(1, "unreadable") + Protobuf.field(5, "-"))),
            Malformed("opened by no node", Protobuf.field(7, Protobuf.field(2, hash))),
            Malformed("opened without a key", Protobuf.field(7, Protobuf.field(1, "bank-a"))),
            Malformed(
                "opened with a long key",
                Protobuf.field(7, Protobuf.field(1, "bank-a") + Protobuf.field(2, hash + [0]))),
            Malformed(
                "a peer accepted by none", Protobuf.field(10, Protobuf.field(1, "bank-a"))),
            Malformed(
                "a timeline started by none", Protobuf.field(11, Protobuf.field(1, UInt64(1)))),
            Malformed("a key rotated by none", Protobuf.field(12, Protobuf.field(1, hash))),
            Malformed(
                "a clock accepted by none", Protobuf.field(13, Protobuf.field(1, UInt64(1)))),
            Malformed(
                "an intake set by none", Protobuf.field(14, Protobuf.field(1, "bank-b"))),
            Malformed("an intake from no peer", Protobuf.field(14, principal(3))),
            Malformed(
                "an intake from no peer's name",
                Protobuf.field(14, Protobuf.field(1, "-") + principal(3))),
            Malformed(
                "an intake neither open nor stopped",
                Protobuf.field(
                    14,
                    Protobuf.field(1, "bank-b") + Protobuf.field(2, UInt64(2)) + principal(3))),
            Malformed(
                "unknown in an intake",
                Protobuf.field(
                    14, Protobuf.field(1, "bank-b") + principal(3) + Protobuf.unknown)),
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
        ])
    func withoutSaga(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Event.decode(EntryParts(kept: malformed.bytes), saga: nil, for: Everything.self)
        }
    }
}
