import Chain
import Engine
import Links
import Saga
import TestKit
import Wire

extension Target {
    /// A record on a peer's topic: what a stranger puts there counts for nothing and suspends no
    /// peer, and what the peer itself signs, whatever it is, keeps the rules.
    static let excerpt = Target("excerpt", .wire, rounds: 3_000) { bytes in
        let excerpt = try? Excerpt(decoding: bytes)
        if let excerpt {
            let again = try Excerpt(decoding: excerpt.encoded())
            try hold("\(excerpt) came back as \(again)", again == excerpt)
        }
        var hasCounted = false
        for topic in Bench.peers {
            if try checkStranger(bytes, excerpt, on: topic) { hasCounted = true }
        }
        guard let excerpt, let log = Bench.standing.logs[excerpt.newest.header.node] else {
            return false
        }
        return try checkPeer(excerpt, log) || hasCounted
    }

    /// Anybody may have written it.
    ///
    /// - Returns: Whether it counted: then the peer has signed it.
    private static func checkStranger(
        _ bytes: [UInt8], _ excerpt: Excerpt?, on topic: NodeName
    ) throws -> Bool {
        var bench = Bench.standing
        let hasCounted = try bench.deliver(bytes, on: topic)
        try bench.check()
        let state = bench.engine.state
        try hold("an honest peer is suspended", !Bench.peers.contains { state.isSuspended($0) })
        guard hasCounted else {
            try hold(
                "what does not count moved something",
                state.participant == Bench.standing.engine.state.participant
                    && state.commands == Bench.standing.engine.state.commands
                    && state.links == Bench.standing.engine.state.links)
            return false
        }
        let excerpt = known(excerpt)
        try hold("it counts on another's topic", excerpt.newest.header.node == topic)
        try hold("it was for somebody else", excerpt.receiver == Bench.node)
        let genuine = try Samples.genuine.get()
        try hold("the peer has not signed it", genuine.headers.contains(excerpt.newest.hash))
        try hold(
            "an entry counts that the peer's log does not have",
            excerpt.entries.allSatisfy { genuine.leaves.contains($0.leaf) })
        return true
    }

    /// The peer says the same in its own log, with the numbers that are next.
    ///
    /// - Returns: Whether that counted.
    private static func checkPeer(_ excerpt: Excerpt, _ log: PeerLog) throws -> Bool {
        guard excerpt.receiver == Bench.node else { return false }
        var next = log.given(to: Bench.node)
        let entries = excerpt.entries.map { entry -> (saga: CommandID?, parts: EntryParts) in
            var shown = entry.shown
            if entry.says.number != nil {
                next += 1
                shown = shown.numbered(next)
            }
            return (entry.saga, EntryParts(shown: shown, kept: [0], content: entry.content))
        }
        guard entries.allSatisfy({ $0.parts.byteCount <= CommitLimits.partsBytesMax }) else {
            return false
        }
        var bench = Bench.standing
        let said: Excerpt
        do {
            said = try bench.say(from: log.node) { $0.append(entries) }
        } catch is WireError {
            // It would not fit into a record.
            return false
        }
        let hasCounted = try bench.deliver(said.encoded(), on: log.node)
        try bench.check()
        return hasCounted
    }
}

extension [UInt8] {
    /// A `Shown` with another number.
    fileprivate func numbered(_ number: UInt64) -> [UInt8] {
        guard var fields = WireField.fields(of: self),
            let index = fields.firstIndex(where: { $0.number == 2 })
        else { return self }
        fields[index].value = .varint(number)
        return WireField.bytes(of: fields)
    }
}
