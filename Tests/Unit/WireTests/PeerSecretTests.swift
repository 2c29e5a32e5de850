import PeerProtocol
import Saga
import Testing
import TestKit
import Wire

@Suite("A peer's secret")
struct PeerSecretTests {
    private let secret = known(PeerSecret(bytes: Samples.hash.bytes))
    private let message = Samples.message(.reserve).encoded()

    @Test("makes a code that is valid for the same bytes under the same secret")
    func valid() throws {
        let code = secret.authenticationCode(for: message)
        #expect(code.count == 32)
        #expect(secret.isValid(code, for: message))
        let same = try #require(PeerSecret(bytes: secret.bytes))
        #expect(same.isValid(code, for: message))
    }

    /// Test case 2 of RFC 4231, its key filled up with zeros as HMAC does it (RFC 2104).
    @Test("makes the codes of RFC 4231")
    func knownAnswer() throws {
        let key = Array("Jefe".utf8) + [UInt8](repeating: 0, count: 28)
        let code = try #require(PeerSecret(bytes: key))
            .authenticationCode(for: Array("what do ya want for nothing?".utf8))
        #expect(
            Hexadecimal.text(of: code)
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test("is accepted beside another as long as it is kept, and authenticates only if it is first")
    func accepting() {
        let new = PeerSecret.random()
        let both = secret.accepting([new])
        #expect(both.authenticationCode(for: message) == secret.authenticationCode(for: message))
        #expect(both.isValid(new.authenticationCode(for: message), for: message))
        #expect(both.isValid(secret.authenticationCode(for: message), for: message))
        #expect(!new.isValid(secret.authenticationCode(for: message), for: message))
        let third = PeerSecret.random()
        #expect(!both.isValid(third.authenticationCode(for: message), for: message))
        #expect(third.accepting([both]).isValid(
            new.authenticationCode(for: message), for: message))
        #expect(both.bytes == secret.bytes)
        #expect(both.id == secret.id && both.id != new.id)
    }

    @Test("has an id that stays as it is")
    func id() {
        #expect(secret.id == "0f7032317f911ab3")
    }

    @Test("finds any change of the code")
    func changedCode() {
        let code = secret.authenticationCode(for: message)
        for index in code.indices {
            var changed = code
            changed[index] ^= 1
            #expect(!secret.isValid(changed, for: message))
            #expect(!secret.isValid(Array(code.prefix(index)), for: message))
        }
        #expect(!secret.isValid(code + [0], for: message))
    }

    @Test("finds any change of the bytes")
    func changedBytes() {
        let code = secret.authenticationCode(for: message)
        for index in message.indices {
            var changed = message
            changed[index] ^= 1
            #expect(!secret.isValid(code, for: changed))
        }
        #expect(!secret.isValid(code, for: Array(message.dropLast())))
        #expect(!secret.isValid(code, for: message + [0]))
    }

    @Test("is another each time, and finds another's code")
    func random() {
        let other = PeerSecret.random()
        #expect(other.bytes.count == PeerSecret.bytesCount)
        #expect(other.bytes != PeerSecret.random().bytes)
        #expect(!secret.isValid(other.authenticationCode(for: message), for: message))
    }

    @Test("has 32 bytes", arguments: [0, 31, 33])
    func wrongLength(_ count: Int) {
        #expect(PeerSecret(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("is not shown by printing it")
    func hidden() {
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("1"), "a byte of it was printed")
            #expect(text.contains("PeerSecret"))
        }
    }
}
