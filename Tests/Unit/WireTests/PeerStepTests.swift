import Saga
import Testing
import Wire

@Suite("What a peer says of its step")
struct PeerStepTests {
    private static let content: [UInt8] = [1, 2, 3]

    /// Of an entry of the peer's that has these parts.
    private static func read(
        _ parts: EntryParts, under saga: CommandID = Samples.command
    ) throws -> PeerStep {
        let frame = try ShownFrame(parts.shown)
        let step = try #require(frame.step)
        return try PeerStep(
            step, saga: saga, contentHash: frame.contentHash, content: parts.content)
    }

    /// Of the fields of a `StepShown`.
    private static func read(
        _ fields: [UInt8]..., beside hash: Hash? = nil, content: [UInt8] = []
    ) throws(WireError) -> PeerStep {
        try PeerStep(
            Array(fields.joined()), saga: Samples.command, contentHash: hash, content: content)
    }

    @Test("is what its entry says, for every entry that is shown to a neighbour")
    func entries() throws {
        var count = 0
        for event in Samples.stepEvents where event.receiver != nil {
            guard let expected = Self.expected(of: event) else { continue }
            #expect(try Self.read(Samples.parts(of: event)) == expected)
            count += 1
        }
        #expect(count > 2 * allRefusals.count)
    }

    private static func expected(of event: Samples.Entry) -> PeerStep? {
        switch event {
        case .stepDecided(let decided):
            said(
                decided.step, decided.state, decided.refusal, decided.content, decided.deadline,
                isRepeated: false)
        case .stepRepeated(let repeated):
            said(
                repeated.step, repeated.state, repeated.refusal, repeated.content,
                repeated.deadline, isRepeated: true)
        case .abandonRequested(let request): PeerStep(request.step, .abandonRequested)
        default: nil
        }
    }

    private static func said(
        _ step: StepID, _ state: StepState, _ refusal: Refusal?, _ content: [UInt8],
        _ deadline: Timestamp?, isRepeated: Bool
    ) -> PeerStep? {
        switch state {
        case .unknown, .deciding: return nil
        case .reserved:
            guard let deadline, !content.isEmpty else { return nil }
            return PeerStep(
                step, .reserved(content: content, deadline: deadline, isRepeated: isRepeated))
        case .confirmed: return PeerStep(step, .confirmed)
        case .cancelled: return refusal.map { PeerStep(step, .cancelled($0)) }
        }
    }

    @Test("is nothing, where the entry is for no peer and says nothing to one")
    func unshown() {
        for event in Samples.forgottenSteps {
            #expect(throws: WireError.self) { try Self.read(Samples.parts(of: event)) }
        }
        for event in Samples.decidedSteps {
            guard case .stepDecided(let decided) = event, decided.state == .deciding else {
                continue
            }
            #expect(throws: WireError.self) { try Self.read(Samples.parts(of: event)) }
        }
    }

    @Test("is about the saga of its UUID and its content's hash")
    func saga() throws {
        let parts = Samples.parts(of: Samples.repeatedSteps[0])
        #expect(try Self.read(parts).step == Samples.step)
        let other = try Self.read(parts, under: Samples.otherCommand)
        #expect(other.step == StepID(saga: Samples.otherSaga, number: 1))
    }

    @Test(
        "is cancelled for an unspecified reason where this version does not know it",
        arguments: ["tooTired", "Not a word", "a.b.c"])
    func unknownRefusals(_ code: String) throws {
        let step = try Self.read(
            Pieces.number, Pieces.state(4), Protobuf.field(3, code), Pieces.ownHash)
        #expect(step == PeerStep(Samples.namesakeStep, .cancelled(.unspecified)))
    }

    @Test("is cancelled for the reason of a participant that this node does not have")
    func foreignRefusal() throws {
        let step = try Self.read(
            Pieces.number, Pieces.state(4), Protobuf.field(3, "hotel.fullyBooked"),
            Pieces.ownHash)
        let refusal = try #require(Refusal(code: "hotel.fullyBooked"))
        #expect(step == PeerStep(Samples.namesakeStep, .cancelled(refusal)))
    }

