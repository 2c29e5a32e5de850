import Chain
import Links
import Randomness
import Saga

/// Two nodes and a stranger who shows each of them anything that was ever durable.
struct LinkWorld {
    var parties: [Party]
    /// Records that the relays handed over, to each node.
    var topics: [[Excerpt]] = [[], []]
    /// Where a node's `read`s alone end up: all that were ever shown.
    var now = Duration.zero
    var random: SplitMix64
    let defect: Defect?
    /// How often each node loses its log.
    var losses: [Int]
    var outcomes: Set<String> = []

    init(seed: UInt64, losses: [Int], defect: Defect? = nil) {
        random = SplitMix64(seed: seed)
        self.defect = defect
        self.losses = losses
        let keys = [[1, 2, 3], [11, 12, 13]].map { seeds in seeds.map { Cast.key($0) } }
        parties = [
            Party(Cast.bankA, peer: Cast.bankB, keys: keys[0], peerKey: keys[1][0].publicKey),
            Party(Cast.bankB, peer: Cast.bankA, keys: keys[1], peerKey: keys[0][0].publicKey),
        ]
    }

    // MARK: - Nodes

    mutating func write(_ me: Int) throws {
        let party = parties[me]
        var drafts: [Draft] = []
        for count in 1...Int.random(in: 1...3, using: &random) {
            if Bool.random(using: &random) { drafts.append(.own) }
            drafts.append(Cast.step(party.given + UInt64(count), to: party.peer))
        }
        if party.keyIndex < party.keys.count - 1, Int.random(in: 0..<8, using: &random) == 0 {
            let number = party.given + UInt64(drafts.count { $0.shown != nil }) + 1
            let key = party.keys[party.keyIndex + 1].publicKey
            drafts.append(Draft(shown: Shown(to: party.peer, number: number, .key(key))))
        }
        try parties[me].commit(drafts)
    }

    mutating func relay(_ me: Int) throws {
        let isEarly = defect == .shownBeforeDurable || defect == .acknowledgedEarly
        let count = isEarly ? parties[me].log.count : parties[me].durable
        if isEarly { parties[me].offer(through: count, now: now) }
        let time = defect == .neverShownAgain ? .zero : now
        while let turn = parties[me].outbox.next(at: time) {
            guard let made = try parties[me].excerpt(of: turn, through: count, defect: defect)
            else {
                return
            }
            let shown = turn.kind == .entries ? min(made.count, turn.positions.count) : 1
            parties[me].outbox.show(
                turn, count: shown, under: made.excerpt.newest.name,
                byteCount: made.excerpt.encoded().count, at: time)
            topics[1 - me].append(try Excerpt(decoding: made.excerpt.encoded()))
        }
    }

    mutating func crash(_ me: Int) throws {
        if defect == .numbersStartAgain {
            let acknowledged = parties[me].outbox.acknowledged
            let commits = parties[me].log.commits.prefix(parties[me].durable)
            parties[me].durable =
                commits.prefix { commit in
                    commit.entries.allSatisfy { $0.says.number ?? 0 <= acknowledged }
                }.count
        }
        parties[me].crash(now: now)
        for entry in parties[1 - me].taken where entry.commit <= parties[1 - me].durable {
            guard isDurable(entry.entry, of: me) else { throw Claim.takenIsDurable }
        }
    }

    mutating func lose(_ me: Int) throws {
        guard losses[me] > 0 else { return }
        losses[me] -= 1
        let count = Int.random(in: 0...parties[me].durable, using: &random)
        let seed = UInt8(16 * me + losses[me] + 1)
        try parties[me].lose(count, fork: Cast.fork(seed), now: now, defect: defect)
    }

    // MARK: - People

