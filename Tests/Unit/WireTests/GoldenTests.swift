import Ledger
import LedgerWire
import Saga
import TestKit
import Testing
import Wire

/// The format as it is in logs and topics today. When one of these fails, the format has changed:
/// logs that exist can no longer be read, or their entries have other hashes.
@Suite("The format stays as it is")
struct GoldenTests {
    @Test("of a content")
    func content() {
        #expect(
            Hexadecimal.text(of: Samples.transferContent.bytes) == """
                0a330a0662616e6b2d6112290a05646562697412200a14616363742d616c6963653030314062616e\
                6b2d61120808904e12034555520a340a0662616e6b2d62122a0a0663726564697412200a14616363\
                742d626f6230303030314062616e6b2d62120808904e12034555521209696e766f6963652037
                """)
    }

    private static let held = HeldStep(
        id: StepID(saga: Samples.saga, number: 0),
        actions: [.debit(Samples.alice, Samples.hundred)], previous: nil, next: Samples.bankB)

    /// The three parts of an entry about a step.
    private func expectParts(
        of decided: StepDecided<LedgerFact>, to addressee: Addressee?, shown: String, kept: String
    ) {
        let parts = Event<LedgerFact>.encode(
            .stepDecided(decided), to: addressee, for: Ledger.self)
        #expect(Hexadecimal.text(of: parts.shown) == shown)
        #expect(Hexadecimal.text(of: parts.kept) == kept)
        #expect(parts.content == decided.content)
    }

    @Test("of the parts of an entry that asks the next node")
    func reserved() {
        let decided = StepDecided<LedgerFact>(
            step: Self.held.id, state: .reserved, previous: nil, next: Samples.bankB,
            content: Samples.transferContent.bytes, deadline: Samples.deadline,
            fingerprint: .zero, principal: Cast.ada,
            reserving: [.held(Self.held, Self.held.holdPostings)],
            closing: [.settled(Self.held.id, [])])
        expectParts(
            of: decided, to: Addressee(Samples.bankB, number: 300),
            shown: """
                0a0662616e6b2d6210ac021a0910022080d0eab6b73342208523ceb135af329c837ea7ac3edbe847\
                db521be401e8d586ad68989625bb9511
                """,
            kept: """
                0ab901120662616e6b2d621a20000000000000000000000000000000000000000000000000000000\
                00000000002208756e69783a6164612a7f4a7d120662616e6b2d621a220a200a14616363742d616c\
                6963653030314062616e6b2d61120808904e120345555222280a14616363742d616c696365303031\
                4062616e6b2d61121008f0b1ffffffffffffff01120345555222250a1968656c642f616363742d61\
                6c6963653030314062616e6b2d61120808904e120345555232025200
                """)
    }

    @Test("of the parts of an entry that answers the node before, without a content")
    func cancelled() {
        let decided = StepDecided<LedgerFact>(
            step: Samples.step, state: .cancelled, refusal: .insufficientFunds,
            previous: Samples.bankA, next: Samples.shop, closing: [.released(Samples.step, [])])
        expectParts(
            of: decided, to: Addressee(Samples.bankA, number: 7),
            shown: """
                0a0662616e6b2d6110071a40080110041a186c65646765722e696e73756666696369656e7446756e\
                64732a208523ceb135af329c837ea7ac3edbe847db521be401e8d586ad68989625bb9511
                """,
            kept: "0a120a0662616e6b2d61120473686f7032025a00")
    }

    @Test("of the parts of an entry that no peer is shown")
    func deciding() {
        let decided = StepDecided<LedgerFact>(
            step: Samples.step, state: .deciding, previous: Samples.bankA, next: nil,
            content: Samples.transferContent.bytes, deadline: Samples.deadline)
        expectParts(
            of: decided, to: nil,
            shown: """
                1a0b080110012080d0eab6b73342208523ceb135af329c837ea7ac3edbe847db521be401e8d586ad\
                68989625bb9511
                """,
            kept: "0a080a0662616e6b2d61")
    }

    @Test(
        "of an operation",
        arguments: [
            (
                .operationDecided(
                    .init(
                        id: Samples.command, fingerprint: Samples.hash, principal: Cast.ada,
                        outcome: .applied(.opened(Samples.alice, Samples.euro)))),
                """
                124b0a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f1a1d0a1b\
                0a14616363742d616c6963653030314062616e6b2d6112034555522208756e69783a616461
                """
            ),
            (
                .operationDecided(
                    .init(
                        id: Samples.command, fingerprint: Samples.hash, principal: Cast.ada,
                        outcome: .refused(.accountExists))),
                """
                12420a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f12146c65\
                646765722e6163636f756e744578697374732208756e69783a616461
                """
            ),
            (
                .operationDecided(
                    .init(
                        id: Samples.command, fingerprint: Samples.hash, principal: Cast.ada,
                        outcome: .applied(.transitSet(from: Samples.bankB, .blocked)))),
                """
                123a0a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f1a0c620a\
                0a0662616e6b2d6210012208756e69783a616461
                """
            ),
            (
                .operationDecided(
                    .init(
                        id: Samples.command, fingerprint: Samples.hash, principal: Cast.ada,
                        outcome: .applied(
                            .owedLimited(to: Samples.bankB, minorUnits: 5, Samples.euro)))),
                """
                12410a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f1a136a11\
                0a0662616e6b2d621207080512034555522208756e69783a616461
                """
            ),
        ] as [(Event<LedgerFact>, String)])
    func operation(_ event: Event<LedgerFact>, _ golden: String) {
        let parts = Event.encode(event, to: nil, for: Ledger.self)
        #expect(Hexadecimal.text(of: parts.kept) == golden)
        #expect(parts == EntryParts(kept: parts.kept))
    }

    @Test("of a state")
    func state() {
        let state = Pair(
            Ledger(
                node: Samples.bankA,
                accounts: [Samples.alice: .init(currency: Samples.euro, available: 10)],
                clearings: [
                    .init(peer: Samples.bankB, currency: Samples.euro): .init(balance: -3)
                ],
                ownBooks: [.init(.cash, Samples.euro): -7], heldSteps: [Self.held]),
            Samples.stock)
        #expect(
            Hexadecimal.text(of: state.encodedState()) == """
                000000be0a1d0a14616363742d616c6963653030314062616e6b2d611203455552200a12180a0662\
                616e6b2d62120345555218fdffffffffffffffff011a180a0463617368121008f9ffffffffffffff\
                ff01120345555222610a310190a0b0c0d07e0f8123456789abcdef8523ceb135af329c837ea7ac3e\
                dbe847db521be401e8d586ad68989625bb951100122c120662616e6b2d621a220a200a1461636374\
                2d616c6963653030314062616e6b2d61120808904e12034555522a0662616e6b2d610a070a056368\
                6169720a0a0a046c616d701004180312490a310190a0b0c0d07e0f8123456789abcdef0001020304\
                05060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0112140a080a046c616d701003\
                0a080a046c616d701003123f0a310190a0b0c0d07e0f8123456789abcdef8523ceb135af329c837e\
                a7ac3edbe847db521be401e8d586ad68989625bb951101120a0a080a046c616d70100312350a3101\
                90a0b0c0d07e0f8123456789abcdef8523ceb135af329c837ea7ac3edbe847db521be401e8d586ad\
                68989625bb9511021200
                """)
    }
}
