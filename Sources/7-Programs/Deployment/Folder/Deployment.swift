import Chain
package import Foundation
import Ledger
import LedgerWire
import LineFiles
package import Saga
import Wire

/// A folder of banks on one machine: a folder per node, and the bus they share.
///
///     giro-data/
///       bus/                     the message bus: a file per topic
///       bank-a/node.yaml         its configuration (0600)
///       bank-a/node.key          its signing key (0600); the next above it while it is rotated
///       bank-a/node.pub          its public keys, newest first, in hexadecimal
///       bank-a/peers/hub.pub     a peer's public key, as people of both sides compared it
///       bank-a/tokens            who may use its API over TCP (0600)
///       bank-a/log.sqlite        its event log
///       bank-a/history           the nodes of the log's history tree: a cache of the log
///       bank-a/statements.sqlite accounts' statements: a cache of the log
///       bank-a/giro.sock         where it listens while it runs
///       bank-a/node.lock         held while it runs
///       bank-a/node.key.by       who made the newer of two signing keys, until there is one again
///       bank-a/node.clock        what its clock was last compared with: only this machine's
///
/// Folders are 0700, files 0600. The folders must not be writable for others, nor anybody else's:
/// who can put a file there can put other settings or keys in the place of a bank's.
package struct Deployment {
    package let folder: URL

    package init(_ path: String) {
        folder = URL(fileURLWithPath: path)
    }

    var bus: String { folder.appendingPathComponent("bus").path }

    package func node(_ name: NodeName) -> NodeFolder {
        NodeFolder(name: name, url: folder.appendingPathComponent(name.text))
    }

    /// The banks that are here, by name: also those whose settings cannot be read, so that what
    /// reports on all banks names them.
    package func nodes() throws -> [NodeFolder] {
        let names = try names()
        try checkRights()
        let nodes = names.compactMap { NodeName($0) }.sorted().map(node).filter(\.isBank)
        guard !nodes.isEmpty else {
            throw Failure(
                .unavailable,
                "There are no banks in \(folder.path). Make some with: "
                    + command("init", "BANK-A BANK-B"))
        }
        return nodes
    }

    private func names() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            if access(folder.path, F_OK) == 0 {
                throw Failure(
                    .unavailable,
                    "The folder \(folder.path) cannot be read: run this as the user that owns it.")
            }
            throw Failure(
                .unavailable,
                "There is no folder \(folder.path). Make banks with: "
                    + command("init", "BANK-A BANK-B"))
        }
    }

    package func existingNode(_ text: String) throws -> NodeFolder {
        guard let name = NodeName(text), node(name).isBank else {
            let known = try nodes().map(\.name.text).joined(separator: ", ")
            throw Failure(
                .unavailable, "There is no bank \(text) in \(folder.path); there are: \(known).")
        }
        try checkRights()
        try node(name).checkRights()
        return node(name)
    }

    /// - Throws: ``Failure`` where others may write to the folder, or it is another user's.
    func checkRights() throws { try checkFolder(folder.path) }
}

/// - Throws: ``Failure`` where others may write to the folder, or it is another user's.
func checkFolder(_ path: String) throws {
    do throws(LineFileError) {
        try FileRights.checkFolder(path)
    } catch {
        throw Failure(.unavailable, "\(path): \(error.message).")
    }
}

/// Passes where there is no such file.
///
/// - Throws: ``Failure`` where others may write it, or it is another user's.
package func checkWriters(of path: String) throws {
    do throws(LineFileError) {
        try FileRights.ownerWrites.check(path)
    } catch {
        guard error.code != .missing else { return }
        throw Failure(.unavailable, "\(path): \(error.message).")
    }
}

/// As ``checkWriters(of:)``, of a database of SQLite's: what SQLite keeps beside it becomes a part
/// of it.
package func checkDatabase(_ path: String) throws {
    for end in ["", "-wal", "-shm", "-journal"] { try checkWriters(of: path + end) }
}

