import Ledger
import LedgerWire
import Saga
import TestKit
import Testing
import Wire

/// The format of entries that are no decisions, as it is in logs today: see ``GoldenTests``.
@Suite("The format of an entry stays as it is")
struct GoldenEntryTests {
    /// An entry with its bytes; as number 9 for its receiver, where it is numbered.
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let event: Event<LedgerFact>
        let shown: String
        let kept: String

        init(
            _ testDescription: String, _ event: Event<LedgerFact>, shown: String = "",
            kept: String
        ) {
            self.testDescription = testDescription
            self.event = event
            self.shown = shown
            self.kept = kept
        }
    }

    @Test("of", arguments: aboutSteps + forPeers + ownRows)
    func golden(_ row: Row) throws {
        let addressee = row.event.receiver.map {
            Addressee($0, number: row.event.isNumbered ? 9 : nil)
        }
        let parts = Event.encode(row.event, to: addressee, for: Ledger.self)
        #expect(Hexadecimal.text(of: parts.shown) == row.shown)
        #expect(Hexadecimal.text(of: parts.kept) == row.kept)
        #expect(try Event.decode(parts, saga: row.event.saga, for: Ledger.self) == row.event)
    }

    private static let firstFork = TimelineName(
        number: 1, fork: known(ForkID(bytes: [UInt8](repeating: 0, count: 16))))

    private static let read: Event<LedgerFact> = .read(
        Read(
            number: 7,
            header: HeaderName(commit: 9, hash: .sha256(of: Samples.signedHeader.bytes)),
            acknowledged: 3), of: Samples.bankB, header: Samples.signedHeader)

    private static let aboutSteps: [Row] = [
        Row(
            "what is reserved again",
            .stepRepeated(
                StepRepeated(
                    step: Samples.step, state: .reserved, neighbour: Samples.shop,
                    content: Samples.transferContent.bytes, deadline: Samples.deadline)),
            shown: """
                0a0473686f7010091a0d080110022080d0eab6b733300142208523ceb135af329c837ea7ac3edbe8\
                47db521be401e8d586ad68989625bb9511
                """,
            kept: "2a00"),
        Row(
            "what is confirmed again",
            .stepRepeated(
                StepRepeated(
                    step: Samples.namesakeStep, state: .confirmed, neighbour: Samples.bankA)),
            shown: """
                0a0662616e6b2d6110091a28080110032a20000102030405060708090a0b0c0d0e0f101112131415\
                161718191a1b1c1d1e1f3001
                """,
            kept: "2a00"),
        Row(
            "what is cancelled again",
            .stepRepeated(
                StepRepeated(
                    step: Samples.namesakeStep, state: .cancelled, refusal: .declined,
                    neighbour: Samples.bankA)),
            shown: """
                0a0662616e6b2d6110091a32080110041a086465636c696e65642a20000102030405060708090a0b\
                0c0d0e0f101112131415161718191a1b1c1d1e1f3001
                """,
            kept: "2a00"),
        Row(
            "a client's request to abandon",
            .abandonRequested(
                AbandonRequested(
                    step: StepID(saga: Samples.saga, number: 0), next: nil,
                    principal: Cast.ada)),
            shown: "1a2410052a208523ceb135af329c837ea7ac3edbe847db521be401e8d586ad68989625bb9511",
            kept: "1a0a0a08756e69783a616461"),
        Row(
            "a request to abandon that is passed on",
            .abandonRequested(
                AbandonRequested(step: Samples.step, next: Samples.shop, principal: nil)),
            shown: """
                0a0473686f7010091a26080110052a208523ceb135af329c837ea7ac3edbe847db521be401e8d586\
                ad68989625bb9511
                """,
            kept: "1a00"),
        Row(
            "a step that is forgotten",
            .stepForgotten(Samples.step, facts: [.released(Samples.step, [])]),
            shown: "1a2408012a208523ceb135af329c837ea7ac3edbe847db521be401e8d586ad68989625bb9511",
            kept: "9a01040a025a00"),
    ]

    private static let forPeers: [Row] = [
        Row(
            "a read",
            read,
            shown: """
                0a0662616e6b2d62222808071220039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84\
                a1a2011cfb8118092003
                """,
            kept: """
                42470a03010203124009090909090909090909090909090909090909090909090909090909090909\
                090909090909090909090909090909090909090909090909090909090909090909
                """),
        Row(
            "a timeline that people accept",
            .peerAccepted(
                Samples.bankB, Accepted(Samples.fork, own: nil), by: Cast.ada),
            shown: "0a0662616e6b2d6210093a1408031210f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0",
            kept: "520a0a08756e69783a616461"),
        Row(
            "a timeline that is accepted in another",
            .peerAccepted(
                Samples.bankB, Accepted(Samples.fork, own: firstFork), by: nil),
            shown: """
                0a0662616e6b2d6210093a2808031210f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f01801221000000000\
                000000000000000000000000
                """,
            kept: "5200"),
        Row(
            "a timeline that is shown",
            .timelineShown(Samples.timelines[1], to: Samples.bankB),
            shown: """
                0a0662616e6b2d621009324608031210f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f01828222000010203\
                0405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2a04080110052a0608021009\
                1815
                """,
            kept: "8a0100"),
        Row(
            "a key that is shown",
            .keyShown(publicKey: Samples.hash.bytes, to: Samples.bankB),
            shown: """
                0a0662616e6b2d6210092a220a20000102030405060708090a0b0c0d0e0f10111213141516171819\
                1a1b1c1d1e1f
                """,
            kept: "920100"),
    ]

    private static let ownRows: [Row] = [
        Row(
            "what is quarantined",
            .quarantined(
                Quarantined(
                    cause: .wrongStep, peer: Samples.bankB, number: 41, shown: [1, 2, 3])),
            kept: "321a0a0977726f6e6753746570120662616e6b2d6218292203010203"),
        Row(
            "an opening",
            .nodeOpened(Samples.bankA, publicKey: Samples.hash.bytes),
            kept: """
                3a2a0a0662616e6b2d611220000102030405060708090a0b0c0d0e0f101112131415161718191a1b\
                1c1d1e1f
                """),
        Row(
            "a timeline that starts",
            .timelineStarted(
                Samples.fork, by: Cast.ada, approvers: ["ada", "grace"]),
            kept: """
                5a2a08031203616461120567726163651a08756e69783a6164612210f0f0f0f0f0f0f0f0f0f0f0f0\
                f0f0f0f0
                """),
        Row(
            "a rotation",
            .keyRotated(publicKey: Samples.hash.bytes, by: Cast.ada),
            kept: """
                622c0a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f1208756e\
                69783a616461
                """),
        Row(
            "a peer's key",
            .peerKeyTaken(Samples.bankB, publicKey: Samples.hash.bytes),
            kept: """
                722a0a0662616e6b2d621220000102030405060708090a0b0c0d0e0f101112131415161718191a1b\
                1c1d1e1f
                """),
        Row(
            "a key that was compared",
            .peerKeyCompared(
                Samples.bankB, publicKey: Samples.hash.bytes, by: Cast.ada),
            kept: """
                7a340a0662616e6b2d621220000102030405060708090a0b0c0d0e0f101112131415161718191a1b\
                1c1d1e1f1a08756e69783a616461
                """),
        Row(
            "a peer's answer",
            .peerAnswered(Samples.bankB),
            kept: "8201080a0662616e6b2d62"),
        Row(
            "a peer that is suspended for its new timeline",
            .peerSuspended(
                Samples.bankB,
                .forked(Samples.timelines[1], number: 12, header: Samples.signedHeader)),
            kept: """
                4a99010a0662616e6b2d6212030102031a4009090909090909090909090909090909090909090909\
                09090909090909090909090909090909090909090909090909090909090909090909090909090909\
                0909224608031210f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f018282220000102030405060708090a0b\
                0c0d0e0f101112131415161718191a1b1c1d1e1f2a04080110052a06080210091815280c
                """),
        Row(
            "a peer that is suspended for a denial",
            .peerSuspended(
                Samples.bankB, .denied(.unknownHeader, header: Samples.signedHeader)),
            kept: """
                4a5e0a0662616e6b2d6212030102031a400909090909090909090909090909090909090909090909\
                09090909090909090909090909090909090909090909090909090909090909090909090909090909\
                09320d756e6b6e6f776e486561646572
                """),
        Row(
            "a clock",
            .clockAccepted(
                Timestamp(milliseconds: 1_795_000_000_000), by: Cast.ada,
                approvers: ["ada", "grace"]),
            kept: "6a1d0880bcd9f29e341203616461120567726163651a08756e69783a616461"),
        Row(
            "an advance",
            .inboxAdvanced,
            kept: "2200"),
    ]
}
