import Chain
import Ledger
import LedgerWire
import Links
import Saga
import TestKit
import Testing
import Wire

@testable import Engine

/// An attacker that can write to the topics of bank-b, which has a step reserved, attacks it: with
/// and without the keys of its peers. What proves nothing leaves no trace; what is proved and out
/// of place is a dead letter. Neither has an effect.
@Suite struct AttackTests {
    static let trip = SenderTests.trip

    /// bank-b after an honest reserve.
    private static func bench() -> Bench {
        var bench = Bench()
        bench.bring(trip, to: .reserved)
        return bench
    }

    @Test("A record that proves nothing leaves no trace but a count", arguments: Attack.all)
    func attack(_ attack: Attack) throws {
        var bench = Self.bench()
        let before = bench[.bankB].state
        for (index, record) in attack.records(bench).enumerated() {
            let outcome = bench.show(record.excerpt, to: .bankB, on: record.topic)
            #expect(outcome.events.isEmpty && outcome.words.isEmpty, "record \(index)")
            #expect(outcome.asked.isEmpty)
            let drop: Drop =
                attack.reason.map { .notTaken(record.topic, $0) } ?? .noExcerpt(record.topic)
            #expect(outcome.drops == [drop: 1], "record \(index)")
        }
        let after = bench[.bankB].state
        #expect(after.participant == before.participant)
        #expect(after.commands == before.commands)
        #expect(after.links == before.links)
        #expect(after.quarantined == before.quarantined)
        // The saga continues as if nothing had happened.
        #expect(bench.deliver(Self.trip.word(.confirm, 1)).entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "A peer that speaks out of its place signs its own dead letters, and moves nothing",
        arguments: Misplaced.all)
    func misplaced(_ misplaced: Misplaced) throws {
        var bench = Self.bench()
        let before = bench[.bankB].state
        for (index, word) in misplaced.words.enumerated() {
            let outcome = bench.deliver(word)
            #expect(outcome.entries == [.quarantined(misplaced.cause)], "\(index)")
            #expect(outcome.words.isEmpty && outcome.asked.isEmpty)
        }
        let after = bench[.bankB].state
        #expect(after.participant == before.participant)
        #expect(after.commands == before.commands)
        #expect(after.quarantined == before.quarantined + misplaced.words.count)
        #expect(bench.deliver(Self.trip.word(.confirm, 1)).entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }

    @Test("No bit of a header that a peer has signed can be changed")
    func signedHeader() {
        var bench = Self.bench()
        let excerpt = Attack.next(bench)
        let signed = excerpt.newest.signed
        for index in signed.bytes.indices {
            for bit in [0, 3, 7] {
                var bytes = signed.bytes
                bytes[index] ^= 1 << bit
                expectWorthless(.init(bytes: bytes, signature: signed.signature), excerpt, &bench)
            }
        }
        for index in signed.signature.indices {
            var signature = signed.signature
            signature[index] ^= 1
            expectWorthless(.init(bytes: signed.bytes, signature: signature), excerpt, &bench)
        }
    }

    private func expectWorthless(
        _ signed: SignedHeader, _ excerpt: Excerpt, _ bench: inout Bench
    ) {
        // What cannot be read is no excerpt.
        let newest = try? WitnessedHeader(signed)
        let forged = newest.flatMap { try? excerpt.under($0) }
        let outcome = bench.show(forged, to: .bankB, on: .bankA)
        #expect(outcome.entries.filter { $0 != .inboxAdvanced }.isEmpty)
        #expect(outcome.dropped == 1)
    }
}

/// Records that an attacker puts on the topics that bank-b reads, and why nothing is taken of them;
/// no reason where they are no excerpts.
struct Attack: Sendable, CustomTestStringConvertible {
    struct Record {
        let topic: NodeName
        let excerpt: Excerpt?
    }

    let testDescription: String
    let reason: LinkOutcome.Reason?
    let records: @Sendable (Bench) -> [Record]

