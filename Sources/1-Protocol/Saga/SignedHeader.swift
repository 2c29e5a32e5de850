/// The header of a commit as its node signed it: bytes that are passed on and kept as they are.
public struct SignedHeader: Hashable, Sendable {
    /// The header's encoding: what was signed, and what a commit's hash is made of.
    public let bytes: [UInt8]
    /// Ed25519 (RFC 8032) over `bytes`.
    public let signature: [UInt8]

    /// Takes the parts as they are: no signature is verified.
    public init(bytes: [UInt8], signature: [UInt8]) {
        self.bytes = bytes
        self.signature = signature
    }
}
