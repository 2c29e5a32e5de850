import Crypto
import Saga

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What two nodes share so that each can tell the other's messages from a stranger's: the key of
/// an HMAC-SHA-256 (RFC 2104) over a message's bytes. Printing it does not reveal it.
///
/// While the two exchange it for another, there are several: the active one authenticates, and all
/// are accepted.
public struct PeerSecret: Sendable {
    /// The length of a secret: 32 bytes, as many as the codes it makes.
    public static let bytesCount = 32

    /// Tells the active secret from others, and nothing about it: 8 bytes in hexadecimal.
    public let id: String
    private let key: SymmetricKey
    /// Accepted besides `key`.
    private var others: [SymmetricKey] = []

    /// `nil` for anything but ``bytesCount`` bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.bytesCount else { return nil }
        self.init(key: SymmetricKey(data: bytes))
    }

    private init(key: SymmetricKey) {
        self.key = key
        // What this is made over begins as no message can: no code of a message is the id's.
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\u{7}giro secret id".utf8), using: key)
        id = Hexadecimal.text(of: code.prefix(8))
    }

    /// A new secret, from the system's source of randomness.
    public static func random() -> PeerSecret {
        PeerSecret(key: SymmetricKey(size: .bits256))
    }

    /// This secret, with others that are accepted as well and authenticate nothing.
    public func accepting(_ others: [PeerSecret]) -> PeerSecret {
        var secret = self
        secret.others += others.flatMap { [$0.key] + $0.others }
        return secret
    }

    /// The active secret itself: for the file that the other side gets, and for nothing else.
    public var bytes: [UInt8] { key.withUnsafeBytes { [UInt8]($0) } }

    /// 32 bytes that only the two who share the secret can make for `bytes`.
    public func authenticationCode(for bytes: [UInt8]) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    }

    /// Whether `code` was made for exactly `bytes` under this secret, or one that is accepted with
    /// it. How long that takes does not depend on where two codes differ.
    public func isValid(_ code: [UInt8], for bytes: [UInt8]) -> Bool {
        ([key] + others).contains {
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: $0)
        }
    }
}

extension PeerSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The type's name only, so that a log never shows the secret.
    public var description: String { "PeerSecret" }
    /// The same: debuggers and dumps show no more.
    public var debugDescription: String { description }
    /// No children: `dump` shows no key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
