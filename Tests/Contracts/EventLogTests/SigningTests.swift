import Chain
import Saga
import Testing

@Suite struct SigningTests {
    @Test("Keys and signatures are those of RFC 8032's first vector")
    func publishedVector() throws {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        let publicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        let signature =
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
            + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        let key = try #require(Hexadecimal.bytes(of: seed).flatMap { SigningKey(rawBytes: $0) })
        #expect(Hexadecimal.text(of: key.publicKey.bytes) == publicKey)
        #expect(Hexadecimal.text(of: key.signature(for: [])) == signature)
        #expect(key.publicKey.isValid(key.signature(for: []), for: []))
    }

    @Test("A key comes back from its bytes, and new keys differ")
    func keys() throws {
        let key = SigningKey()
        let again = try #require(SigningKey(rawBytes: key.rawBytes))
        #expect(again.publicKey == key.publicKey)
        #expect(PublicKey(bytes: key.publicKey.bytes) == key.publicKey)
        #expect(SigningKey().publicKey != key.publicKey)
        #expect(key.keyID.bytes.count == KeyID.byteCount)
    }

    @Test("Bytes of another length are no key", arguments: [0, 31, 33, 64])
    func keyLength(count: Int) {
        #expect(SigningKey(rawBytes: [UInt8](repeating: 1, count: count)) == nil)
        #expect(PublicKey(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("A signing key does not show its secret")
    func secrecy() throws {
        let key = try Writer.key(7)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(text.contains("\(key.keyID)"))
            #expect(!text.contains("7, 7"))
            #expect(!text.contains("0707"))
        }
    }

    @Test("A signature counts for its bytes and its key only")
    func validity() throws {
        let key = try Writer.key(7)
        let signature = key.signature(for: [1, 2, 3])
        #expect(key.publicKey.isValid(signature, for: [1, 2, 3]))
        #expect(!key.publicKey.isValid(signature, for: [1, 2, 4]))
        #expect(!key.publicKey.isValid([], for: [1, 2, 3]))
        #expect(!(try Writer.key(8).publicKey.isValid(signature, for: [1, 2, 3])))
    }

    @Test("A snapshot is valid as it was signed, and with any part changed it is not")
    func snapshots() throws {
        let key = try Writer.key(7)
        let signed = Snapshot.signed(
            position: Position(9), commitHash: .zero, history: HistoryTree(), state: [1, 2, 3],
            key: key)
        #expect(signed.isValid(for: key.publicKey))
        #expect(!signed.isValid(for: try Writer.key(8).publicKey))
        let forged = [
            Snapshot(
                position: Position(10), commitHash: signed.commitHash, history: signed.history,
                state: signed.state, signature: signed.signature),
            Snapshot(
                position: signed.position, commitHash: MerkleTree.root(of: []),
                history: signed.history, state: signed.state, signature: signed.signature),
            Snapshot(
                position: signed.position, commitHash: signed.commitHash, history: [1],
                state: signed.state, signature: signed.signature),
            Snapshot(
                position: signed.position, commitHash: signed.commitHash,
                history: signed.history, state: [1, 2], signature: signed.signature),
        ]
        #expect(forged.allSatisfy { !$0.isValid(for: key.publicKey) })
    }
}
