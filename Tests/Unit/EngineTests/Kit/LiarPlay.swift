import Chain
import Ledger
import LedgerWire
import Links
import Randomness
import Saga
import TestKit
import Wire

@testable import Engine

/// bank-b and a liar by chance. What the liar writes is often nearly true: else it would soon be
/// suspended.
struct LiarPlay {
    private(set) var bench: Bench
    /// The entries that bank-b wrote, by their kinds.
    private(set) var kinds: Set<String> = []
    private var liar = Liar()
    private var random: SplitMix64
    /// What bank-b has not decided yet, and how far that shows the liar's log.
    private var inputs: [Input<Party>] = []
    private var ahead: (next: UInt64, header: HeaderName)?
    /// The highest number of a timeline that the liar has used.
    private var highest: UInt64 = 0
    private var losses: UInt8 = 0
    private var paid: UInt64 = 0

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        var bench = Bench(empty: [.bankA, .bankB])
        bench.operate(at: .bankB, .open(.bea, .eur))
        bench.operate(at: .bankB, .open(.bob, .eur))
        bench.operate(at: .bankB, .deposit(eur(1_000), to: .bea))
        bench.limitExposure(to: 1_000)
        self.bench = bench
    }

    mutating func step() throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: pay()
        case 1:
            flush()
            try bench[.bankB].restart()
        case 2:
            flush()
            losses += 1
            note(bench.startTimeline(losses, at: .bankB))
        case 3, 4:
            flush()
            let key = pick(Liar.keys).publicKey
            note(bench.comparePeerKey(of: .bankA, key, at: .bankB))
        case 5:
            flush()
            let key = isOne(of: 2) ? nil : pick(Liar.keys).publicKey
            note(bench.acceptPeer(.bankA, under: key, at: .bankB))
        case 6, 7: fork()
        default:
            for _ in 0..<Int.random(in: 1...2, using: &random) { write() }
            show()
        }
        if isOne(of: 3) { flush() }
    }

    /// bank-b decides what it was shown, in one batch or more.
    mutating func flush() {
        guard !inputs.isEmpty else { return }
        let shown = inputs
        inputs = []
        ahead = nil
        note(bench.at(.bankB, shown))
    }

    private mutating func note(_ outcome: Outcome) {
        kinds.formUnion(outcome.allEntries.map(\.kind))
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        known(values.randomElement(using: &random))
    }

    private mutating func isOne(of count: Int) -> Bool {
        Int.random(in: 0..<count, using: &random) == 0
    }

    private var link: LinkInbox { known(bench[.bankB].state.links[.bankA]) }

    // MARK: - Sagas

    /// bank-b waits for an answer of bank-a.
    private mutating func pay() {
        paid += 1
        note(bench.begin(Self.owed(paid)))
    }

    private static func owed(_ number: UInt64) -> Trip {
        Trip(.pay(eur(1), from: .bea, to: .alice), number: 500 + number)
    }

    private mutating func word(_ number: UInt64) -> Liar.Draft {
        var word: Word
        if Bool.random(using: &random) {
            word = Self.owed(UInt64.random(in: 1...3, using: &random))
                .word(pick([.confirm, .cancel]), 0)
        } else {
            let usual = Bench.start + .seconds(30)
            let deadlines = [usual, usual, Timestamp(milliseconds: .min), .distantFuture]
            let trip = Trip(
                .pay(eur(1), from: .alice, to: .bob),
                number: UInt64.random(in: 1...6, using: &random), deadline: pick(deadlines))
            word = trip.word(pick([.reserve, .reserve, .abandon]), 1)
        }
        word.isRepeated = isOne(of: 4)
        let event = word.event
        let addressee = Addressee(.bankB, number: number)
        return (saga: event.saga, parts: Event.encode(event, to: addressee, for: Party.self))
    }

    // MARK: - The liar's log

    /// The key that counts at bank-b, mostly.
    private mutating func signer() -> SigningKey {
        let key = link.key
        let other = pick(Liar.keys)
        guard !isOne(of: 10) else { return other }
        return Liar.keys.first { $0.publicKey == key } ?? other
    }

    private mutating func write() {
        let timeline = liar.timeline + pick([0, 0, 0, 0, 0, 1, 1, 1_000] as [UInt64])
        highest = max(highest, timeline)
        var drafts: [Liar.Draft] = []
        for index in 1...UInt64.random(in: 1...4, using: &random) {
            let draft = lie(liar.given + index, in: timeline)
            drafts.append(draft)
        }
        if isOne(of: 3) {
            let shown = Shown(to: .bankB, read()).encoded()
            drafts.insert(Liar.draft(shown), at: Bool.random(using: &random) ? 0 : drafts.count)
        }
        let key = signer()
        liar.write(drafts, of: timeline, by: key)
    }

    private mutating func lie(_ number: UInt64, in timeline: UInt64) -> Liar.Draft {
        let what: Shown.What
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return Liar.draft(unreadable(number))
        case 1, 2, 3: return word(number)
        case 4, 5: what = .step(noise())
        case 6: what = .key(pick(Liar.keys).publicKey)
        case 7, 8: what = .timeline(begun(in: timeline))
        case 9, 10: what = .accepted(accepted(in: timeline))
        default: what = .read(read())
        }
        let saga = isOne(of: 2) ? nil : CommandID(number)
        return Liar.draft(Shown(to: .bankB, number: number, what).encoded(), under: saga)
    }

    private mutating func noise() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            bytes.append(UInt8.random(in: 0...255, using: &random))
        }
        return bytes
    }

    /// A field that is not known, or has not what belongs there.
    private mutating func unreadable(_ number: UInt64) -> [UInt8] {
        let (bytes, field) = (noise(), pick([4, 5, 6, 7, 99]))
        return Liar.shown(number) { $0.write(element: bytes, field) }
    }

    private mutating func anyName(_ number: UInt64) -> TimelineName {
        TimelineName(number: number, fork: .of(UInt8.random(in: 1...250, using: &random)))
    }

    /// A timeline with an odd number, and often where its commit begins.
    private mutating func begun(in timeline: UInt64) -> NewTimeline {
        let head = liar.end.head
        let numbers = [max(1, timeline), timeline + 1, 1, 1_000, UInt64(Int64.max)]
        let name = anyName(pick(numbers))
        let isPlaced = !isOne(of: 3)
        let position =
            isPlaced ? head.position : pick([Position.start, Position(1), Position(1 << 62)])
        var earlier: [NewTimeline.Beginning] = []
        if name.number > 1, position > .start, isOne(of: 3) {
            let number = UInt64.random(in: 1...9, using: &random)
            earlier = [.init(timeline: name.number - 1, number: number, position: .start)]
        }
        return NewTimeline(
            name, position: position, commitHash: isPlaced ? head.commitHash : .zero,
            earlier: earlier)
    }

    /// Of the timeline that bank-b waits for, or another, in that of the commit, or another.
    private mutating func accepted(in timeline: UInt64) -> Accepted {
        let other = anyName(1)
        let awaited = bench[.bankB].state.timeline ?? other
        let own = anyName(pick([timeline, timeline, timeline + 1, 1_000]))
        return Accepted(isOne(of: 3) ? other : awaited, own: own.number == 0 ? nil : own)
    }

    /// Mostly what bank-b can have given and shown.
    private mutating func read() -> Read {
        let newest = bench[.bankB].shelf.newest.name
        let given = bench[.bankB].state.given[.bankA, default: 0]
        guard isOne(of: 8) else {
            return Read(number: given, header: newest, acknowledged: link.next - 1)
        }
        let odd = [0, given, given + 1, link.next, UInt64(Int64.max)]
        let other = HeaderName(commit: newest.commit, hash: .sha256(of: [1]))
        return Read(number: pick(odd), header: pick([newest, other]), acknowledged: pick(odd))
    }

    /// What bank-b has not taken, or any other part of the log.
    private mutating func show() {
        guard liar.given > 0 else { return }
        let inbox = link
        var first = ahead?.next ?? inbox.next
        var (last, count) = (liar.given, liar.commits.count)
        if isOne(of: inbox.awaited == nil ? 6 : 2) {
            first = UInt64.random(in: 1...last, using: &random)
        }
        guard first <= last else { return }
        if isOne(of: 6) { last = UInt64.random(in: first...last, using: &random) }
        if isOne(of: 6) { count = Int.random(in: 1...count, using: &random) }
        let (numbers, named) = (first...last, ahead?.header ?? inbox.newest?.name)
        guard
            let excerpt = liar.excerpt(of: numbers, under: count, naming: named)
                ?? liar.excerpt(of: numbers, under: count)
        else { return }
        inputs.append(bench[.bankB].receive(excerpt, on: .bankA))
        ahead = (numbers.upperBound + 1, excerpt.newest.name)
    }

    /// The liar's log loses some of its end, and says so.
    private mutating func fork() {
        flush()
        liar = liar.first(Int.random(in: 0...liar.commits.count, using: &random))
        highest += 1
        let (head, name, number) = (liar.end.head, anyName(highest), liar.given + 1)
        let new = NewTimeline(name, position: head.position, commitHash: head.commitHash)
        let shown = Shown(to: .bankB, number: number, .timeline(new)).encoded()
        let key = signer()
        liar.write([Liar.draft(shown)], of: highest, by: key)
        let excerpt = liar.excerpt(of: number...number)
        inputs.append(bench[.bankB].receive(excerpt, on: .bankA))
        flush()
    }
}
