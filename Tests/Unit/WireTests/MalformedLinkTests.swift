import Saga
import Testing
import Wire

@Suite("What an entry says of peers' logs is refused")
struct MalformedLinkTests {
    private static let hash = Samples.hash.bytes
    private static let header = Samples.signedHeader
    private static let fork = [UInt8](repeating: 0xf0, count: 16)
    private static let peer = Protobuf.field(1, "bank-b")
    private static let to = peer + Protobuf.field(2, UInt64(9))
    private static let beyondStores = UInt64(1) << 63

    private static func decode(_ parts: EntryParts) throws(WireError) -> Samples.Entry {
        try Event.decode(parts, saga: nil, for: Everything.self)
    }

    // MARK: What is shown

    /// The fields of a `Read`, a `TimelineShown` and an `Accepted`, by number.
    private static let readFields: [[UInt8]] = [
        Protobuf.field(1, UInt64(7)), Protobuf.field(2, Hash.sha256(of: header.bytes).bytes),
        Protobuf.field(3, UInt64(9)), Protobuf.field(4, UInt64(3)),
    ]
    private static let timelineFields: [[UInt8]] = [
        Protobuf.field(1, UInt64(3)), Protobuf.field(2, fork), Protobuf.field(3, UInt64(40)),
        Protobuf.field(4, hash), beginning(1, 5, 20) + beginning(2, 9, 21),
    ]
    private static let acceptedFields: [[UInt8]] = [
        Protobuf.field(1, UInt64(3)), Protobuf.field(2, fork), Protobuf.field(3, UInt64(1)),
        Protobuf.field(4, fork),
    ]

    private static func beginning(
        _ timeline: UInt64, _ number: UInt64, _ position: UInt64
    ) -> [UInt8] {
        var fields: [UInt8] = []
        for (index, value) in [timeline, number, position].enumerated() where value != 0 {
            fields += Protobuf.field(UInt64(index) + 1, value)
        }
        return Protobuf.field(5, fields)
    }

    /// Timeline 70, which names that many before it.
    private static func naming(_ count: UInt64) -> EntryParts {
        let name = Protobuf.field(1, UInt64(70)) + Protobuf.field(2, fork)
        let place = Protobuf.field(3, UInt64(400)) + Protobuf.field(4, hash)
        let earlier = (1...count).flatMap { beginning($0, $0, $0) }
        return EntryParts(
            shown: to + Protobuf.field(6, name + place + earlier), kept: Protobuf.field(17, []))
    }

    /// The fields, with another one in the place of that number.
    private static func fields(
        _ fields: [[UInt8]], _ number: Int = 1, _ other: [UInt8]? = nil
    ) -> [UInt8] {
        var fields = fields
        if let other { fields[number - 1] = other }
        return Array(fields.joined())
    }

    private static let readKept = Protobuf.field(
        8, Protobuf.field(1, header.bytes) + Protobuf.field(2, header.signature))

    private static func read(_ number: Int, _ other: [UInt8]) -> EntryParts {
        EntryParts(
            shown: peer + Protobuf.field(4, fields(readFields, number, other)), kept: readKept)
    }

    private static func timeline(_ number: Int, _ other: [UInt8]) -> EntryParts {
        EntryParts(
            shown: to + Protobuf.field(6, fields(timelineFields, number, other)),
            kept: Protobuf.field(17, []))
    }

    private static func accepted(_ number: Int, _ other: [UInt8]) -> EntryParts {
        EntryParts(
            shown: to + Protobuf.field(7, fields(acceptedFields, number, other)),
            kept: Protobuf.field(10, []))
    }

    private static func key(_ field: [UInt8]) -> EntryParts {
        EntryParts(shown: to + Protobuf.field(5, field), kept: Protobuf.field(18, []))
    }

