public import Saga
import Wire

/// The credential that authorises a client: 256 random bits, so it cannot be guessed, and a plain
/// SHA-256 of it is as good as a slow hash would be.
public struct AccessToken: Sendable {
    /// `giro_` and 64 hexadecimal digits. Any client that has it has the role: never log it.
    public let text: String

    /// A new one from the system's random numbers.
    public static func random() -> AccessToken {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        return AccessToken(text: "giro_" + Hexadecimal.text(of: bytes))
    }

    /// What a token file keeps of it.
    public var hash: Hash { Self.hash(of: text) }

    static func hash(of text: some StringProtocol) -> Hash { .sha256(of: Array(text.utf8)) }
}