    @Test("may have any deadline there is", arguments: [Int64.min, -1, 0, 1, .max])
    func deadlines(_ milliseconds: Int64) throws {
        let step = try Self.read(
            Pieces.number, Pieces.reserved, Protobuf.field(4, milliseconds), beside: Samples.hash,
            content: Self.content)
        let deadline = Timestamp(milliseconds: milliseconds)
        #expect(
            step
                == PeerStep(
                    Samples.namesakeStep,
                    .reserved(content: Self.content, deadline: deadline, isRepeated: false)))
    }

    @Test("carries as much content as fits an entry, and no more")
    func longContent() throws {
        let most = [UInt8](repeating: 7, count: Content<Never>.bytesMax)
        let fields = Pieces.number + Pieces.reserved + Pieces.deadline
        let step = try Self.read(fields, beside: Samples.hash, content: most)
        let deadline = Timestamp(milliseconds: 77)
        #expect(
            step.kind == .reserved(content: most, deadline: deadline, isRepeated: false))
        #expect(throws: WireError.self) {
            try Self.read(fields, beside: Samples.hash, content: most + [7])
        }
    }

    @Test("is refused where a reservation has not its content, or no deadline")
    func reservations() throws {
        let known = Pieces.number + Pieces.reserved
        let whole = known + Pieces.deadline
        #expect(throws: Never.self) {
            try Self.read(whole, beside: Samples.hash, content: Self.content)
        }
        #expect(throws: WireError.self) { try Self.read(whole, beside: Samples.hash) }
        #expect(throws: WireError.self) { try Self.read(whole, Pieces.ownHash) }
        #expect(throws: WireError.self) {
            try Self.read(whole, Pieces.ownHash, content: Self.content)
        }
        #expect(throws: WireError.self) {
            try Self.read(whole, Pieces.ownHash, beside: Samples.hash, content: Self.content)
        }
        #expect(throws: WireError.self) {
            try Self.read(known, beside: Samples.hash, content: Self.content)
        }
    }

    private static func bytes(_ fields: [UInt8]...) -> [UInt8] { Array(fields.joined()) }

    @Test(
        "is refused",
        arguments: [
            Malformed("empty", []),
            Malformed("as no protobuf", [0xff, 0xff]),
            Malformed("without a state", bytes(Pieces.number, Pieces.ownHash)),
            Malformed("deciding", bytes(Pieces.number, Pieces.state(1), Pieces.ownHash)),
            Malformed("in a newer state", bytes(Pieces.number, Pieces.state(6), Pieces.ownHash)),
            Malformed(
                "in a state below all",
                bytes(Pieces.number, Protobuf.field(2, Int64(-1)), Pieces.ownHash)),
            Malformed(
                "as step 16",
                bytes(Protobuf.field(1, UInt64(16)), Pieces.state(3), Pieces.ownHash)),
            Malformed("without a hash", bytes(Pieces.number, Pieces.state(3))),
            Malformed(
                "with a short hash",
                bytes(Pieces.number, Pieces.state(3), Protobuf.field(5, [1]))),
            Malformed(
                "confirmed for a reason",
                bytes(Pieces.number, Pieces.state(3), Pieces.declined, Pieces.ownHash)),
            Malformed(
                "cancelled for none", bytes(Pieces.number, Pieces.state(4), Pieces.ownHash)),
            Malformed(
                "asked to be given up with a deadline",
                bytes(Pieces.number, Pieces.state(5), Pieces.deadline, Pieces.ownHash)),
            Malformed(
                "asked to be given up again",
                bytes(Pieces.number, Pieces.state(5), Pieces.ownHash, Pieces.repeated)),
            Malformed(
                "confirmed again with a deadline",
                bytes(
                    Pieces.number, Pieces.state(3), Pieces.deadline, Pieces.ownHash,
                    Pieces.repeated)),
            Malformed(
                "with a field of a newer version",
                bytes(Pieces.number, Pieces.state(3), Pieces.ownHash, Protobuf.unknown)),
            Malformed(
                "cut", Array(bytes(Pieces.number, Pieces.state(3), Pieces.ownHash).dropLast())),
        ])
    func malformed(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Self.read(malformed.bytes) }
    }
}