    @Test("but not the same, well written")
    func wellWritten() throws {
        #expect(
            try Self.decode(Self.read(1, Self.readFields[0]))
                == Samples.read(Self.header, 7, acknowledged: 3))
        let begun = NewTimeline(
            Samples.fork, position: Position(40), commitHash: Samples.hash,
            earlier: [
                .init(timeline: 1, number: 5, position: Position(20)),
                .init(timeline: 2, number: 9, position: Position(21)),
            ])
        #expect(
            try Self.decode(Self.timeline(1, Self.timelineFields[0]))
                == .timelineShown(begun, to: Samples.bankB))
        #expect(throws: Never.self) { try Self.decode(Self.naming(64)) }
        let own = TimelineName(number: 1, fork: Samples.fork.fork)
        #expect(
            try Self.decode(Self.accepted(1, Self.acceptedFields[0]))
                == .peerAccepted(Samples.bankB, Accepted(Samples.fork, own: own), by: nil))
        #expect(
            try Self.decode(Self.key(Protobuf.field(1, Self.hash)))
                == .keyShown(publicKey: Self.hash, to: Samples.bankB))
    }

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let parts: EntryParts

        init(_ testDescription: String, _ parts: EntryParts) {
            self.testDescription = testDescription
            self.parts = parts
        }
    }

    private static let reads: [Row] = [
        Row("a read of no header", read(2, [])),
        Row("a read of a short hash", read(2, Protobuf.field(2, [1]))),
        Row("a read of another header than the one kept", read(2, Protobuf.field(2, hash))),
        Row("a read of no commit", read(3, [])),
        Row("a read of a commit beyond all stores", read(3, Protobuf.field(3, beyondStores))),
        Row("a read of a number beyond all stores", read(1, Protobuf.field(1, beyondStores))),
        Row(
            "a read that acknowledges a number beyond all stores",
            read(4, Protobuf.field(4, beyondStores))),
        Row("unknown in a read", read(4, readFields[3] + Protobuf.unknown)),
        Row(
            "a read with a number",
            EntryParts(shown: to + Protobuf.field(4, fields(readFields)), kept: readKept)),
        Row(
            "a read for no peer",
            EntryParts(shown: Protobuf.field(4, fields(readFields)), kept: readKept)),
        Row(
            "a read beside a content's hash",
            EntryParts(
                shown: peer + Protobuf.field(4, fields(readFields)) + Protobuf.field(8, hash),
                kept: readKept)),
    ]

    private static let timelines: [Row] = [
        Row("a timeline of no number", timeline(1, [])),
        Row("a timeline of no fork", timeline(2, [])),
        Row("a timeline of a short fork", timeline(2, Protobuf.field(2, [1]))),
        Row(
            "a timeline at a position beyond all stores",
            timeline(3, Protobuf.field(3, beyondStores))),
        Row("a timeline behind no commit", timeline(4, [])),
        Row("earlier timelines from number 0", timeline(5, beginning(1, 0, 20))),
        Row("an earlier timeline 0", timeline(5, beginning(0, 5, 20))),
        Row("earlier timelines twice", timeline(5, beginning(1, 5, 20) + beginning(1, 9, 21))),
        Row(
            "earlier timelines newest first",
            timeline(5, beginning(2, 5, 20) + beginning(1, 9, 21))),
        Row("an earlier timeline that is not earlier", timeline(5, beginning(3, 5, 20))),
        Row(
            "earlier timelines that one entry began",
            timeline(5, beginning(1, 5, 20) + beginning(2, 5, 21))),
        Row(
            "earlier timelines of which the later began with an older entry",
            timeline(5, beginning(1, 9, 20) + beginning(2, 5, 21))),
        Row(
            "earlier timelines that began at one place",
            timeline(5, beginning(1, 5, 20) + beginning(2, 9, 20))),
        Row(
            "earlier timelines of which the later began before the other",
            timeline(5, beginning(1, 5, 21) + beginning(2, 9, 20))),
        Row("an earlier timeline at the place of the new one", timeline(5, beginning(1, 5, 40))),
        Row("an earlier timeline that began behind the new one", timeline(5, beginning(1, 5, 41))),
        Row("more earlier timelines than are named", naming(65)),
        Row("unknown in a timeline", timeline(5, Protobuf.unknown)),
        Row(
            "a timeline without a number for its peer",
            EntryParts(
                shown: peer + Protobuf.field(6, fields(timelineFields)),
                kept: Protobuf.field(17, []))),
        Row(
            "unknown kept of a timeline",
            EntryParts(
                shown: to + Protobuf.field(6, fields(timelineFields)),
                kept: Protobuf.field(17, Protobuf.unknown))),
    ]

    private static let answers: [Row] = [
        Row("an answer to no timeline", accepted(1, [])),
        Row("an answer to no fork", accepted(2, [])),
        Row("an own timeline without a fork", accepted(4, [])),
        Row("an own fork without a timeline", accepted(3, [])),
        Row("an own fork that is short", accepted(4, Protobuf.field(4, [1]))),
        Row("unknown in an answer", accepted(4, acceptedFields[3] + Protobuf.unknown)),
        Row(
            "an answer of no valid principal",
            EntryParts(
                shown: to + Protobuf.field(7, fields(acceptedFields)),
                kept: Protobuf.field(10, Protobuf.field(1, "ada and bob")))),
        Row("no key", key([])),
        Row("a short key", key(Protobuf.field(1, [1]))),
        Row("a long key", key(Protobuf.field(1, hash + [0]))),
        Row("unknown beside a key", key(Protobuf.field(1, hash) + Protobuf.unknown)),
    ]

    @Test("that is shown", arguments: reads + timelines + answers)
    func shown(_ row: Row) {
        #expect(throws: WireError.self) { try Self.decode(row.parts) }
    }

    // MARK: What is kept

    private static func readHeader(_ bytes: [UInt8], _ signature: [UInt8]) -> EntryParts {
        let header = Protobuf.field(1, bytes) + Protobuf.field(2, signature)
        let hash = Protobuf.field(2, Hash.sha256(of: bytes).bytes)
        return EntryParts(
            shown: peer + Protobuf.field(4, fields(readFields, 2, hash)),
            kept: Protobuf.field(8, header))
    }

    @Test("with a header that is too long, or a signature that is none")
    func headers() throws {
        let signature = Self.header.signature
        for count in [1, 1_024] {
            let parts = Self.readHeader([UInt8](repeating: 1, count: count), signature)
            #expect(throws: Never.self) { try Self.decode(parts) }
        }
        for bytes in [[], [UInt8](repeating: 1, count: 1_025)] {
            #expect(throws: WireError.self) { try Self.decode(Self.readHeader(bytes, signature)) }
        }
        for other in [[], Array(signature.dropLast()), signature + [0]] {
            #expect(throws: WireError.self) { try Self.decode(Self.readHeader([1], other)) }
        }
    }

    private static let signed =
        Protobuf.field(2, header.bytes) + Protobuf.field(3, header.signature)
    private static let forked = Protobuf.field(4, fields(timelineFields))
    private static let number = Protobuf.field(5, UInt64(12))
    private static let denied = Protobuf.field(6, "goesBack")

    private static func suspended(_ fields: [UInt8]...) -> [UInt8] {
        Protobuf.field(9, Array(fields.joined()))
    }

    @Test("but not the same of a suspension, well written")
    func wellWrittenSuspensions() throws {
        let denied = EntryParts(kept: Self.suspended(Self.peer, Self.signed, Self.denied))
        #expect(
            try Self.decode(denied)
                == .peerSuspended(Samples.bankB, .denied(.goesBack, header: Self.header)))
        let forked = EntryParts(
            kept: Self.suspended(Self.peer, Self.signed, Self.forked, Self.number))
        guard case .peerSuspended(_, .forked(let timeline, let number, let header)) =
            try Self.decode(forked)
        else { throw WireError("no fork") }
        #expect(timeline.name == Samples.fork && number == 12 && header == Self.header)
    }

    private static let suspensions: [Malformed] = [
        Malformed("a suspension of no peer", suspended(signed, denied)),
        Malformed("a suspension of no name", suspended(Protobuf.field(1, "-"), signed, denied)),
        Malformed("a suspension by no header", suspended(peer, denied)),
        Malformed(
            "a suspension by a header without signature",
            suspended(peer, Protobuf.field(2, header.bytes), denied)),
        Malformed(
            "a suspension by a header that is too long",
            suspended(
                peer, Protobuf.field(2, [UInt8](repeating: 1, count: 1_025)),
                Protobuf.field(3, header.signature), denied)),
        Malformed("a suspension for no reason", suspended(peer, signed)),
        Malformed("a suspension for two", suspended(peer, signed, forked, number, denied)),
        Malformed("a fork without a number", suspended(peer, signed, forked)),
        Malformed("a number without a fork", suspended(peer, signed, number)),
        Malformed("a denial with a number", suspended(peer, signed, number, denied)),
        Malformed(
            "a fork of a number beyond all stores",
            suspended(peer, signed, forked, Protobuf.field(5, beyondStores))),
        Malformed(
            "a fork that is none", suspended(peer, signed, Protobuf.field(4, []), number)),
        Malformed(
            "unknown in a fork",
            suspended(
                peer, signed, Protobuf.field(4, fields(timelineFields) + Protobuf.unknown),
                number)),
        Malformed("a newer denial", suspended(peer, signed, Protobuf.field(6, "new"))),
        Malformed("unknown in a suspension", suspended(peer, signed, denied, Protobuf.unknown)),
    ]

    private static let others: [Malformed] = [
        Malformed("a key taken of no peer", Protobuf.field(14, Protobuf.field(2, hash))),
        Malformed("a peer's key that is none", Protobuf.field(14, peer)),
        Malformed("a peer's short key", Protobuf.field(14, peer + Protobuf.field(2, [1]))),
        Malformed(
            "a key taken by people",
            Protobuf.field(14, peer + Protobuf.field(2, hash) + Protobuf.field(3, "unix:ada"))),
        Malformed(
            "a key compared by none", Protobuf.field(15, peer + Protobuf.field(2, hash))),
        Malformed(
            "a compared key that is none",
            Protobuf.field(15, peer + Protobuf.field(3, "unix:ada"))),
        Malformed("an answer of no peer", Protobuf.field(16, [])),
        Malformed("unknown in an answer", Protobuf.field(16, peer + Protobuf.unknown)),
        Malformed("a timeline started by none", started(3, [])),
        Malformed("a timeline started without a number", started(1, [])),
        Malformed(
            "a timeline started beyond all stores", started(1, Protobuf.field(1, beyondStores))),
        Malformed("a timeline started without a fork", started(4, [])),
        Malformed("a timeline started with a short fork", started(4, Protobuf.field(4, [1]))),
    ]

    private static func started(_ number: Int, _ other: [UInt8]) -> [UInt8] {
        let names = ["ada", "grace"].flatMap { Protobuf.field(2, $0) }
        return Protobuf.field(
            11,
            fields(
                [
                    Protobuf.field(1, UInt64(3)), names, Protobuf.field(3, "unix:ada"),
                    Protobuf.field(4, fork),
                ], number, other))
    }

    @Test("that is kept", arguments: suspensions + others)
    func kept(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Self.decode(EntryParts(kept: malformed.bytes)) }
    }
}
