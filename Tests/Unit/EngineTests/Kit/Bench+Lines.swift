import Chain
import Links
import Saga
import TestKit
import Testing
import Wire

@testable import Engine

// What travels between the nodes.
extension Bench {
    /// Delivers the oldest entry in flight to its receiver.
    @discardableResult
    mutating func deliverNext() -> Outcome {
        deliver(mail.removeFirst())
    }

    /// Delivers entries until none is in flight.
    mutating func deliverAll() {
        while !mail.isEmpty { deliverNext() }
    }

    /// Brings one entry to its addressee, in its own record.
    @discardableResult
    mutating func deliver(_ letter: Letter) -> Outcome {
        at(letter.to, [input(of: letter)])
    }

    mutating func input(of letter: Letter) -> Input<Party> {
        input(of: letter.number...letter.number, on: letter.line)
    }

    /// All that receivers have not taken is in flight again, as when no acknowledgment came.
    ///
    /// - Returns: Whether there is anything.
    @discardableResult
    mutating func showAgain() -> Bool {
        mail = lines.flatMap { line in
            (next(on: line)..<self[line.from].shelf.given(to: line.to) + 1).map {
                Letter(from: line.from, to: line.to, $0)
            }
        }
        return !mail.isEmpty
    }

    /// Shows everything that was not taken again, until there is nothing left.
    mutating func deliverEverything(_ location: SourceLocation = #_sourceLocation) {
        for _ in 1...100 {
            guard showAgain() else { return }
            deliverAll()
        }
        Issue.record("\(mail) are never taken", sourceLocation: location)
    }

    /// A record of the newest entries on a line.
    mutating func input(of numbers: ClosedRange<UInt64>, on line: Line) -> Input<Party> {
        let sender = self[line.from]
        let excerpt = sender.shelf.excerpt(of: numbers, for: line.to, naming: header(on: line))
        if numbers.contains(next(on: line)) {
            ahead[line] = (numbers.upperBound + 1, excerpt.newest.name)
        }
        return self[line.to].receive(excerpt, on: line.from)
    }

    /// The number that the receiver takes next.
    func next(on line: Line) -> UInt64 {
        if let next = ahead[line]?.next { return next }
        let link = known(self[line.to].state.links[line.from])
        return min(link.next, self[line.from].shelf.given(to: line.to) + 1)
    }

    /// The sender's newest header that the receiver has taken.
    func header(on line: Line) -> HeaderName? {
        ahead[line]?.header ?? self[line.to].state.links[line.from]?.newest?.name
    }
}

// What a test lets a node say that its engine has not decided.
extension Bench {
    /// The sender writes it into its log, and shows it with all that its receiver has not taken.
    @discardableResult
    mutating func deliver(_ word: Word) -> Outcome {
        at(word.receiver, [input(of: word)])
    }

    mutating func input(of word: Word) -> Input<Party> {
        let letter = write(word)
        mail.removeAll { $0.line == letter.line && $0.number <= letter.number }
        let first = min(next(on: letter.line), letter.number)
        return input(of: first...letter.number, on: letter.line)
    }

    /// The sender writes it into its log.
    mutating func write(_ word: Word, by signer: SigningKey? = nil) -> Letter {
        let event = word.event
        let number = self[word.sender].shelf.given(to: word.receiver) + 1
        let parts = Event.encode(
            event, to: Addressee(word.receiver, number: number), for: Party.self)
        return write(
            parts, under: event.saga, on: Line(from: word.sender, to: word.receiver), by: signer)
    }

    /// The sender writes anything into its log.
    mutating func write(
        _ parts: EntryParts, under saga: CommandID?, on line: Line, by signer: SigningKey? = nil
    ) -> Letter {
        self[line.from].write(
            parts, under: saga, to: line.to, isNumbered: true, by: signer, at: now)
        return Letter(from: line.from, to: line.to, self[line.from].shelf.given(to: line.to))
    }

    /// The sender writes any acknowledgment into its log.
    mutating func write(_ read: Read, on line: Line, by signer: SigningKey? = nil) {
        let shown = Shown(to: line.to, read).encoded()
        self[line.from].write(
            EntryParts(shown: shown, kept: [1]), under: nil, to: line.to, isNumbered: false,
            by: signer, at: now)
    }

    /// Hands a node a record on a peer's topic.
    @discardableResult
    mutating func show(_ excerpt: Excerpt?, to name: NodeName, on topic: NodeName) -> Outcome {
        at(name, [self[name].receive(excerpt, on: topic)])
    }
}

// What people do about logs.
extension Bench {
    /// People of `name` have compared the keys of all its peers.
    mutating func comparePeerKeys(at name: NodeName) {
        for peer in self[name].configuration.peers.sorted() {
            comparePeerKey(of: peer, at: name)
        }
    }

    @discardableResult
    mutating func comparePeerKey(
        of peer: NodeName, _ key: PublicKey? = nil, at name: NodeName
    ) -> Outcome {
        let key = key ?? self[peer].key.publicKey
        return at(name, [.comparePeerKey(peer, key, by: Cast.ada, Ticket(1))])
    }

    /// People of `name` accept the new timeline of a peer.
    @discardableResult
    mutating func acceptPeer(
        _ peer: NodeName, under key: PublicKey? = nil, at name: NodeName
    ) -> Outcome {
        at(name, [.acceptPeer(peer, under: key, by: Cast.ada, Ticket(1))])
    }

    @discardableResult
    mutating func rotateKey(of name: NodeName, to key: SigningKey) -> Outcome {
        let outcome = self[name].rotateKey(to: key, at: now)
        mail += outcome.letters
        return outcome
    }

    /// A node's log loses its end: `count` commits are left, and two people accept that.
    @discardableResult
    mutating func lose(
        _ name: NodeName, keeping count: Int, as number: UInt8 = 1
    ) throws -> Outcome {
        try self[name].lose(keeping: count)
        let shelf = self[name].shelf
        mail.removeAll { $0.from == name && $0.number > shelf.given(to: $0.to) }
        return startTimeline(number, at: name)
    }

    @discardableResult
    mutating func startTimeline(_ number: UInt8 = 1, at name: NodeName) -> Outcome {
        let outcome = self[name].startTimeline(number, at: now)
        mail += outcome.letters
        return outcome
    }
}