/// One node's part of a deployment.
package struct NodeFolder: Sendable {
    package let name: NodeName
    package let url: URL

    var hasSettings: Bool { FileManager.default.hasItem(at: configuration) }

    /// Whether there is a bank, or what is left of one. What cannot be looked into counts: a bank
    /// without its settings, its disk or the right to read it must not be passed over.
    var isBank: Bool {
        var status = stat()
        guard stat(url.path, &status) == 0 else {
            // A link that leads nowhere is there all the same.
            return lstat(url.path, &status) == 0
        }
        guard status.st_mode & S_IFMT == S_IFDIR, url.lastPathComponent != "bus" else {
            return false
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
            return true
        }
        return ["node.yaml", "node.key", "log.sqlite", "peers"].contains(where: names.contains)
    }
    package var configuration: String { url.appendingPathComponent("node.yaml").path }
    package var key: String { url.appendingPathComponent("node.key").path }
    package var publicKey: String { url.appendingPathComponent("node.pub").path }
    var log: String { url.appendingPathComponent("log.sqlite").path }
    package var lock: String { url.appendingPathComponent("node.lock").path }
    package var clock: String { url.appendingPathComponent("node.clock").path }
    var history: String { url.appendingPathComponent("history").path }
    var defaultSocket: String { url.appendingPathComponent("giro.sock").path }
    var peers: URL { url.appendingPathComponent("peers") }

    /// A path as the settings name it: from this folder on.
    func path(_ text: String) -> String {
        URL(fileURLWithPath: text, relativeTo: url).standardizedFileURL.path
    }

    package func publicKey(of peer: NodeName) -> String {
        peers.appendingPathComponent(peer.text + Self.publicKeyEnding).path
    }

    /// Whether others can put their own in the place of the node's settings and keys.
    ///
    /// - Throws: ``Failure``, as ``Deployment/checkRights()``.
    func checkRights() throws {
        try checkFolder(url.path)
        if FileManager.default.fileExists(atPath: peers.path) { try checkFolder(peers.path) }
    }

    /// - Parameter isSecret: Whether the settings hold a password.
    /// - Throws: ``Failure`` where others may write the settings, or read a password there.
    func checkSettings(isSecret: Bool) throws {
        do throws(LineFileError) {
            try (isSecret ? FileRights.owner : .ownerWrites).check(configuration)
        } catch {
            throw Failure(
                .unavailable,
                "\(configuration)\(isSecret ? ", which holds a password" : ""): "
                    + "\(error.message).")
        }
    }

    /// The peers, by name: those whose public keys are here.
    package func peerNames() throws -> [NodeName] {
        let names = try FileManager.default.contentsOfDirectory(atPath: peers.path)
            .filter { $0.hasSuffix(Self.publicKeyEnding) }
            .compactMap { NodeName(String($0.dropLast(Self.publicKeyEnding.count))) }
        guard !names.contains(name) else {
            throw Failure(
                .unavailable,
                "\(publicKey(of: name)) makes \(name) a peer of itself: remove the file.")
        }
        return names.sorted()
    }

    private static let publicKeyEnding = ".pub"
}

extension Deployment {
    /// Makes the folders and keys of `names`, each a peer of all others, also of the nodes that are
    /// there already: one user has all their keys, so there is nothing to compare. What exists is
    /// left as it is; where this was interrupted, it continues.
    ///
    /// - Parameter kind: Of the new nodes.
    /// - Throws: ``Failure``: `.refused` where one of `names` is a node of another kind. Where
    ///   settings or a key are lost of a node that was whole, `.unavailable`. Nothing was changed
    ///   in either case.
    package func create(_ names: [NodeName], as kind: NodeKind = .bank) throws {
        try makeFolder()
        let existing = (try? nodes()) ?? []
        for node in existing { try node.checkRights() }
        let all = Set(existing.map(\.name) + names).sorted()
        for name in names { try node(name).checkCanBeMade(as: kind) }
        for name in names where !node(name).hasSettings { try create(node(name), kind) }
        for (index, first) in all.enumerated() {
            for second in all[(index + 1)...] {
                try introduce(node(first), to: node(second))
                try introduce(node(second), to: node(first))
            }
        }
    }

