package import Chain
import Foundation
import LineFiles
package import Saga
import Wire

extension NodeFolder {
    package var keyFile: KeyFile { KeyFile(path: key) }
    package var keyAuthor: KeyAuthorFile { KeyAuthorFile(path: key + ".by") }
    package var publicKeyFile: KeyFile { KeyFile(path: publicKey, isPublic: true) }

    func publicKeyFile(of peer: NodeName) -> KeyFile {
        KeyFile(path: publicKey(of: peer), isPublic: true)
    }

    /// The signing keys, newest first: those after the first only sign their log over to it.
    package func readKeys() throws -> [SigningKey] {
        let keys = try keyFile.read().compactMap { SigningKey(rawBytes: $0) }
        guard !keys.isEmpty else {
            throw Failure(.unavailable, "\(key) holds no signing key.")
        }
        return keys
    }

    /// All public keys of the node, newest first.
    package func readPublicKeys() throws -> KeyRing { try publicKeyFile.readRing() }

    /// The peer's key as people compared it: for a log that does not know the peer yet. One that
    /// does says itself which key counts.
    package func readPublicKey(of peer: NodeName) throws -> PublicKey {
        try publicKeyFile(of: peer).readRing().newest
    }

    /// Makes `peer` a peer of this node from its next start on.
    package func write(_ key: PublicKey, of peer: NodeName) throws {
        try publicKeyFile(of: peer).write([key.bytes])
    }
}

extension KeyFile {
    /// The key that signs a node's log, as the node's public keys in this file say: the newest.
    ///
    /// - Parameter path: Of a node.pub; `-` for standard input.
    package static func readNewestPublicKey(in path: String) throws -> PublicKey {
        guard path != "-" else { return try ring(readStandardInput(), in: "standard input").newest }
        let lines: [[UInt8]]
        do throws(LineFileError) {
            lines = try keys(in: LineFile(path: path, rights: .ownerWrites))
        } catch {
            throw Failure(.unavailable, "\(path): \(error.message).")
        }
        return try ring(lines, in: path).newest
    }

    fileprivate func readRing() throws -> KeyRing { try Self.ring(read(), in: path) }

    private static func ring(_ lines: [[UInt8]], in place: String) throws -> KeyRing {
        let keys = lines.compactMap { PublicKey(bytes: $0) }
        guard let newest = keys.first, keys.count == lines.count else {
            throw Failure(.unavailable, "\(place) holds what is no public key.")
        }
        return KeyRing(newest, former: Array(keys.dropFirst()))
    }
}

extension PublicKey {
    /// What two people compare, by telephone or on paper: SHA-256 of the key, in groups of eight
    /// digits. The first two groups are the key's id.
    package var fingerprint: String {
        let digits = Array(Hash.sha256(of: bytes).description)
        return stride(from: 0, to: digits.count, by: 8)
            .map { String(digits[$0..<min($0 + 8, digits.count)]) }
            .joined(separator: " ")
    }
}
