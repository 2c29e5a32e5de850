import Chain
import Ledger
import LedgerWire
import MessageBus
import Saga
import TestKit
import Testing
import Wire

@testable import Engine
@testable import PeerProtocol

/// An attacker that can write to the bus attacks bank-b, which has a step reserved: with and
/// without the secrets of its peers. Records that fail verification are quarantined and counted,
/// and have no effect.
@Suite struct AttackTests {
    static let trip = SenderTests.trip

    /// bank-b after an honest reserve, and the witness that came with it.
    private static func bench() -> Bench {
        var bench = Bench()
        bench.bring(trip, to: .reserved)
        let witness = bench[.bankB].receive(Attack.witness)
        bench.at(.bankB, [witness])
        return bench
    }

    @Test("A record that fails verification has no effect and is counted", arguments: Attack.all)
    func attack(_ attack: Attack) throws {
        var bench = Self.bench()
        let (before, count) = (bench[.bankB].state, bench[.bankB].state.quarantined)
        for (index, record) in attack.records.enumerated() {
            let input = bench[.bankB].receive(record)
            let outcome = bench.at(.bankB, [input])
            #expect(outcome.entries == [.quarantined(attack.cause)], "record \(index)")
            #expect(outcome.messages.isEmpty && outcome.asked.isEmpty)
        }
        let after = bench[.bankB].state
        #expect(after.participant == before.participant)
        #expect(after.commands == before.commands)
        #expect(after.peers == before.peers)
        #expect(after.quarantined == count + attack.records.count)
        // The saga continues as if nothing had happened.
        #expect(bench.deliver(Self.trip.message(.confirm, 1)).entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }

    @Test("Whatever is done to a header, the message says the same or is quarantined")
    func headers() {
        let honest = EnvelopeTests.authenticate(EnvelopeTests.trip.message(.reserve, 1))
        for (index, header) in honest.headers.enumerated() {
            let (name, isCode) = (header.name, header.name == "giro-mac")
            let others = [
                [], Array("bank-c".utf8), header.value + [0], Array(header.value.dropLast()),
            ]
            for value in others {
                var headers = honest.headers
                headers[index] = .init(name: name, value: value)
                expect(headers, name, isSame: !isCode)
                // Before the true one it counts, behind it it does not.
                expect([headers[index]] + honest.headers, name, isSame: !isCode)
                expect(honest.headers + [headers[index]], name, isSame: true)
            }
            expect(honest.headers.filter { $0.name != name }, name, isSame: !isCode)
        }
    }

    private func expect(_ headers: [Record.Header], _ name: String, isSame: Bool) {
        let honest = EnvelopeTests.authenticate(EnvelopeTests.trip.message(.reserve, 1))
        let record = Record(key: honest.key, headers: headers, value: honest.value)
        #expect(EnvelopeTests.cause(record) == (isSame ? nil : .unauthenticated), "\(name)")
        guard isSame else { return }
        guard case .authentic(let message, _) = EnvelopeTests.reading(record) else {
            Issue.record("\(name): the value says the same")
            return
        }
        #expect(message == EnvelopeTests.trip.message(.reserve, 1))
    }

    @Test("No byte of a header that a peer has signed can be changed, even by the peer")
    func signedHeader() {
        let bench = Self.bench()
        let commit = Attack.commit
        for index in commit.headerBytes.indices {
            for bit in [0, 3, 7] {
                var bytes = commit.headerBytes
                bytes[index] ^= 1 << bit
                let forged = Attack.witness(
                    .init(bytes: bytes, signature: commit.signature), from: .bankA)
                expectUnbelievable(forged, bench)
            }
        }
        for index in commit.signature.indices {
            var signature = commit.signature
            signature[index] ^= 1
            let forged = Attack.witness(
                .init(bytes: commit.headerBytes, signature: signature), from: .bankA)
            expectUnbelievable(forged, bench)
        }
    }

    private func expectUnbelievable(_ record: Record, _ bench: Bench) {
        let delivery: Delivery<Party> = bench[.bankB].envelope.verify(
            .init(offset: 0, record: record), from: .bankA, for: Party.self)
        guard case .rejected = delivery.reading else {
            Issue.record("it was read as \(delivery.reading)")
            return
        }
    }
}

/// Records that an attacker puts on the topics that bank-b reads, each on that of the peer which it
/// names, and why they are rejected.
struct Attack: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let cause: Quarantined.Cause
    let records: [Record]

    init(_ description: String, _ cause: Quarantined.Cause, _ records: [Record]) {
        testDescription = description
        self.cause = cause
        self.records = records
    }

    static let all = forged + replayed + signed + misplaced

