import Chain
import Links
import Randomness
import Saga
import Testing
import Wire

@Suite("A damaged excerpt says nothing that its log does not") struct ExcerptMutationTests {
    @Test("where any one byte is another, or is left out")
    func everyByte() throws {
        let sample = try ExcerptSample()
        let bytes = sample.excerpt.encoded()
        var random = SplitMix64(seed: 1)
        var accepted = 0
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= UInt8.random(in: 1...255, using: &random)
            if try Self.isAccepted(changed, sample) { accepted += 1 }
            var shorter = bytes
            shorter.remove(at: place)
            if try Self.isAccepted(shorter, sample) { accepted += 1 }
        }
        // The header before has no place in what is signed: only its receiver can compare it.
        let previous = try #require(sample.excerpt.previous)
        #expect(accepted == 32 * (1 + previous.path.count))
    }

    @Test("where it is cut: whole commits at its end may be missing, and nothing else")
    func everyCut() throws {
        let sample = try ExcerptSample()
        let bytes = sample.excerpt.encoded()
        var counts: [Int] = []
        for end in bytes.indices where try Self.isAccepted(Array(bytes[..<end]), sample) {
            counts.append(try Excerpt(decoding: Array(bytes[..<end])).commits.count)
        }
        #expect(counts == [1, 2, 3])
    }

    @Test("where bytes are flipped, cut out, repeated or taken from others", arguments: 0..<4)
    func bytes(seed: UInt64) throws {
        let sample = try ExcerptSample()
        let originals = try ExcerptWireTests.excerpts(of: sample).map { $0.encoded() }
        var random = SplitMix64(seed: seed)
        for _ in 0..<1_000 {
            var bytes = originals[Int.random(in: originals.indices, using: &random)]
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                Self.damage(&bytes, others: originals, with: &random)
            }
            _ = try Self.isAccepted(bytes, sample)
        }
    }

    @Test("where its parts are dropped, doubled, exchanged or taken from others", arguments: 0..<4)
    func parts(seed: UInt64) throws {
        let sample = try ExcerptSample()
        let originals = try ExcerptWireTests.excerpts(of: sample).map { ExcerptParts($0) }
        var random = SplitMix64(seed: 100 + seed)
        var accepted = 0
        for _ in 0..<500 {
            var parts = originals[Int.random(in: originals.indices, using: &random)]
            let other = originals[Int.random(in: originals.indices, using: &random)]
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                Self.rearrange(&parts, other: other, with: &random)
            }
            let bytes = ExcerptWireTests.encoded(parts)
            if try Self.isAccepted(bytes, sample) { accepted += 1 }
        }
        #expect(accepted > 0)
    }

    /// Whether bytes are an excerpt that is proved and signed; then its entries and headers have to
    /// be those of the log, its bytes those that it is written as, and what is taken is in order.
    static func isAccepted(_ bytes: [UInt8], _ sample: ExcerptSample) throws -> Bool {
        guard let excerpt = try? Excerpt(decoding: bytes) else { return false }
        #expect(excerpt.encoded() == bytes)
        let outcome = sample.outcome(of: excerpt)
        let keys = [ExcerptSample.key.publicKey]
        let isProved = (try? excerpt.verify()) != nil
        let header = excerpt.newest.signed
        guard isProved, keys.contains(where: { $0.isValid(header.signature, for: header.bytes) })
        else {
            guard case .nothing = outcome else {
                Issue.record("\(outcome)")
                return false
            }
            return false
        }
        let log = sample.log
        #expect(log.holds(excerpt.newest.name))
        #expect(excerpt.entries.allSatisfy(log.entries.contains))
        for listed in excerpt.commits.compactMap(\.listed) {
            #expect(log.commits.map(\.header.signed.bytes).contains(listed.bytes))
        }
        if case .taken(let taking) = outcome {
            let numbers = taking.entries.compactMap(\.says.number)
            #expect(numbers == Array(2..<(2 + UInt64(numbers.count))))
            #expect(taking.entries == log.numbered(numbers, for: Cast.bankB))
        }
        return true
    }

    static func damage(
        _ bytes: inout [UInt8], others: [[UInt8]], with random: inout SplitMix64
    ) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: bytes.indices, using: &random)
        let end = Int.random(in: place...min(place + 40, bytes.count), using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = .random(in: 0...255, using: &random)
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.removeSubrange(place..<end)
        case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
        default:
            let other = others[Int.random(in: others.indices, using: &random)]
            let start = min(place, other.count)
            bytes.replaceSubrange(place..<end, with: other[start..<min(end, other.count)])
        }
    }

    /// One change of a part to another that is as well formed.
    static func rearrange(
        _ parts: inout ExcerptParts, other: ExcerptParts, with random: inout SplitMix64
    ) {
        guard let index = parts.commits.indices.randomElement(using: &random),
            let foreign = other.commits.randomElement(using: &random)
        else { return }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: parts.commits.remove(at: index)
        case 1: parts.commits.insert(foreign, at: index)
        case 2: parts.commits.swapAt(index, parts.commits.count - 1)
        case 3: parts.commits[index].header = foreign.header
        case 4: parts.commits[index].path = foreign.path
        case 5: parts.commits[index].proof = foreign.proof
        case 6: parts.previous = other.previous
        case 7: (parts.header, parts.signature) = (other.header, other.signature)
        default: rearrange(&parts.commits[index], foreign, with: &random)
        }
    }

    private static func rearrange(
        _ commit: inout ExcerptParts.Commit, _ other: ExcerptParts.Commit,
        with random: inout SplitMix64
    ) {
        guard let index = commit.entries.indices.randomElement(using: &random),
            let foreign = other.entries.randomElement(using: &random)
        else { return }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: commit.entries.remove(at: index)
        case 1: commit.entries.insert(foreign, at: index)
        case 2: commit.entries[index].position = foreign.position
        case 3: commit.entries[index].saga = foreign.saga
        case 4: commit.entries[index].keptHash = foreign.keptHash
        case 5: commit.entries[index].shown = foreign.shown
        case 6: commit.entries[index].content = foreign.content
        default: commit.proof.shuffle(using: &random)
        }
    }
}
