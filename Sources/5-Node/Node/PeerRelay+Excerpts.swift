import Chain
import EventLog
import Links
import Saga
import Wire

/// An excerpt of the own log, ready for a topic.
struct MadeExcerpt: Sendable {
    let excerpt: Excerpt
    /// The same, encoded.
    let value: [UInt8]
    /// How many entries it shows, the `read` among them.
    let count: Int
    /// The `read` that was to be shown with the entries, where there was no room for it.
    var readLeftOut: RelayMail.Given?
}

/// What the log says cannot be proved yet: its history file is behind, or damaged.
struct ProofMissing: Error, CustomStringConvertible {
    let cause: WireError

    var description: String { "the history file does not give a proof yet: \(cause)" }
}

extension PeerRelay {
    /// As many of a turn's entries as fit, proved under the header that the turn says.
    ///
    /// - Parameters:
    ///   - turn: What to show.
    ///   - newest: The header of the newest commit that the journal is known to hold.
    /// - Returns: `nil` where the turn names a later header: the journal has yet to hold that.
    /// - Throws: `LogError`, `WireError`; ``ProofMissing``.
    func excerpt(of turn: LinkTurn, newest: SignedHeader) async throws -> MadeExcerpt? {
        let signed =
            switch turn.under {
            case .newest: newest
            case .commit(let position): try await commit(containing: position).shown.signed
            }
        let header = try WitnessedHeader(signed)
        guard turn.naming.map({ $0.commit <= header.header.number }) ?? true else { return nil }
        let maker = ExcerptMaker(
            header: header, naming: turn.naming, bytesMax: turn.bytesMax, history: history)
        let commits = try await commits(of: turn.positions, bytesMax: turn.bytesMax)
        guard let position = turn.read else { return try maker.make(commits) }
        let holding = try await commit(containing: position)
        guard let read = holding.showing([position]), let entry = read.entries.first else {
            throw notOfPeer(position)
        }
        if let made = try maker.make(commits, with: read) { return made }
        var made = try maker.make(commits)
        made.readLeftOut = RelayMail.Given(entry, in: holding.number)
        return made
    }

    /// The commits of the first entries of a turn: no more than may fit into a record, since each
    /// may have to be read from the log.
    private func commits(
        of positions: [Position], bytesMax: Int
    ) async throws -> [ShownCommit] {
        var commits: [ShownCommit] = []
        var byteCount = 0
        var rest = positions[...]
        while let first = rest.first, byteCount < bytesMax {
            let commit = try await commit(containing: first)
            let here = rest.prefix { $0 <= commit.last }
            guard let shown = commit.showing(here) else { throw notOfPeer(first) }
            rest = rest.dropFirst(here.count)
            byteCount += shown.entries.reduce(shown.signed.bytes.count) { $0 + $1.byteCount }
            commits.append(shown)
        }
        return commits
    }

    private func notOfPeer(_ position: Position) -> LogError {
        LogError(
            .corrupt,
            """
            The log's entries at and behind \(position) are not those for \(peer) that its state \
            names: verify the log.
            """)
    }
}

/// What all excerpts of one turn have in common.
private struct ExcerptMaker {
    let header: WitnessedHeader
    let naming: HeaderName?
    let bytesMax: Int
    let history: OwnHistory

    /// - Throws: ``ProofMissing``.
    func make(_ commits: [ShownCommit]) throws(ProofMissing) -> MadeExcerpt {
        // Asked before: a node may be missing because the file is filled only now.
        let fills = history.fills
        do throws(WireError) {
            let (excerpt, count) = try Excerpt.make(
                under: header, naming: naming, of: commits, bytesMax: bytesMax,
                reading: history.node(at:))
            return MadeExcerpt(excerpt: excerpt, value: excerpt.encoded(), count: count)
        } catch {
            history.repair(readUnder: fills)
            throw ProofMissing(cause: error)
        }
    }

    /// With a `read`, which mostly stands behind the entries: so it is they that have to make room.
    /// Otherwise a peer would get no acknowledgment as long as records are full.
    ///
    /// - Returns: `nil` where there is no room for the `read` and an entry.
    func make(
        _ commits: [ShownCommit], with read: ShownCommit
    ) throws(ProofMissing) -> MadeExcerpt? {
        var left = commits.reduce(0) { $0 + $1.entries.count }
        guard left > 0 else { return try make([read]) }
        while left > 0 {
            let made = try make(commits.prefix(entries: left).inserting(read))
            if made.excerpt.read != nil, !made.excerpt.numbers.isEmpty { return made }
            // An eighth is more than the `read` and its proof take, unless entries are long.
            left = min(left, made.excerpt.numbers.count) * 7 / 8
        }
        return nil
    }
}
