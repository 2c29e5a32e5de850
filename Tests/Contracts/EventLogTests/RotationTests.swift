@testable import Chain
import Saga
import Testing
import Wire

/// A log that is handed over from key 7 to key 8 and on to key 9.
@Suite struct RotationTests {
    private static let keys = [9, 8, 7] as [UInt8]

    static func ring(_ seeds: [UInt8]) throws -> KeyRing {
        let keys = try seeds.map { try Writer.key($0).publicKey }
        return KeyRing(keys[0], former: Array(keys.dropFirst()))
    }

    /// What the entry keeps by which Ada hands a log over.
    static func rotation(to seed: UInt8) throws -> [UInt8] {
        [0x62, 0x2C, 0x0A, 0x20] + (try Writer.key(seed).publicKey.bytes)
            + [0x12, 0x08] + Array("unix:ada".utf8)
    }

    /// Two commits under each key; the second hands over to the next.
    private static func history() throws -> [Commit] {
        var writer = try Writer()
        var commits = [writer.next(2)]
        for seed in [8, 9] as [UInt8] {
            commits.append(writer.next([(nil, try rotation(to: seed))]))
            writer.key = try Writer.key(seed)
            commits.append(writer.next())
        }
        return commits
    }

    private static func link(after commits: ArraySlice<Commit>) -> Chain.Link {
        commits.reduce(.start) { Chain.Link(after: $1, in: $0.history) }
    }

    @Test("A chain follows the keys, from the beginning and from any commit")
    func followed() throws {
        let commits = try Self.history()
        let (node, ring) = (commits[0].header.node, try Self.ring(Self.keys))
        #expect(commits.map(\.nextKey) == [nil, ring.keys[1], nil, ring.keys[0], nil])
        for start in 0..<commits.count {
            let link = Self.link(after: commits[..<start])
            var chain = Chain(node: node, keys: ring, after: link)
            for commit in commits[start...] { try chain.extend(with: commit) }
            #expect(chain.signer == ring.newest)
            var atOnce = Chain(node: node, keys: ring, after: link)
            try atOnce.extend(with: commits[start...])
            #expect(atOnce.end == chain.end)
        }
    }

    @Test("Of many at once the last signature of each key counts")
    func lastOfEachKey() throws {
        let commits = try Self.history()
        for (index, commit) in commits.enumerated() {
            var forged = commits
            var signature = commit.signature
            signature[3] ^= 1
            forged[index] = try Commit(
                headerBytes: commit.headerBytes, signature: signature, body: commit.body)
            let isLast = index + 1 == commits.count
                || commits[index + 1].header.keyID != commit.header.keyID
            var chain = Chain(node: commit.header.node, keys: try Self.ring(Self.keys))
            if isLast {
                let fault = ChainFault.invalidSignature(at: commit.header.first)
                #expect(throws: fault) { try chain.extend(with: forged) }
                #expect(chain.end == .start)
            } else {
                try chain.extend(with: forged)
            }
        }
    }

    @Test("A reader without the new key stops at the rotation to it")
    func unknownKey() throws {
        let commits = try Self.history()
        for (known, last) in [([7], 1), ([8, 7], 3)] as [([UInt8], Int)] {
            var chain = Chain(node: commits[0].header.node, keys: try Self.ring(known))
            for commit in commits[..<last] { try chain.extend(with: commit) }
            let place = commits[last].header.first
            #expect(throws: ChainFault.unknownKey(at: place)) {
                try chain.extend(with: commits[last])
            }
            #expect(chain.end == Self.link(after: commits[..<last]))
        }
    }

    /// A commit that follows a rotation from 7 to 8 and is not its new owner's.
    enum Usurper: CaseIterable {
        case oldKey, keyAfterNext, oldKeyThatHandsOn, oldKeyInTheNewOnesName
    }

    @Test("After a rotation only the new key's signature is valid", arguments: Usurper.allCases)
    func usurped(_ usurper: Usurper) throws {
        var writer = try Writer()
        var chain = Chain(node: writer.node, keys: try Self.ring(Self.keys))
        try chain.extend(with: writer.next())
        try chain.extend(with: writer.next([(nil, try Self.rotation(to: 8))]))
        let place = writer.head.position + 1
        let forged: Commit
        switch usurper {
        case .oldKey: forged = writer.commit()
        case .keyAfterNext:
            writer.key = try Writer.key(9)
            forged = writer.commit()
        case .oldKeyThatHandsOn: forged = writer.commit([(nil, try Self.rotation(to: 9))])
        case .oldKeyInTheNewOnesName:
            let old = writer.commit()
            writer.key = try Writer.key(8)
            let honest = writer.commit()
            forged = try Commit(
                headerBytes: honest.headerBytes, signature: old.signature, body: honest.body)
        }
        let fault: ChainFault =
            usurper == .oldKeyInTheNewOnesName
            ? .invalidSignature(at: place) : .foreignKey(at: place)
        #expect(throws: fault) { try chain.extend(with: forged) }
        writer.key = try Writer.key(8)
        try chain.extend(with: writer.commit())
    }

    @Test("The next key cannot hand the log over to itself")
    func selfAppointed() throws {
        var writer = try Writer()
        var chain = Chain(node: writer.node, keys: try Self.ring(Self.keys))
        try chain.extend(with: writer.next())
        writer.key = try Writer.key(8)
        let forged = writer.commit([(nil, try Self.rotation(to: 8))])
        #expect(throws: ChainFault.foreignKey(at: Position(2))) { try chain.extend(with: forged) }
    }

    @Test("Only a node's own entry hands a log over, and only one that can be read")
    func lookalikes() throws {
        let writer = try Writer()
        let real = try Self.rotation(to: 8)
        #expect(writer.commit([(nil, real)]).nextKey == (try Writer.key(8).publicKey))
        #expect(writer.commit([(Writer.saga(1), real)]).nextKey == nil)
        for length in 0..<real.count {
            #expect(writer.commit([(nil, Array(real.prefix(length)))]).nextKey == nil)
        }
        // Nor does one that shows it, or has it beside it.
        for parts in [EntryParts(shown: real, kept: []), EntryParts(kept: [], content: real)] {
            #expect(writer.commit(parts: [(nil, parts)]).nextKey == nil)
        }
    }

    @Test("A ring knows its keys by id and by age")
    func ring() throws {
        let ring = try Self.ring([9, 8, 9, 7])
        #expect(ring == (try Self.ring(Self.keys)))
        for (age, seed) in Self.keys.enumerated() {
            let key = try Writer.key(seed).publicKey
            #expect(ring[key.keyID] == key)
            #expect(ring.age(of: key.keyID) == age)
            #expect(ring.notOlder(than: key.keyID)?.keys == Array(ring.keys[...age]))
        }
        let stranger = try Writer.key(1).keyID
        #expect(ring[stranger] == nil)
        #expect(ring.age(of: stranger) == nil)
        #expect(ring.notOlder(than: stranger) == nil)
    }
}
