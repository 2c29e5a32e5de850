import EventLog
import Foundation
import Ledger
import Saga
import Wire

/// A folder of banks on one machine: a folder per node, and the bus they share.
///
///     giro-data/
///       bus/                     the message bus: a file per topic
///       bank-a/node.yaml         its configuration
///       bank-a/node.key          its signing key (0600); the next above it while it is rotated
///       bank-a/node.pub          its public keys, newest first, in hexadecimal
///       bank-a/peers/hub.secret  what it shares with a peer (0600); the first line seals
///       bank-a/peers/hub.pub     the peer's node.pub: with it the peer's log is witnessed
///       bank-a/tokens            who may use its API over TCP (0600)
///       bank-a/log.sqlite        its event log
///       bank-a/statements.sqlite accounts' statements: a cache of the log
///       bank-a/giro.sock         where it listens while it runs
///       bank-a/node.lock         held while it runs
///       bank-a/node.clock        what its clock was last compared with: only this machine's
struct Installation {
    let folder: URL

    init(_ path: String) {
        folder = URL(fileURLWithPath: path)
    }

    var bus: String { folder.appendingPathComponent("bus").path }

    func node(_ name: NodeName) -> NodeFolder {
        NodeFolder(name: name, url: folder.appendingPathComponent(name.text))
    }

    /// The nodes that have a configuration here, by name.
    func nodes() throws -> [NodeFolder] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw Failure(
                .unavailable,
                "There is no folder \(folder.path). Make banks with: giro init")
        }
        let nodes = names.compactMap { NodeName($0) }.sorted().map(node).filter(\.exists)
        guard !nodes.isEmpty else {
            throw Failure(
                .unavailable, "There are no banks in \(folder.path). Make some with: giro init")
        }
        return nodes
    }

    func existingNode(_ text: String) throws -> NodeFolder {
        guard let name = NodeName(text), node(name).exists else {
            let known = try nodes().map(\.name.text).joined(separator: ", ")
            throw Failure(
                .unavailable, "There is no bank \(text) in \(folder.path); there are: \(known).")
        }
        return node(name)
    }
}

/// One node's part of an installation.
struct NodeFolder: Sendable {
    let name: NodeName
    let url: URL

    var exists: Bool { FileManager.default.fileExists(atPath: configuration) }
    var configuration: String { url.appendingPathComponent("node.yaml").path }
    var key: String { url.appendingPathComponent("node.key").path }
    var publicKey: String { url.appendingPathComponent("node.pub").path }
    var log: String { url.appendingPathComponent("log.sqlite").path }
    var tokens: String { url.appendingPathComponent("tokens").path }
    var lock: String { url.appendingPathComponent("node.lock").path }
    var clock: String { url.appendingPathComponent("node.clock").path }
    var defaultSocket: String { url.appendingPathComponent("giro.sock").path }
    var peers: URL { url.appendingPathComponent("peers") }

    /// A path as the settings name it: from this folder on.
    func path(_ text: String) -> String {
        URL(fileURLWithPath: text, relativeTo: url).standardizedFileURL.path
    }

    func secret(of peer: NodeName) -> String {
        peers.appendingPathComponent("\(peer).secret").path
    }

    func publicKey(of peer: NodeName) -> String {
        peers.appendingPathComponent("\(peer).pub").path
    }

    /// The peers a secret is shared with, by name.
    func peerNames() throws -> [NodeName] {
        try FileManager.default.contentsOfDirectory(atPath: peers.path)
            .filter { $0.hasSuffix(".secret") }
            .compactMap { NodeName(String($0.dropLast(7))) }
            .sorted()
    }
}

extension Installation {
    /// Makes the folders, keys and secrets of `names`, each a peer of all others, also of the
    /// nodes that are there already. What exists is left as it is.
    func create(_ names: [NodeName]) throws {
        let existing = (try? nodes().map(\.name)) ?? []
        let all = Set(existing + names).sorted()
        for name in names where !node(name).exists { try create(node(name), peers: all) }
        for (index, first) in all.enumerated() {
            for second in all[(index + 1)...] { try share(between: node(first), node(second)) }
        }
    }

    private func create(_ node: NodeFolder, peers: [NodeName]) throws {
        try FileManager.default.createDirectory(
            at: node.peers, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let key = SigningKey()
        try node.keyFile.write([key.rawBytes])
        try node.publicKeyFile.write([key.publicKey.bytes])
        try """
            # The node's settings; README lists them all. Peers are the names in peers/.
            node: \(node.name)
            bus: ../bus

            """.write(toFile: node.configuration, atomically: true, encoding: .utf8)
    }

    private func share(between first: NodeFolder, _ second: NodeFolder) throws {
        for (one, other) in [(first, second), (second, first)]
        where !FileManager.default.fileExists(atPath: one.publicKey(of: other.name)) {
            try FileManager.default.copyItem(
                atPath: other.publicKey, toPath: one.publicKey(of: other.name))
        }
        let paths = [first.secret(of: second.name), second.secret(of: first.name)]
        guard !paths.allSatisfy(FileManager.default.fileExists(atPath:)) else { return }
        let secret = PeerSecret.random().bytes
        for path in paths { try KeyFile(path: path).write([secret]) }
    }
}
