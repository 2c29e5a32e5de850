import Crypto
import Foundation
import Saga
import Wire

/// An Ed25519 (RFC 8032) public key: whose signatures a log's commits must carry.
public struct PublicKey: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]
    /// The id that headers name the key by.
    public let keyID: KeyID

    /// Exactly 32 bytes; `nil` for any other count.
    public init?(bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
            return nil
        }
        self.init(key)
    }

    init(_ key: Curve25519.Signing.PublicKey) {
        bytes = [UInt8](key.rawRepresentation)
        keyID = KeyID(bytes: Array(Hash.sha256(of: bytes).bytes.prefix(KeyID.byteCount)))
    }

    /// Whether the owner of this key signed exactly these bytes.
    public func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes) else {
            return false
        }
        return key.isValidSignature(signature, for: bytes)
    }
}