    init(
        _ description: String, _ reason: LinkOutcome.Reason?,
        _ records: @escaping @Sendable (Bench) -> [Record]
    ) {
        testDescription = description
        self.reason = reason
        self.records = records
    }

    /// Every word that could matter to bank-b's step, from whom it should be.
    private static let wanted = Prompt.said.map { AttackTests.trip.word($0, 1) }

    /// What bank-b would take next of bank-a.
    static func next(_ bench: Bench) -> Excerpt {
        var bench = bench
        return show(wanted[1], &bench)
    }

    /// The sender writes it, and shows it to bank-b.
    private static func show(
        _ word: Word, _ bench: inout Bench, by signer: SigningKey? = nil
    ) -> Excerpt {
        let letter = bench.write(word, by: signer)
        return bench[letter.from].shelf.excerpt(
            of: letter.number...letter.number, for: letter.to,
            naming: bench.header(on: letter.line))
    }

    static let all = forged + replayed + changed

    private static let forged = [
        Attack("what is no excerpt", nil) { _ in
            [Record(topic: .bankA, excerpt: nil), Record(topic: .shop, excerpt: nil)]
        },
        Attack("signed with an unknown key", .otherKey) { bench in
            wanted.map { word in
                var bench = bench
                let excerpt = show(word, &bench, by: SigningKey())
                return Record(topic: word.sender, excerpt: excerpt)
            }
        },
        Attack("under the peer's header, signed with another key", .badSignature) { bench in
            wanted.map { word in
                var bench = bench
                let excerpt = show(word, &bench)
                let bytes = excerpt.newest.signed.bytes
                let signature = SigningKey().signature(for: bytes)
                return Record(
                    topic: word.sender,
                    excerpt: known(
                        try? excerpt.under(
                            WitnessedHeader(.init(bytes: bytes, signature: signature)))))
            }
        },
        Attack("a peer's own log on another peer's topic", .otherLink) { bench in
            wanted.map { word in
                var bench = bench
                return Record(
                    topic: word.sender == .bankA ? .shop : .bankA, excerpt: show(word, &bench))
            }
        },
    ]

    /// True records of true peers.
    private static let replayed = [
        Attack("what was taken before", .old) { bench in
            [
                Record(
                    topic: .bankA,
                    excerpt: bench[.bankA].shelf.excerpt(of: 1...1, for: .bankB, naming: nil))
            ]
        },
        Attack("entries for another node", .otherLink) { bench in
            wanted.map { word in
                var bench = bench
                return Record(
                    topic: word.sender,
                    excerpt: show(word.to(word.sender == .bankA ? .shop : .bankA), &bench))
            }
        },
        Attack("its own entries come back", .otherLink) { bench in
            [
                Record(
                    topic: .shop,
                    excerpt: bench[.bankB].shelf.excerpt(of: 1...1, for: .shop, naming: nil))
            ]
        },
        Attack("one after another that is held back", .gap) { bench in
            wanted.map { word in
                var bench = bench
                _ = bench.write(word)
                return Record(topic: word.sender, excerpt: show(word, &bench))
            }
        },
        Attack("a header that names none of those before it", .otherHeader) { bench in
            var bench = bench
            let letter = bench.write(wanted[1])
            return [
                Record(
                    topic: .bankA,
                    excerpt: bench[.bankA].shelf.excerpt(
                        of: letter.number...letter.number, for: .bankB, naming: nil))
            ]
        },
    ]

    private static let changed = [
        Attack("another content beside an entry", badContent) { bench in
            [Record(topic: .bankA, excerpt: asking(bench) { $0.content[0] ^= 1 })]
        },
        Attack("no content beside an entry", badContent) { bench in
            [Record(topic: .bankA, excerpt: asking(bench) { $0.content = [] })]
        },
        Attack("another saga of an entry", badEntry) { bench in
            [Record(topic: .bankA, excerpt: asking(bench) { $0.saga = CommandID(77) })]
        },
        Attack("another entry under the header", badEntry) { bench in
            [
                Record(
                    topic: .bankA,
                    excerpt: asking(bench) { entry in
                        let word = Trip(AttackTests.trip.route, number: 7).word(.abandon, 1)
                        entry.shown =
                            Event.encode(
                                word.event, to: Addressee(.bankB, number: 2), for: Party.self
                            ).shown
                        entry.content = []
                    })
            ]
        },
    ]

