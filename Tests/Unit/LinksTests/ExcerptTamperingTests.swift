import Chain
import Links
import Saga
import Testing
import Wire

@Suite("What is changed in an excerpt") struct ExcerptTamperingTests {
    @Test("is taken where nothing is")
    func unchanged() throws {
        let sample = try ExcerptSample()
        let parts = ExcerptParts(sample.excerpt)
        #expect(try parts.excerpt() == sample.excerpt)
        #expect(sample.inbox.next == 2)
        try sample.excerpt.verify()
        guard case .taken(let taking) = sample.outcome(of: sample.excerpt) else {
            Issue.record("\(sample.outcome(of: sample.excerpt))")
            return
        }
        #expect(taking.entries.compactMap(\.says.number) == [2, 3, 4, 5, 6])
        #expect(taking.heard?.number == 3)
    }

    @Test("is refused, for its own reason", arguments: ExcerptTampering.all)
    func refused(tampering: ExcerptTampering) throws {
        let sample = try ExcerptSample()
        var parts = ExcerptParts(sample.excerpt)
        try tampering.change(&parts, sample)
        #expect(Self.refusal(of: parts, sample) == tampering.refusal)
    }

    @Test("is no entry of another node's, be its log the same otherwise")
    func otherNode() throws {
        let sample = try ExcerptSample()
        let drafts: [[Draft]] = [[.own, Cast.step(1), .own], [Cast.step(2)], [Cast.step(3)]]
        let log = try ExcerptSample.log(of: ExcerptSample.bankC, drafts)
        let whole = try log.excerpt(
            of: log.numbered([2, 3], for: Cast.bankB), naming: log.commits[0].header.name
        ).excerpt
        try whole.verify()
        #expect(sample.outcome(of: whole) == .nothing(.otherLink))
        var parts = ExcerptParts(sample.excerpt)
        parts.commits[0] = ExcerptParts(whole).commits[0]
        #expect(
            Self.refusal(of: parts, sample)
                == .unreadable("an excerpt's commits are out of order or of two nodes"))
    }

    @Test("is no entry of another branch of the same log")
    func otherBranch() throws {
        let sample = try ExcerptSample()
        var branch = sample.log.prefix(1)
        try branch.append([.own, Cast.step(2, size: 7), .own], by: ExcerptSample.key)
        try branch.append([Cast.step(3)], by: ExcerptSample.key)
        let other = try branch.excerpt(
            of: branch.numbered([2, 3], for: Cast.bankB), naming: branch.commits[0].header.name
        ).excerpt
        try other.verify()
        var parts = ExcerptParts(sample.excerpt)
        parts.commits[0] = ExcerptParts(other).commits[0]
        parts.commits[0].path = ExcerptParts(sample.excerpt).commits[0].path
        parts.commits.remove(at: 1)
        #expect(
            Self.refusal(of: parts, sample) == .unproved(.otherHistory(at: Position(4))))
    }

    @Test("ends what is taken where a number is missing")
    func missingNumber() throws {
        let sample = try ExcerptSample()
        var parts = ExcerptParts(sample.excerpt)
        parts.commits.remove(at: 2)
        let cut = try parts.excerpt()
        try cut.verify()
        guard case .taken(let taking) = sample.outcome(of: cut) else {
            Issue.record("\(sample.outcome(of: cut))")
            return
        }
        #expect(taking.entries.compactMap(\.says.number) == [2, 3, 4])
    }

    @Test("is not seen in the content of an entry that this version does not understand")
    func notUnderstood() throws {
        var writer = MessageWriter()
        writer.write("bank-b", 1)
        writer.write(1 as UInt64, 2)
        writer.write(element: [1, 2, 3], 99)
        let entry = try ShownEntry(
            position: Position(1), saga: nil, keptHash: .zero, shown: writer.bytes,
            content: [1])
        #expect(entry.says.what == .notUnderstood)
        #expect(entry.hasItsContent)
    }

    /// How an excerpt is refused, read from its bytes; `nil` where it is taken.
    static func refusal(
        of parts: ExcerptParts, _ sample: ExcerptSample
    ) -> ExcerptTampering.Refusal? {
        let excerpt: Excerpt
        do throws(WireError) {
            let made = try parts.excerpt()
            excerpt = try Excerpt(decoding: made.encoded())
            #expect(excerpt == made)
        } catch {
            return .unreadable(error.description)
        }
        let outcome = sample.outcome(of: excerpt)
        do throws(ExcerptFault) {
            try excerpt.verify()
        } catch {
            guard case .nothing = outcome else { return nil }
            return .unproved(error)
        }
        guard case .nothing(let reason) = outcome else { return nil }
        return .untaken(reason)
    }
}