    /// What people can do now: compare keys after a loss, and accept a new timeline.
    mutating func decide(_ me: Int) throws {
        let other = parties[1 - me]
        guard let key = other.signer else { return }
        let known = parties[me].inbox.key
        if let awaited = parties[me].inbox.awaited, !awaited.keyIsCompared || known != key {
            parties[me].inbox.apply(.keyCompared(key))
            try parties[me].commit([], [.keyCompared(key)])
        }
        var found: (fork: Fork, key: PublicKey)?
        if case .forked(let fork) = parties[me].inbox.suspension {
            found = (fork, parties[me].inbox.key)
        } else if let excerpt = parties[me].unknownFork, other.isNewer(parties[me].inbox.key) {
            // They compare the key that signed it: the newest one when the log was lost.
            found = parties[me].inbox.fork(in: excerpt, under: other.forkKey)
                .map { ($0, other.forkKey) }
        }
        parties[me].unknownFork = nil
        guard let (fork, forkKey) = found else { return }
        guard other.survived != nil else { throw Claim.suspectsOnlyLoss }
        let next = parties[me].inbox.next
        var records = parties[me].inbox.accept(fork, under: forkKey)
        if defect == .skipsToFork { move(me, to: fork.number, fork, &records) }
        if defect == .numberKeptAtFork { move(me, to: next - 1, fork, &records) }
        try parties[me].commit(
            [parties[me].accepted(fork.timeline.name)] + parties[me].read(records), records)
        parties[me].outbox.isSuspended = false
        if let number = records.compactMap(\.number).first {
            note(me, number: min(next - 1, number), head: fork.header.name)
        }
        guard parties[me].inbox.next <= next else { throw Claim.inOrder }
    }

    private mutating func move(
        _ me: Int, to number: UInt64, _ fork: Fork, _ records: inout [LinkRecord]
    ) {
        let read = Read(
            number: number, header: fork.header.name,
            acknowledged: parties[me].inbox.acknowledged)
        records.append(.read(read, fork.header))
        parties[me].inbox.apply(.read(read, fork.header))
    }

    // MARK: - Time

    mutating func step() throws {
        let me = Int.random(in: 0...1, using: &random)
        now += .milliseconds(Int.random(in: 0...400, using: &random))
        switch Int.random(in: 0..<100, using: &random) {
        case ..<12: if parties[me].given < 25 { try write(me) }
        case ..<32: parties[me].flush(now: now)
        case ..<47: try relay(me)
        case ..<67: try deliver(to: me)
        case ..<72:
            if let place = topics[me].indices.randomElement(using: &random) {
                topics[me].remove(at: place)
            }
        case ..<88: try stranger(to: me)
        case ..<91: try forger(to: me)
        case ..<94: try crash(me)
        case ..<95: try lose(me)
        case ..<97: try decide(me)
        default: now += .seconds(Int.random(in: 1...70, using: &random))
        }
    }

    mutating func deliver(to me: Int) throws {
        guard !topics[me].isEmpty else { return }
        // Mostly in order.
        let isFirst = Int.random(in: 0..<4, using: &random) > 0
        let place = isFirst ? 0 : Int.random(in: topics[me].indices, using: &random)
        try receive(me, topics[me].remove(at: place))
    }

    /// The faults stop, all that is in flight is lost, and people do what they can.
    mutating func calm() throws {
        topics = [[], []]
        for _ in 0..<60 where !isSettled {
            now += .seconds(70)
            for _ in 0..<4 {
                for me in 0...1 {
                    try decide(me)
                    parties[me].flush(now: now)
                    now += .milliseconds(300)
                    try relay(me)
                    while !topics[1 - me].isEmpty {
                        try receive(1 - me, topics[1 - me].removeFirst())
                    }
                }
            }
        }
        guard isSettled else { throw Claim.progress }
    }

    private var isSettled: Bool {
        parties.indices.allSatisfy { me in
            let (party, other) = (parties[me], parties[1 - me])
            return !party.isAhead && party.outbox.acknowledged == party.given
                && other.inbox.next == party.given + 1 && party.inbox.suspension == nil
                && party.inbox.awaited == nil
        }
    }

    /// Walks for so many steps, and until all is taken and acknowledged.
    mutating func walk(_ steps: Int) -> Claim? {
        do {
            for _ in 0..<steps { try step() }
            try calm()
            return nil
        } catch {
            return error as? Claim ?? .isFold
        }
    }
}