    /// Where the next entry of bank-a stands: behind its opening, its peers, its customers, its
    /// limits and the first.
    private static let place: Position = {
        var bench = Bench()
        bench.bring(AttackTests.trip, to: .reserved)
        return bench[.bankA].state.position + 1
    }()

    private static let badContent = LinkOutcome.Reason.badProof(.otherContent(at: place))
    private static let badEntry = LinkOutcome.Reason.badProof(.otherEntries(at: place))

    /// bank-a asks for another step, and its excerpt is changed on its way.
    private static func asking(_ bench: Bench, _ change: (inout Parts) -> Void) -> Excerpt {
        var bench = bench
        let word = Trip(AttackTests.trip.route, number: 7).word(.reserve, 1)
        let excerpt = show(word, &bench)
        let commit = excerpt.commits[0]
        var parts = Parts(commit.entries[0])
        change(&parts)
        return known(
            try? Excerpt(
                newest: excerpt.newest, previous: excerpt.previous,
                commits: [
                    CommitExcerpt(
                        listed: commit.listed, path: commit.path, entries: [parts.entry()],
                        proof: commit.proof)
                ]))
    }

    /// An entry that is shown, to be changed.
    private struct Parts {
        let old: ShownEntry
        var saga: CommandID?
        var shown: [UInt8]
        var content: [UInt8]

        init(_ entry: ShownEntry) {
            old = entry
            (saga, shown, content) = (entry.saga, entry.shown, entry.content)
        }

        func entry() throws(WireError) -> ShownEntry {
            try ShownEntry(
                position: old.position, saga: saga, keptHash: old.keptHash, shown: shown,
                content: content)
        }
    }
}

/// Words in excerpts of their senders' true logs that are none of the sender's business.
struct Misplaced: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let cause: Quarantined.Cause
    let words: [Word]

    init(_ description: String, _ cause: Quarantined.Cause, _ words: [Word]) {
        testDescription = description
        self.cause = cause
        self.words = words
    }

    private static let questions: [Prompt] = [.reserve, .abandon]
    private static let answers: [Prompt] = [.confirm, .cancel]
    private static let trip = AttackTests.trip
    private static let other = Trip(trip.route, reference: "other")
    private static let unasked = Trip(trip.route, number: 99)

    static let all = [
        Misplaced(
            "the step before says what only the step after may", .wrongStep,
            answers.map { trip.word($0, 1, from: .bankA) }),
        Misplaced(
            "the step after asks for what only the step before may", .wrongStep,
            questions.map { trip.word($0, 1, from: .shop) }),
        Misplaced(
            "a peer that has no step in it", .wrongStep,
            Prompt.said.map { trip.word($0, 1, from: .hub) }),
        Misplaced(
            "a peer that has no step in it says that it was reserved before", .wrongStep,
            [trip.word(.reserve, 1, from: .hub).again, unasked.word(.reserve, 1, from: .hub).again]
        ),
        Misplaced(
            "answers about a content that was not asked about", .unexpectedAnswer,
            answers.map { other.word($0, 1) }),
        Misplaced(
            "answers to what was never asked", .unexpectedAnswer,
            answers.map { unasked.word($0, 1) }),
        Misplaced(
            "an abandon of what was never asked for", .unexpectedAnswer,
            [unasked.word(.abandon, 1)]),
    ]
}

extension Excerpt {
    /// The same under another header.
    func under(_ newest: WitnessedHeader) throws(WireError) -> Excerpt {
        try Excerpt(newest: newest, previous: previous, commits: commits)
    }
}
