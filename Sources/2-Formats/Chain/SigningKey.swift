import Crypto
import Foundation
import Saga
import Wire

/// A node's Ed25519 (RFC 8032) private key: what makes a log's commits its own.
///
/// Its description names the key id and never the secret.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    private let saltKey: SymmetricKey
    /// The key that others verify with; it is no secret.
    public let publicKey: PublicKey

    /// A new key, from the system's source of randomness.
    public init() {
        self.init(Curve25519.Signing.PrivateKey())
    }

    /// The key with this 32-byte seed; `nil` for any other count.
    public init?(rawBytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: rawBytes) else {
            return nil
        }
        self.init(key)
    }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        saltKey = Self.saltKey(of: key.rawRepresentation)
        publicKey = PublicKey(key.publicKey)
    }

    /// The 32-byte seed: secret, for the file it is kept in and nowhere else.
    public var rawBytes: [UInt8] { [UInt8](key.rawRepresentation) }

    /// The public key's id.
    public var keyID: KeyID { publicKey.keyID }

    /// 64 bytes.
    public func signature(for bytes: [UInt8]) -> [UInt8] {
        do {
            return [UInt8](try key.signature(for: bytes))
        } catch {
            preconditionFailure("Ed25519 signs any bytes with any key: \(error)")
        }
    }
}

extension SigningKey {
    /// The salt of the entry at `position`: 16 bytes of HMAC-SHA-256 (RFC 2104) over the position,
    /// under a secret that is derived (RFC 5869) from this key. The same entry gets the same one
    /// again, and no other node can compute it.
    func salt(at position: Position) -> [UInt8] {
        let code = withUnsafeBytes(of: position.number.bigEndian) {
            HMAC<SHA256>.authenticationCode(for: $0, using: saltKey)
        }
        return Array(code.prefix(Entry.saltByteCount))
    }

    private static func saltKey(of seed: Data) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: seed), info: Data("giro entry salt".utf8),
            outputByteCount: 32)
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    /// The key's id, and nothing of the secret.
    public var description: String { "SigningKey(\(keyID))" }
    /// The key's id only: `dump` shows no secret.
    public var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}
