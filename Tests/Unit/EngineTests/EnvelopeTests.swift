import Engine
import MessageBus
import PeerProtocol
import Saga
import TestKit
import Testing
import Wire

/// Verification of records that a node receives over the bus.
@Suite struct EnvelopeTests {
    static let trip = Trip(
        Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1)), reference: "rent")
    static let peers: [NodeName] = [.bankA, .bankB, .hub, .shop]

    static func envelope(of node: NodeName) -> Envelope {
        let others = peers.filter { $0 != node }
        return Envelope(
            node: node,
            secrets: Dictionary(
                uniqueKeysWithValues: others.map { ($0, BenchNode.secret(node, $0)) }))
    }

    static func authenticate(_ message: Message) -> Record {
        known(envelope(of: message.sender).authenticate(message))
    }

    /// What bank-b makes of a record on the topic of the sender that it names, be that a peer or
    /// not, or on bank-a's where it names none.
    static func reading(_ record: Record) -> Delivery<Party>.Reading {
        envelope(of: .bankB).verify(
            .init(offset: 5, record: record), from: record.namedSender ?? .bankA, for: Party.self
        ).reading
    }

    static func cause(_ record: Record) -> Quarantined.Cause? {
        if case .rejected(let cause, _) = reading(record) { cause } else { nil }
    }

    @Test("An authentic message is read, whatever its kind", arguments: Message.Kind.allCases)
    func roundTrip(_ kind: Message.Kind) {
        let message = Self.trip.message(kind, 1)
        let record = Self.authenticate(message)
        let delivery = Self.envelope(of: .bankB).verify(
            DeliveredRecord(offset: 5, record: record), from: message.sender, for: Party.self)
        guard case .authentic(let opened, let content) = delivery.reading else {
            Issue.record("an authentic message was rejected")
            return
        }
        #expect(opened == message)
        #expect(content == (kind.travelsForward ? Self.trip.content : nil))
        #expect(content?.reading == (kind.travelsForward ? Self.trip.content.reading : nil))
        #expect(delivery.peer == message.sender)
        #expect(delivery.offset == 5)
        #expect(delivery.value == record.value)
        #expect(delivery.recordHash == Envelope.hash(of: record))
    }

    @Test(
        "A record that was changed on its way is quarantined, with the cause",
        arguments: Tampered.all)
    func tampered(_ tampered: Tampered) throws {
        #expect(Self.cause(tampered.record) == tampered.cause)
        var bench = Bench()
        let before = bench[.bankB].state.participant
        let outcome = bench.at(.bankB, [bench[.bankB].receive(tampered.record)])
        #expect(outcome.entries == [.quarantined(tampered.cause)])
        #expect(outcome.messages.isEmpty)
        #expect(bench[.bankB].state.participant == before)
        #expect(bench[.bankB].state[Self.trip.saga] == nil)
    }

    @Test("No bit of a message can be changed", arguments: Message.Kind.allCases)
    func everyBit(_ kind: Message.Kind) {
        let record = Self.authenticate(Self.trip.message(kind, 1))
        for index in record.value.indices {
            for bit in 0..<8 {
                var value = record.value
                value[index] ^= 1 << bit
                #expect(Self.cause(record.with(value: value)) != nil)
            }
        }
    }

    @Test("No message can be cut or lengthened", arguments: Message.Kind.allCases)
    func everyLength(_ kind: Message.Kind) {
        let record = Self.authenticate(Self.trip.message(kind, 1))
        for count in 0..<record.value.count {
            #expect(Self.cause(record.with(value: Array(record.value.prefix(count)))) != nil)
        }
        #expect(Self.cause(record.with(value: record.value + [0xF8, 0x07, 0x01])) != nil)
    }

    @Test("Every cause that an envelope can find is in the table")
    func complete() {
        let found = Set(Tampered.all.map(\.cause))
        #expect(found == [.unreadable, .unknownSender, .unauthenticated, .hashMismatch])
    }

    @Test("The headers are for people and tools: CloudEvents and W3C Trace Context")
    func headers() throws {
        let record = Self.authenticate(Self.trip.message(.reserve, 1))
        let saga = Self.trip.id.description
        func text(_ name: String) -> String? {
            record.header(name).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(record.key == Self.trip.id.bytes)
        #expect(text("ce_specversion") == "1.0")
        #expect(text("ce_id") == "\(saga)#1/reserve")
        #expect(text("ce_source") == "bank-a")
        #expect(text("ce_type") == "giro.transfers.v1.Message.reserve")
        #expect(text("content-type") == "application/protobuf")
        #expect(record.header("giro-mac")?.count == 32)
        let parent = try #require(text("traceparent"))
        #expect(parent.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-01/) != nil)
        #expect(parent.dropFirst(3).prefix(32) == saga.filter { $0 != "-" })
    }

    @Test("A saga is one trace, and each of its steps another span")
    func spans() {
        let trip = Trip(Faulty.steps(16))
        let parents = (1...15).map { number in
            let message = trip.message(.reserve, number, from: .bankA).to(.bankB)
            return Self.authenticate(message).header("traceparent")
        }
        #expect(Set(parents).count == 15)
    }

    @Test("Headers are not trusted: a message without them is accepted as well")
    func headersAreNotTrusted() {
        let record = Self.authenticate(Self.trip.message(.reserve, 1))
        let bare = Record(
            key: [], headers: record.headers.filter { $0.name == "giro-mac" },
            value: record.value)
        #expect(Self.cause(bare) == nil)
    }

    @Test("Nothing is authenticated for a node that is no peer")
    func noPeer() {
        let trip = Trip(Route.pay(eur(1), from: .alice, to: .bob).then(.moon, .take(1)))
        #expect(Self.envelope(of: .bankB).authenticate(trip.message(.reserve, 2)) == nil)
    }

    @Test("Two records differ by key, value and code")
    func recordHash() {
        let record = Self.authenticate(Self.trip.message(.reserve, 1))
        let others = [
            Record(key: [1], headers: record.headers, value: record.value),
            record.with(value: record.value + [0]),
            record.with(code: [1]),
        ]
        let hashes = ([record] + others).map { Envelope.hash(of: $0) }
        #expect(Set(hashes).count == 4)
    }
}

