import Chain
import Ledger
import LedgerWire
import Randomness
import Saga
import TestTags
import Testing
import Wire

/// Whatever is done to valid bytes, reading them never traps, and what can still be read means
/// the same after it was written again.
@Suite("Damaged bytes", .tags(.slow), .onlyInFullRuns)
struct MutationTests {
    private static let rounds = 20_000

    /// Calls `read` with damaged encodings; it says whether they could be read.
    private func damage(
        _ encodings: [[UInt8]], seed: UInt64, _ read: ([UInt8]) throws -> Bool
    ) rethrows {
        try damageEach(of: encodings, seed: seed) { bytes, _ in try read(bytes) }
    }

    /// - Parameter read: Also knows which of the encodings was damaged.
    private func damageEach(
        of encodings: [[UInt8]], seed: UInt64, _ read: ([UInt8], _ index: Int) throws -> Bool
    ) rethrows {
        var random = SplitMix64(seed: seed)
        var readable = 0
        for round in 0..<Self.rounds {
            let index = round % encodings.count
            let damaged = Mutation.damage(encodings[index], others: encodings, with: &random)
            if try read(damaged, index) { readable += 1 }
        }
        #expect(readable > 0, "the damage is too great to test anything but refusal")
        #expect(readable < Self.rounds, "the damage is too small to test refusal")
    }

    @Test("of contents are refused, or read as one itinerary")
    func contents() {
        let encodings = [Samples.transferContent.bytes, Samples.purchaseContent.bytes]
        damage(encodings, seed: 2) { bytes in
            let content = Content.decode(bytes, for: Everything.self)
            #expect(content.bytes == bytes)
            guard case .understood(let itinerary) = content.reading,
                itinerary.steps.allSatisfy({ $0.foreignActions == 0 })
            else { return false }
            let again = Content.encode(
                itinerary, reference: content.reference ?? "", for: Everything.self)
            #expect(again.reading == content.reading)
            return true
        }
    }

    @Test("of contents are never understood by one node and unreadable to another")
    func contentsForTwo() {
        let encodings = [Samples.transferContent.bytes, Samples.purchaseContent.bytes]
        damage(encodings, seed: 3) { bytes in
            let one = Content.decode(bytes, for: Everything.self)
            let other = Content.decode(bytes, for: Ledger.self)
            #expect((one.reading == .unreadable) == (other.reading == .unreadable))
            for number in 0..<4 { #expect(one.node(at: number) == other.node(at: number)) }
            return one.reading != .unreadable
        }
    }

    @Test(
        "of what entries keep are refused, or read as one event",
        arguments: [Samples.command, nil])
    func kept(_ command: CommandID?) throws {
        let parts = Samples.events.filter { $0.saga == command }.map { Samples.parts(of: $0) }
        try damageEach(of: parts.map(\.kept), seed: 4) { bytes, index throws in
            var damaged = parts[index]
            damaged.kept = bytes
            return try Self.isReadable(damaged, under: command)
        }
    }

    @Test("of what entries show are refused, or read as one event")
    func shown() throws {
        let events = Samples.stepEvents + Samples.linkEvents
        let parts = events.map { Samples.parts(of: $0) }
        try damageEach(of: parts.map(\.shown), seed: 7) { bytes, index throws in
            var damaged = parts[index]
            damaged.shown = bytes
            return try Self.isReadable(damaged, under: events[index].saga)
        }
    }

    /// There is one form: what is read is what would be written.
    private static func isReadable(
        _ parts: EntryParts, under command: CommandID?
    ) throws -> Bool {
        guard let event = try? Event.decode(parts, saga: command, for: Everything.self) else {
            return false
        }
        let frame = try ShownFrame(parts.shown)
        let again = Event.encode(event, to: frame.addressee, for: Everything.self)
        #expect(again.kept == parts.kept)
        #expect(again.content == parts.content)
        // A decision that names a content which is left out has no event that says so.
        guard frame.contentHash == nil || !parts.content.isEmpty else { return true }
        #expect(again == parts)
        return true
    }

    @Test("of what peers show of steps are refused, or read as one statement")
    func peerSteps() throws {
        let parts = Samples.stepEvents.map { Samples.parts(of: $0) }
        let frames = try parts.map { try ShownFrame($0.shown) }
        let steps = frames.compactMap(\.step)
        try damageEach(of: steps, seed: 1) { bytes, index throws in
            let hash = frames[index].contentHash
            guard
                let said = try? PeerStep(
                    bytes, saga: Samples.command, contentHash: hash, content: parts[index].content)
            else { return false }
            if let hash { #expect(said.step.saga.contentHash == hash) }
            if case .reserved(let content, _, _) = said.kind {
                #expect(content == parts[index].content && !content.isEmpty)
            }
            return true
        }
    }

    @Test("of states are refused, or read as one state")
    func states() throws {
        try damage([Samples.everything.encodedState()], seed: 5) { bytes throws in
            guard let state = try? Everything(encodedState: bytes) else { return false }
            let again = state.encodedState()
            #expect(try Everything(encodedState: again) == state)
            return true
        }
    }

    @Test("of commits are refused, or read as one commit")
    func commits() throws {
        try damage(Samples.commits.map { $0.encoded() }, seed: 6) { bytes throws in
            guard let commit = try? Commit(encoded: bytes) else { return false }
            #expect(commit.encoded() == bytes)
            return true
        }
    }
}
