import Crypto

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What two nodes share so that each can tell the other's messages from a stranger's: the key of
/// an HMAC-SHA-256 (RFC 2104) over a message's bytes. It shows itself to nobody who prints it.
public struct PeerSecret: Sendable {
    public static let bytesCount = 32

    private let key: SymmetricKey

    /// `nil` for anything but ``bytesCount`` bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.bytesCount else { return nil }
        key = SymmetricKey(data: bytes)
    }

    private init(key: SymmetricKey) {
        self.key = key
    }

    /// A new secret, from the system's source of randomness.
    public static func random() -> PeerSecret {
        PeerSecret(key: SymmetricKey(size: .bits256))
    }

    /// The secret itself: for the file that the other side gets, and for nothing else.
    public var bytes: [UInt8] { key.withUnsafeBytes { [UInt8]($0) } }

    /// 32 bytes that only the two who share the secret can make for `bytes`.
    public func authenticationCode(for bytes: [UInt8]) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    }

    /// Whether `code` was made for exactly `bytes` under this secret. How long that takes does not
    /// depend on where two codes differ.
    public func isValid(_ code: [UInt8], for bytes: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: key)
    }
}

extension PeerSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "PeerSecret" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
