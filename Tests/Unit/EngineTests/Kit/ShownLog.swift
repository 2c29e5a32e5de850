import Chain
import Links
import Saga
import TestKit
import Wire

/// What a node needs of its log to show peers excerpts.
struct ShownLog {
    private var headers: [WitnessedHeader] = []
    private var commits: [Commit] = []
    private var history = HistoryNodes()
    /// By peer, the positions of the entries that have a number, by number.
    private var numbered: [NodeName: [Position]] = [:]
    /// By peer, the numbers of the entries that name a new key.
    private var keys: [NodeName: [UInt64]] = [:]
    /// By peer, where the newest `read` stands.
    private var reads: [NodeName: Position] = [:]

    mutating func append(_ commit: Commit) {
        do throws(WireError) {
            headers.append(
                try WitnessedHeader(
                    SignedHeader(bytes: commit.headerBytes, signature: commit.signature)))
            for entry in commit.entries where !entry.parts.shown.isEmpty { note(entry) }
        } catch {
            preconditionFailure("the log of a test can be shown: \(error)")
        }
        commits.append(commit)
        history.append(commit.hash)
    }

    /// Entries about a step that no peer is shown have no addressee.
    private mutating func note(_ entry: Entry) {
        guard let shown = try? Shown(decoding: entry.parts.shown) else { return }
        if let number = shown.number {
            numbered[shown.peer, default: []].append(entry.position)
            precondition(
                numbered[shown.peer]?.count == Int(number), "the log gives numbers without gaps")
        }
        switch shown.what {
        case .key: keys[shown.peer, default: []].append(known(shown.number))
        case .read: reads[shown.peer] = entry.position
        default: break
        }
    }

    /// The newest number for the peer.
    func given(to peer: NodeName) -> UInt64 { UInt64(numbered[peer]?.count ?? 0) }

    var newest: WitnessedHeader { known(headers.last) }

    func holds(_ name: HeaderName) -> Bool {
        name.commit >= 1 && name.commit <= UInt64(headers.count)
            && headers[Int(name.commit) - 1].hash == name.hash
    }

    /// The header of the commit that holds an entry for the peer.
    func header(of number: UInt64, for peer: NodeName) -> WitnessedHeader {
        headers[index(of: known(numbered[peer])[Int(number) - 1])]
    }

    /// What the peer is shown of these numbers, with the newest `read` for it.
    ///
    /// - Parameters:
    ///   - naming: The newest header that the peer has taken.
    ///   - header: Else the newest, and up to an entry that names a new key the one of its commit.
    ///   - isReadShown: False for an entry that is shown alone.
    func excerpt(
        of numbers: ClosedRange<UInt64>, for peer: NodeName, naming: HeaderName?,
        under header: WitnessedHeader? = nil, isReadShown: Bool = true
    ) -> Excerpt {
        let key = keys[peer]?.first { $0 >= numbers.lowerBound }
        precondition(key.map { $0 >= numbers.upperBound } ?? true, "a new key is shown last")
        let newest = header ?? key.map { self.header(of: $0, for: peer) } ?? self.newest
        var positions = numbers.map { known(numbered[peer])[Int($0) - 1] }
        if isReadShown, let read = reads[peer], read <= newest.header.last {
            positions.append(read)
        }
        return excerpt(of: positions.sorted(), under: newest, naming: naming)
    }

    /// The newest `read` for the peer, alone; `nil` where there is none.
    func read(for peer: NodeName, naming: HeaderName? = nil) -> Excerpt? {
        reads[peer].map { excerpt(of: [$0], under: newest, naming: naming) }
    }

    private func excerpt(
        of positions: [Position], under newest: WitnessedHeader, naming: HeaderName?
    ) -> Excerpt {
        var shown: [ShownCommit] = []
        let wanted = Set(positions)
        let hashes = history.hashes
        // A header of a log that has lost its end since, or a later one, cannot be named.
        let previous = naming.flatMap { name in
            name == newest.name
                || (name.commit < newest.header.number && headers.contains { $0.name == name })
                ? name : nil
        }
        do throws(WireError) {
            for index in Set(positions.map(index(of:))).sorted() {
                let commit = commits[index]
                var entries: [ShownEntry] = []
                for entry in commit.entries where wanted.contains(entry.position) {
                    entries.append(try ShownEntry(entry))
                }
                shown.append(
                    ShownCommit(
                        signed: headers[index].signed,
                        leaves: commit.entries.map(MerkleTree.leaf(of:)), entries: entries))
            }
            return try Excerpt.make(
                under: newest, naming: previous, of: shown, bytesMax: .max
            ) { $0 < UInt64(hashes.count) ? hashes[Int($0)] : nil }.excerpt
        } catch {
            preconditionFailure("the log of a test can be shown: \(error)")
        }
    }

    /// The place of the commit that holds an entry, by bisection.
    private func index(of position: Position) -> Int {
        var (low, high) = (0, commits.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if commits[middle].header.last < position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