/// A record on a topic to bank-b that is not what it says.
struct Tampered: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let cause: Quarantined.Cause
    let record: Record

    init(_ description: String, _ cause: Quarantined.Cause, _ record: Record) {
        testDescription = description
        self.cause = cause
        self.record = record
    }

    private static let message = EnvelopeTests.trip.message(.reserve, 1)
    private static let record = EnvelopeTests.authenticate(message)
    private static let code = known(record.header("giro-mac"))

    static let all = unreadable + stranger + unauthenticated + hashMismatch

    private static let unreadable = [
        Tampered("an empty value", .unreadable, record.with(value: [])),
        Tampered("noise", .unreadable, record.with(value: [0xFF, 0xFF, 0xFF])),
        Tampered(
            "half of a value", .unreadable,
            record.with(value: Array(record.value.prefix(record.value.count / 2)))),
        Tampered(
            "a content that is too long", .unreadable,
            authenticated(.raw([UInt8](repeating: 1, count: Message.contentBytesMax + 1)))),
        Tampered(
            "a step beyond all itineraries", .unreadable,
            EnvelopeTests.authenticate(
                Message(
                    .confirm, from: .bankA, to: .bankB, step: EnvelopeTests.trip.step(16)))),
        Tampered(
            "the UUID that names nothing", .unreadable,
            EnvelopeTests.authenticate(
                Message(
                    .confirm, from: .bankA, to: .bankB,
                    step: StepID(
                        saga: SagaID(CommandID(high: 0, low: 0), contentHash: .zero), number: 1)))
        ),
    ]

    private static let stranger = [
        Tampered(
            "a message to somebody else", .unknownSender,
            EnvelopeTests.authenticate(message.to(.hub))),
        Tampered(
            "its own message come back", .unknownSender,
            EnvelopeTests.authenticate(EnvelopeTests.trip.message(.confirm, 0))),
        Tampered(
            "a sender that is no peer", .unknownSender, record.with(value: from(.moon).encoded())),
        Tampered(
            "itself as the sender", .unknownSender, record.with(value: from(.bankB).encoded())),
    ]

    private static let unauthenticated = [
        Tampered("another value", .unauthenticated, record.with(value: another.encoded())),
        Tampered(
            "another sender", .unauthenticated, record.with(value: from(.hub).encoded())),
        Tampered("no code", .unauthenticated, record.with(code: nil)),
        Tampered("an empty code", .unauthenticated, record.with(code: [])),
        Tampered(
            "half of the code", .unauthenticated, record.with(code: Array(code.prefix(16)))),
        Tampered("a longer code", .unauthenticated, record.with(code: code + [0])),
        Tampered(
            "one bit of the code", .unauthenticated,
            record.with(code: [code[0] ^ 1] + code.dropFirst())),
        Tampered(
            "the secret of another pair", .unauthenticated,
            record.with(code: BenchNode.secret(.bankA, .hub).authenticationCode(for: record.value))
        ),
        Tampered(
            "a peer that speaks for another", .unauthenticated,
            record.with(code: BenchNode.secret(.hub, .bankB).authenticationCode(for: record.value))
        ),
        Tampered(
            "a code from another message of the pair", .unauthenticated,
            record.with(code: EnvelopeTests.authenticate(another).header("giro-mac"))),
    ]

    private static let hashMismatch = [
        Tampered(
            "a content that has another hash", .hashMismatch,
            authenticated(EnvelopeTests.trip.content, hash: .zero)),
        Tampered(
            "the hash of another content", .hashMismatch,
            authenticated(.raw([0xFF]), hash: EnvelopeTests.trip.content.hash)),
    ]

    private static let another = Trip(.pay(eur(999), from: .alice, to: .bob)).message(.reserve, 1)

    private static func from(_ sender: NodeName) -> Message {
        EnvelopeTests.trip.message(.reserve, 1, from: sender)
    }

    private static func authenticated(_ content: Content<Action>, hash: Hash? = nil) -> Record {
        let saga = SagaID(EnvelopeTests.trip.id, contentHash: hash ?? content.hash)
        return EnvelopeTests.authenticate(
            Message(
                .reserve, from: .bankA, to: .bankB, step: StepID(saga: saga, number: 1),
                content: content.bytes, deadline: EnvelopeTests.trip.deadline))
    }
}

extension Record {
    func with(value: [UInt8]) -> Record {
        Record(key: key, headers: headers, value: value)
    }

    func with(code: [UInt8]?) -> Record {
        let others = headers.filter { $0.name != "giro-mac" }
        let coded = code.map { [Header(name: "giro-mac", value: $0)] } ?? []
        return Record(key: key, headers: others + coded, value: value)
    }
}