    /// Makes the folder, where there is none, and refuses one that is not this user's alone.
    private func makeFolder() throws {
        do throws(LineFileError) {
            // Before anything is made there.
            try FileRights.checkFoldersAbove(folder.path)
            try NewFile.makeFolder(folder.path)
        } catch {
            throw Failure(.unavailable, "\(folder.path): \(error.message).")
        }
        try checkRights()
    }

    private func create(_ node: NodeFolder, _ kind: NodeKind) throws {
        do throws(LineFileError) {
            try NewFile.makeFolder(node.peers.path)
        } catch {
            throw Failure(.unavailable, "\(node.peers.path): \(error.message).")
        }
        try node.checkRights()
        // A key that is there may have signed a log.
        if !FileManager.default.hasItem(at: node.key) {
            try node.keyFile.write([SigningKey().rawBytes])
        }
        let keys = try node.readKeys()
        if !FileManager.default.hasItem(at: node.publicKey) {
            try node.publicKeyFile.write(keys.map(\.publicKey.bytes))
        }
        // Last, but for the peers' keys: with its settings a node is whole.
        do throws(LineFileError) {
            let settings = """
                # The settings: see Documentation/Operating.md. Peers are the names in peers/.
                node: \(node.name)
                bus: ../bus

                """ + (kind == .bank ? "" : "kind: \(kind.rawValue)\n")
            try NewFile.put(Array(settings.utf8), at: node.configuration)
        } catch {
            throw Failure(.unavailable, "\(node.configuration): \(error.message).")
        }
    }

    private func introduce(_ peer: NodeFolder, to node: NodeFolder) throws {
        guard !node.publicKeyFile(of: peer.name).exists else { return }
        try node.write(try peer.readPublicKeys().newest, of: peer.name)
    }
}

extension NodeFolder {
    /// Passes where there is such a node, nothing, or what an interrupted
    /// ``Deployment/create(_:as:)`` left.
    ///
    /// - Throws: ``Failure``, as that does.
    fileprivate func checkCanBeMade(as kind: NodeKind) throws {
        if hasSettings {
            // The kind stands in node.yaml only.
            let known = try NodeKind(SettingValues(of: self, flags: [:], environment: [:]))
            guard known == kind else {
                throw Failure(
                    .refused,
                    "\(name) is a \(known) already, and cannot be made a \(kind): take another "
                        + "name. Nothing was changed.")
            }
            return
        }
        if wasWhole {
            throw Failure(
                .unavailable,
                "\(name) has been in use and has lost its settings: put node.yaml back from your "
                    + "backup; nothing was changed.")
        }
        let files = FileManager.default
        if files.hasItem(at: publicKey) && !files.hasItem(at: key) {
            throw Failure(
                .unavailable,
                "\(name) has lost its signing key: put node.key back from your backup of keys; "
                    + "nothing was changed.")
        }
    }

    /// Whether something is here that only a node with settings has: a trace of its process, its
    /// log (which may also lie elsewhere), or a peer's key.
    private var wasWhole: Bool {
        let files = [log, lock, clock]
        let keys = (try? FileManager.default.contentsOfDirectory(atPath: peers.path)) ?? []
        return !keys.isEmpty || files.contains(where: FileManager.default.hasItem(at:))
    }
}

extension FileManager {
    /// Whether the name is taken, also by a link that leads nowhere: what it leads to may be on a
    /// disk that is not mounted.
    fileprivate func hasItem(at path: String) -> Bool {
        (try? attributesOfItem(atPath: path)) != nil
    }
}
