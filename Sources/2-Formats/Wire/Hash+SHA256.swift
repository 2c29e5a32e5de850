public import Crypto
public import Saga

extension Hash {
    /// SHA-256 (FIPS 180-4) of `bytes`.
    public static func sha256(of bytes: [UInt8]) -> Hash {
        var hasher = SHA256()
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Hash(hasher.finalize())
    }

    /// The result of a running hash.
    public init(_ value: SHA256Digest) {
        self = value.withUnsafeBytes { Hash(bytes: $0) } ?? .zero
    }
}
