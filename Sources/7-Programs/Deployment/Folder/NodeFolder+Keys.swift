package import Chain
import Foundation
package import PeerProtocol
package import Saga
import Wire

extension NodeFolder {
    package var keyFile: KeyFile { KeyFile(path: key) }
    package var keyAuthor: KeyAuthorFile { KeyAuthorFile(path: key + ".by") }
    package var publicKeyFile: KeyFile { KeyFile(path: publicKey, isPublic: true) }

    package func secretFile(of peer: NodeName) -> KeyFile { KeyFile(path: secret(of: peer)) }

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
    package func readPublicKeys() throws -> KeyRing { try ring(publicKeyFile) }

    /// `nil` where the peer's keys were not handed over: its headers are then not witnessed.
    package func readPublicKeys(of peer: NodeName) throws -> KeyRing? {
        let file = publicKeyFile(of: peer)
        return file.exists ? try ring(file) : nil
    }

    private func ring(_ file: KeyFile) throws -> KeyRing {
        let lines = try file.read()
        let keys = lines.compactMap { PublicKey(bytes: $0) }
        guard let newest = keys.first, keys.count == lines.count else {
            throw Failure(.unavailable, "\(file.path) holds what is no public key.")
        }
        return KeyRing(newest, former: Array(keys.dropFirst()))
    }

    /// What is shared with a peer: the first line is the active one, every line is accepted.
    package func readSecret(of peer: NodeName) throws -> PeerSecret {
        let secrets = try readSecrets(of: peer)
        return secrets[0].accepting(Array(secrets.dropFirst()))
    }

    /// A secret a line, the active one first.
    package func readSecrets(of peer: NodeName) throws -> [PeerSecret] {
        let file = secretFile(of: peer)
        let secrets = try file.read().compactMap { PeerSecret(bytes: $0) }
        guard !secrets.isEmpty else {
            throw Failure(.unavailable, "\(file.path) holds no secret.")
        }
        return secrets
    }
}
