import Saga
import Testing
import Wire

@Suite("What an entry shows of a step is refused")
struct MalformedShownTests {
    private static func entry(
        content: [UInt8] = [], deadline: Timestamp? = nil, next: NodeName? = Samples.bankB
    ) -> Samples.Entry {
        .stepDecided(
            StepDecided(
                step: Samples.namesakeStep, state: .reserved, previous: nil, next: next,
                content: content, deadline: deadline))
    }

    @Test("but not the same, well written, for a peer or for none")
    func wellWritten() throws {
        let last = Protobuf.field(2, UInt64(Int64.max))
        for shown in [Pieces.plainShown, Pieces.peer + last + Pieces.what] {
            let parts = EntryParts(shown: shown, kept: Pieces.plainKept)
            #expect(try Pieces.decode(parts) == Self.entry())
        }
        let unshown = EntryParts(shown: Pieces.what, kept: Pieces.kept())
        #expect(try Pieces.decode(unshown) == Self.entry(next: nil))
        #expect(try ShownFrame(Pieces.what).addressee == nil)
        #expect(
            try ShownFrame(Pieces.peer + last + Pieces.what).addressee
                == Addressee(Samples.bankB, number: UInt64(Int64.max)))
        // Beside a content the hash stands in the frame, also where the content was left out. Which
        // content it is says the chain, not this.
        let beside =
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.deadline) + Pieces.hashBeside
        for content in [[], [1, 2, 3]] as [[UInt8]] {
            let parts = EntryParts(shown: beside, kept: Pieces.plainKept, content: content)
            let event = Self.entry(content: content, deadline: Timestamp(milliseconds: 77))
            #expect(try Pieces.decode(parts) == event)
        }
    }

    private static let frames: [Malformed] = [
        Malformed("no protobuf", [0xff]),
        Malformed("a number without an addressee", Pieces.numberForPeer + Pieces.what),
        Malformed("an addressee without a number", Pieces.peer + Pieces.what),
        Malformed(
            "an addressee of no name",
            Protobuf.field(1, "Bank B") + Pieces.numberForPeer + Pieces.what),
        Malformed(
            "an empty addressee", Protobuf.field(1, "") + Pieces.numberForPeer + Pieces.what),
        Malformed(
            "number 0, spelled out", Pieces.peer + Protobuf.field(2, UInt64(0)) + Pieces.what),
        Malformed(
            "a number beyond all stores",
            Pieces.peer + Protobuf.field(2, UInt64(1) << 63) + Pieces.what),
        Malformed(
            "the highest number there is",
            Pieces.peer + Protobuf.field(2, UInt64.max) + Pieces.what),
        Malformed("a number that is a text", Pieces.peer + Protobuf.field(2, "9") + Pieces.what),
        Malformed("the number first", Pieces.numberForPeer + Pieces.peer + Pieces.what),
        Malformed("two addressees", Pieces.peer + Pieces.to + Pieces.what),
        Malformed("an addressee and nothing else", Pieces.to),
        Malformed("a content hash and nothing else", Pieces.to + Pieces.hashBeside),
        Malformed("two steps", Pieces.plainShown + Pieces.what),
        Malformed("an empty read instead", Pieces.to + Protobuf.field(4, [])),
        Malformed("a read besides", Pieces.plainShown + Protobuf.field(4, [])),
        Malformed(
            "a short content hash",
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.deadline)
                + Protobuf.field(8, [1])),
        Malformed(
            "an empty content hash",
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.deadline)
                + Protobuf.field(8, [])),
        Malformed("something unknown", Pieces.plainShown + Protobuf.unknown),
    ]

    @Test("in its frame", arguments: frames)
    func frame(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try ShownFrame(malformed.bytes) }
        #expect(throws: WireError.self) {
            try Pieces.decode(EntryParts(shown: malformed.bytes, kept: Pieces.plainKept))
        }
    }

    private static let fields: [Malformed] = [
        Malformed("an empty step", Pieces.shown()),
        Malformed("no protobuf", Pieces.shown([0xff])),
        Malformed(
            "step 16",
            Pieces.shown(Protobuf.field(1, UInt64(16)), Pieces.reserved, Pieces.ownHash)),
        Malformed(
            "step 0, spelled out",
            Pieces.shown(Protobuf.field(1, UInt64(0)), Pieces.reserved, Pieces.ownHash)),
        Malformed(
            "state 0, spelled out", Pieces.shown(Pieces.number, Pieces.state(0), Pieces.ownHash)),
        Malformed("a newer state", Pieces.shown(Pieces.number, Pieces.state(6), Pieces.ownHash)),
        Malformed(
            "a state beyond all", Pieces.shown(Pieces.number, Pieces.state(.max), Pieces.ownHash)),
        Malformed(
            "a newer refusal",
            Pieces.shown(
                Pieces.number, Pieces.state(4), Protobuf.field(3, "new"), Pieces.ownHash)),
        Malformed(
            "a deadline that is a text",
            Pieces.shown(
                Pieces.number, Pieces.reserved, Protobuf.field(4, "now"), Pieces.ownHash)),
        Malformed("no content hash", Pieces.shown(Pieces.number, Pieces.reserved)),
        Malformed(
            "a short content hash",
            Pieces.shown(Pieces.number, Pieces.reserved, Protobuf.field(5, [1]))),
        Malformed(
            "two content hashes",
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.deadline, Pieces.ownHash)
                + Pieces.hashBeside),
        Malformed(
            "the same hash twice in the step",
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.ownHash, Pieces.ownHash)),
        Malformed(
            "a yes that is neither",
            Pieces.shown(
                Pieces.number, Pieces.reserved, Pieces.ownHash, Protobuf.field(6, UInt64(2)))),
        Malformed(
            "something unknown",
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.ownHash, Protobuf.unknown)),
        Malformed(
            "the node before it",
            Pieces.shown(
                Pieces.number, Pieces.reserved, Pieces.ownHash, Protobuf.field(7, "bank-a"))),
    ]

    /// No decision says this, nor does anything else.
    private static let combinations: [Malformed] = [
        Malformed("nothing of a step", Pieces.shown(Pieces.number, Pieces.ownHash)),
        Malformed(
            "a refusal of what is reserved",
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.declined, Pieces.ownHash)),
        Malformed(
            "a refusal of what is confirmed",
            Pieces.shown(Pieces.number, Pieces.state(3), Pieces.declined, Pieces.ownHash)),
        Malformed(
            "a cancelled step without a refusal",
            Pieces.shown(Pieces.number, Pieces.state(4), Pieces.ownHash)),
        Malformed(
            "a content without a deadline",
            Pieces.shown(Pieces.number, Pieces.reserved) + Pieces.hashBeside),
        Malformed(
            "a decision that is repeated",
            Pieces.shown(Pieces.number, Pieces.state(3), Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "an abandon request where a decision is kept",
            Pieces.shown(Pieces.number, Pieces.state(5), Pieces.ownHash)),
    ]

    @Test("in what it says of the step", arguments: fields + combinations)
    func step(_ malformed: Malformed) {
        #expect(throws: Never.self, "the frame is well written") {
            try ShownFrame(malformed.bytes)
        }
        // With any neighbours.
        for kept in [Pieces.plainKept, Pieces.kept(), Pieces.kept(Pieces.peer)] {
            #expect(throws: WireError.self) {
                try Pieces.decode(EntryParts(shown: malformed.bytes, kept: kept))
            }
        }
    }

    @Test("where a content stands beside it that it does not name")
    func unnamedContent() {
        let parts = EntryParts(shown: Pieces.plainShown, kept: Pieces.plainKept, content: [1])
        #expect(throws: WireError.self) { try Pieces.decode(parts) }
        let unshown = EntryParts(shown: Pieces.what, kept: Pieces.kept(), content: [1])
        #expect(throws: WireError.self) { try Pieces.decode(unshown) }
    }

    @Test("in every part that is cut")
    func cut() {
        let shown =
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.deadline) + Pieces.hashBeside
        let kept = Pieces.kept(Protobuf.field(1, "bank-a"), Protobuf.field(2, "bank-b"))
        #expect(throws: Never.self) { try Pieces.decode(EntryParts(shown: shown, kept: kept)) }
        for count in shown.indices {
            let parts = EntryParts(shown: Array(shown.prefix(count)), kept: kept)
            #expect(throws: WireError.self) { try Pieces.decode(parts) }
        }
        for count in kept.indices {
            let parts = EntryParts(shown: shown, kept: Array(kept.prefix(count)))
            #expect(throws: WireError.self) { try Pieces.decode(parts) }
        }
    }
}

