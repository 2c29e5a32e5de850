import Ledger
import LedgerWire
import Saga
import TestKit
import Testing
import Wire

/// What a neighbour reads of an entry about a step, and what it cannot learn from it. The neighbour
/// is always bank B: it owns the next step where this one is reserved, and else the one before.
@Suite("What a neighbour is shown")
struct ShownPartTests {
    private static let states = StepState.allCases.filter { $0 != .unknown }

    /// What the entry keeps to its node.
    private struct Kept {
        /// On the other side of the step.
        var neighbour: NodeName? = Samples.shop
        var fingerprint: Hash? = Samples.hash
        var principal: Principal? = Cast.grace
        var reserving: [Everything.Fact] = [
            .first(.first(.held(Samples.heldStep, Samples.heldStep.holdPostings)))
        ]
        var closing: [Everything.Fact] = [
            .first(.first(.settled(Samples.step, Samples.heldStep.settlePostings)))
        ]

        /// All of it as bytes, by what it is.
        var secrets: [(name: String, bytes: [UInt8])] {
            var secrets: [(name: String, bytes: [UInt8])] = [
                ("the fingerprint", fingerprint?.bytes ?? [])
            ]
            for fact in reserving + closing { secrets.append(("a fact", Everything.encode(fact))) }
            for posting in Samples.heldStep.holdPostings + Samples.heldStep.settlePostings {
                secrets.append(("a posting", Array(posting.book.description.utf8)))
            }
            let texts: [String?] = [
                neighbour?.text, principal?.text, Samples.alice.text, Samples.bob.text,
                Samples.euro.code,
            ]
            for text in texts.compactMap({ $0 }) { secrets.append((text, Array(text.utf8))) }
            return secrets
        }
    }

    private static func entry(
        _ state: StepState, keeping kept: Kept = Kept(), content: [UInt8] = []
    ) -> Samples.Entry {
        let asks = state == .reserved
        return .stepDecided(
            StepDecided(
                step: Samples.step, state: state,
                refusal: state == .cancelled ? .insufficientFunds : nil,
                previous: asks ? kept.neighbour : Samples.bankB,
                next: asks ? Samples.bankB : kept.neighbour, content: content,
                deadline: content.isEmpty ? nil : Samples.deadline, fingerprint: kept.fingerprint,
                principal: kept.principal, reserving: kept.reserving, closing: kept.closing))
    }

    private static let contents: [[UInt8]] = [[], Samples.transferContent.bytes]

    @Test("is for bank B, but where a step is still open", arguments: states)
    func receiver(_ state: StepState) throws {
        let entry = Self.entry(state)
        #expect(entry.receiver == (state == .deciding ? nil : Samples.bankB))
        let frame = try ShownFrame(Samples.parts(of: entry, number: 3).shown)
        #expect(frame.addressee == entry.receiver.map { Addressee($0, number: 3) })
    }

    @Test(
        "holds neither facts nor postings, nor who decided it, nor the node on the other side",
        arguments: states, contents)
    func secrets(_ state: StepState, _ content: [UInt8]) {
        let kept = Kept()
        let parts = Samples.parts(of: Self.entry(state, keeping: kept, content: content))
        for (name, secret) in kept.secrets {
            #expect(!secret.isEmpty)
            #expect(parts.kept.contains(secret), "\(name) is not there to be found")
            #expect(!parts.shown.contains(secret), "\(name) is shown")
        }
        let name = Array(Samples.bankB.text.utf8)
        #expect(parts.shown.contains(name) == (state != .deciding), "it names its addressee alone")
    }

    @Test("is the same, whatever the node keeps", arguments: states, contents)
    func independent(_ state: StepState, _ content: [UInt8]) {
        let parts = Samples.parts(of: Self.entry(state, content: content))
        var others = [Kept](repeating: Kept(), count: 8)
        others[0].neighbour = nil
        others[1].neighbour = Samples.bankA
        others[2].fingerprint = .zero
        others[3].fingerprint = nil
        others[4].principal = Cast.ada
        others[5].reserving = []
        others[6].closing = Samples.stepFacts(Samples.step)
        (others[7].principal, others[7].fingerprint) = (nil, nil)
        for kept in others {
            let other = Samples.parts(of: Self.entry(state, keeping: kept, content: content))
            #expect(other.kept != parts.kept)
            #expect(other.shown == parts.shown)
            #expect(other.content == parts.content)
        }
    }

    @Test("is another with another number, state or content", arguments: states)
    func another(_ state: StepState) {
        let parts = Samples.parts(of: Self.entry(state))
        var shown: Set = [parts.shown]
        for other in Self.states where other != state {
            shown.insert(Samples.parts(of: Self.entry(other)).shown)
        }
        shown.insert(
            Samples.parts(of: Self.entry(state, content: Samples.transferContent.bytes)).shown)
        #expect(shown.count == Self.states.count + 1)
        let renumbered = Samples.parts(of: Self.entry(state), number: 8)
        #expect((renumbered.shown != parts.shown) == (state != .deciding))
        #expect(renumbered.kept == parts.kept)
    }

    @Test("names a content once, and holds nothing of it", arguments: states, contents)
    func contentHash(_ state: StepState, _ content: [UInt8]) throws {
        let parts = Samples.parts(of: Self.entry(state, content: content))
        let hash = Samples.step.saga.contentHash
        #expect(parts.content == content)
        #expect(parts.shown.ranges(of: hash.bytes).count == 1)
        #expect(!parts.kept.contains(hash.bytes))
        let frame = try ShownFrame(parts.shown)
        #expect(frame.contentHash == (content.isEmpty ? nil : hash))
        #expect(frame.step?.contains(hash.bytes) == content.isEmpty)
        for start in stride(from: 0, to: content.count - 16, by: 16) {
            let piece = Array(content[start..<(start + 16)])
            #expect(!parts.shown.contains(piece))
        }
    }

    @Test("holds neither the client that gives up, nor facts of what is forgotten")
    func secretsOfOthers() {
        let facts = Samples.stepFacts(Samples.step)
        let origin = StepID(saga: Samples.saga, number: 0)
        let asked = Samples.parts(
            of: .abandonRequested(
                AbandonRequested(step: origin, next: Samples.bankB, principal: Cast.ada)))
        let ada = Array(Cast.ada.text.utf8)
        #expect(asked.kept.contains(ada) && !asked.shown.contains(ada))
        let forgotten = Samples.parts(of: .stepForgotten(Samples.step, facts: facts))
        for fact in facts.map({ Everything.encode($0) }) {
            #expect(forgotten.kept.contains(fact) && !forgotten.shown.contains(fact))
        }
    }

    @Test("says once more what an entry said before, and that it is said again")
    func repetitions() throws {
        let content = Samples.transferContent.bytes
        let first = Samples.parts(of: Self.entry(.reserved, content: content))
        let again = Samples.parts(
            of: .stepRepeated(
                StepRepeated(
                    step: Samples.step, state: .reserved, neighbour: Samples.bankB,
                    content: content, deadline: Samples.deadline)))
        #expect(first.content == again.content)
        let step = try #require(try ShownFrame(first.shown).step)
        #expect(try ShownFrame(again.shown).step == step + Protobuf.field(6, UInt64(1)))
    }
}