    /// Every message that could matter to bank-b's step, from whom it should be.
    private static let wanted = Message.Kind.allCases.map { AttackTests.trip.message($0, 1) }

    private static let questions: [Message.Kind] = [.reserve, .abandon]
    private static let answers: [Message.Kind] = [.confirm, .cancel]

    private static let forged = [
        Attack(
            "authenticated with no secret that anybody shares", .unauthenticated,
            wanted.map { authenticate($0, with: .random()) }),
        Attack(
            "authenticated by a peer in another peer's name", .unauthenticated,
            wanted.map {
                authenticate(
                    $0, with: BenchNode.secret(.bankB, $0.sender == .bankA ? .shop : .bankA))
            }),
        Attack(
            "the true sender only in what is not authenticated", .unknownSender,
            wanted.map { message in
                let honest = EnvelopeTests.authenticate(message)
                let forged = AttackTests.trip.message(
                    message.kind, 1, from: .moon)
                return honest.with(value: forged.encoded())
            }),
        Attack(
            "a witness authenticated with no secret that anybody shares", .unauthenticated,
            [
                known(
                    Envelope(node: .bankA, secrets: [.bankB: .random()])
                        .authenticate(
                            Witness(from: .bankA, to: .bankB, newest: signedHeader, echo: nil)))
            ]),
    ]

    /// True records of true peers, at the wrong receiver.
    private static let replayed = [
        Attack(
            "messages to another node", .unknownSender,
            wanted.map { EnvelopeTests.authenticate($0.to($0.sender == .bankA ? .shop : .bankA)) }),
        Attack(
            "its own messages come back", .unknownSender,
            questions.map { EnvelopeTests.authenticate(AttackTests.trip.message($0, 2)) }
                + answers.map { EnvelopeTests.authenticate(AttackTests.trip.message($0, 0)) }),
        Attack(
            "a witness to another node", .unknownSender,
            [
                known(
                    EnvelopeTests.envelope(of: .bankA)
                        .authenticate(
                            Witness(from: .bankA, to: .hub, newest: signedHeader, echo: nil)))
            ]),
    ]

    private static let signed = [
        Attack(
            "a peer that shows another's header", .unauthenticated,
            [witness(signedHeader, from: .hub)]),
        Attack(
            "a header that nobody's key has signed", .unauthenticated,
            [
                witness(
                    .init(
                        bytes: commit.headerBytes,
                        signature: SigningKey().signature(for: commit.headerBytes)), from: .bankA)
            ]),
    ]

    /// Authentic, each under its sender's own secret, and none of the sender's business.
    private static let misplaced = [
        Attack(
            "the step before says what only the step after may", .wrongStep,
            answers.map {
                EnvelopeTests.authenticate(AttackTests.trip.message($0, 1, from: .bankA))
            }),
        Attack(
            "the step after asks for what only the step before may", .wrongStep,
            questions.map {
                EnvelopeTests.authenticate(AttackTests.trip.message($0, 1, from: .shop))
            }),
        Attack(
            "a peer that has no step in it", .wrongStep,
            wanted.map {
                EnvelopeTests.authenticate(AttackTests.trip.message($0.kind, 1, from: .hub))
            }),
        Attack(
            "answers about a content that nobody asked about", .unexpectedAnswer,
            answers.map { kind in
                let other = Trip(SenderTests.trip.route, reference: "other")
                return EnvelopeTests.authenticate(other.message(kind, 1))
            }),
        Attack(
            "answers to what was never asked", .unexpectedAnswer,
            answers.map {
                EnvelopeTests.authenticate(Trip(SenderTests.trip.route, number: 99).message($0, 1))
            }),
        Attack(
            "a content that is not the one of its hash", .hashMismatch,
            questions.map { kind in
                EnvelopeTests.authenticate(
                    Message(
                        kind, from: .bankA, to: .bankB, step: SenderTests.trip.step(1),
                        content: Trip(SenderTests.trip.route, reference: "other").content.bytes,
                        deadline: SenderTests.trip.deadline))
            }),
    ]

    static let commit: Commit = {
        var history = WitnessTests.History()
        return history.next()
    }()

    private static let signedHeader = SignedHeader(
        bytes: commit.headerBytes, signature: commit.signature)

    static let witness = witness(signedHeader, from: .bankA)

    static func witness(_ header: SignedHeader, from sender: NodeName) -> Record {
        known(
            EnvelopeTests.envelope(of: sender)
                .authenticate(Witness(from: sender, to: .bankB, newest: header, echo: nil)))
    }

    private static func authenticate(_ message: Message, with secret: PeerSecret) -> Record {
        known(
            Envelope(node: message.sender, secrets: [message.receiver: secret]).authenticate(
                message))
    }
}