@Suite("What an entry says again of a step, or asks for, is refused")
struct MalformedRepetitionTests {
    private static let repeatedKept = Protobuf.field(5, [])
    private static let abandonKept = Protobuf.field(3, [])
    private static let client = Protobuf.field(3, Protobuf.field(1, "unix:ada"))

    private static func unshown(_ fields: [UInt8]...) -> [UInt8] {
        Protobuf.field(3, Array(fields.joined()))
    }

    @Test("but not the same, well written")
    func wellWritten() throws {
        let again = EntryParts(
            shown: Pieces.shown(
                Pieces.number, Pieces.reserved, Pieces.deadline, Pieces.repeated)
                + Pieces.hashBeside, kept: Self.repeatedKept, content: [1])
        #expect(
            try Pieces.decode(again)
                == .stepRepeated(
                    StepRepeated(
                        step: Samples.namesakeStep, state: .reserved, neighbour: Samples.bankB,
                        content: [1], deadline: Timestamp(milliseconds: 77))))
        let asked = EntryParts(
            shown: Self.unshown(Pieces.state(5), Pieces.ownHash), kept: Self.client)
        #expect(
            try Pieces.decode(asked)
                == .abandonRequested(
                    AbandonRequested(
                        step: Samples.namesakeStep.previous, next: nil,
                        principal: Principal("unix:ada"))))
        let forgotten = EntryParts(
            shown: Self.unshown(Pieces.number, Pieces.ownHash), kept: Protobuf.field(19, []))
        #expect(try Pieces.decode(forgotten) == .stepForgotten(Samples.namesakeStep, facts: []))
    }

    private static let repetitions: [Malformed] = [
        Malformed(
            "what is not said to be repeated",
            Pieces.shown(Pieces.number, Pieces.state(3), Pieces.ownHash)),
        Malformed(
            "for no neighbour",
            unshown(Pieces.number, Pieces.state(3), Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "what is still being decided",
            Pieces.shown(Pieces.number, Pieces.state(1), Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "an abandon request",
            Pieces.shown(Pieces.number, Pieces.state(5), Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "what is forgotten", Pieces.shown(Pieces.number, Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "a reservation without content",
            Pieces.shown(
                Pieces.number, Pieces.reserved, Pieces.deadline, Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "a reservation without deadline",
            Pieces.shown(Pieces.number, Pieces.reserved, Pieces.repeated) + Pieces.hashBeside),
        Malformed(
            "an outcome with a deadline",
            Pieces.shown(
                Pieces.number, Pieces.state(3), Pieces.deadline, Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "an outcome with a content",
            Pieces.shown(Pieces.number, Pieces.state(3), Pieces.deadline, Pieces.repeated)
                + Pieces.hashBeside),
        Malformed(
            "a refusal for no reason",
            Pieces.shown(Pieces.number, Pieces.state(4), Pieces.ownHash, Pieces.repeated)),
        Malformed(
            "a refusal for a newer reason",
            Pieces.shown(
                Pieces.number, Pieces.state(4), Protobuf.field(3, "new"), Pieces.ownHash,
                Pieces.repeated)),
        Malformed(
            "an outcome for a reason",
            Pieces.shown(
                Pieces.number, Pieces.state(3), Pieces.declined, Pieces.ownHash, Pieces.repeated)),
    ]

    @Test("as a repetition of", arguments: repetitions)
    func repetition(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Pieces.decode(EntryParts(shown: malformed.bytes, kept: Self.repeatedKept))
        }
    }

    private static let requests: [Malformed] = [
        Malformed("of another state", Pieces.plainShown),
        Malformed(
            "with a deadline",
            Pieces.shown(Pieces.number, Pieces.state(5), Pieces.deadline, Pieces.ownHash)),
        Malformed(
            "with a content",
            Pieces.shown(Pieces.number, Pieces.state(5), Pieces.deadline) + Pieces.hashBeside),
        Malformed(
            "with a reason",
            Pieces.shown(Pieces.number, Pieces.state(5), Pieces.declined, Pieces.ownHash)),
        Malformed(
            "that is repeated",
            Pieces.shown(Pieces.number, Pieces.state(5), Pieces.ownHash, Pieces.repeated)),
    ]

    @Test("as a request to abandon", arguments: requests)
    func request(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Pieces.decode(EntryParts(shown: malformed.bytes, kept: Self.abandonKept))
        }
    }

    @Test("as a request to abandon of a client behind the origin, or of none at it")
    func askedByOne() throws {
        let origin = Self.unshown(Pieces.state(5), Pieces.ownHash)
        let behind = Self.unshown(Pieces.number, Pieces.state(5), Pieces.ownHash)
        #expect(throws: WireError.self) {
            try Pieces.decode(EntryParts(shown: origin, kept: Self.abandonKept))
        }
        #expect(throws: WireError.self) {
            try Pieces.decode(EntryParts(shown: behind, kept: Self.client))
        }
        for shown in [behind, Pieces.to + behind, Pieces.to + origin] {
            let parts = EntryParts(shown: shown, kept: Self.abandonKept)
            #expect(throws: Never.self) { try Pieces.decode(parts) }
        }
    }

    @Test("as a step that is forgotten, and is shown or said to be more")
    func forgotten() {
        let others = [
            Pieces.shown(Pieces.number, Pieces.ownHash),
            Self.unshown(Pieces.number, Pieces.deadline, Pieces.ownHash),
            Self.unshown(Pieces.number, Pieces.deadline) + Pieces.hashBeside,
            Self.unshown(Pieces.number, Pieces.declined, Pieces.ownHash),
            Self.unshown(Pieces.number, Pieces.ownHash, Pieces.repeated),
            Self.unshown(Pieces.number, Pieces.state(1), Pieces.ownHash),
        ]
        for shown in others {
            let parts = EntryParts(shown: shown, kept: Protobuf.field(19, []))
            #expect(throws: WireError.self) { try Pieces.decode(parts) }
        }
    }
}
