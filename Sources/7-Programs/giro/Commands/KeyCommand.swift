import AccessControl
import ArgumentParser
import Chain
import Deployment
import EventLog
import Foundation
import Saga

/// The key that a bank signs its log with. A log is handed over to a new one by an entry that the
/// old one signs, at the next start: so nothing is lost that a running bank has in flight.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Show and rotate the key that a bank signs its log with.",
        discussion: """
            1. giro key rotate BANK: makes a new key; the bank keeps using the old one. \
            2. Start the bank again (a standby first, with a copy of node.key, node.pub and \
            node.key.by): it hands its log over, and shows its peers the new key, signed with the \
            old one; they take it by themselves. 3. giro key retire BANK: forgets the old key, \
            which is worth nothing from then on.
            """,
        subcommands: [Show.self, Rotate.self, Retire.self])

    struct Place: ParsableArguments {
        @OptionGroup var place: DirectoryOptions
        @Argument(help: "The bank.") var node: String

        func folder() throws -> NodeFolder { try place.deployment.existingNode(node) }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a bank's keys, newest first, and which one signs its log.")

        @OptionGroup var place: Place
        @OptionGroup var output: OutputOptions

        struct Key: Encodable {
            let id: String
            /// What the operators of two banks compare.
            let fingerprint: String
            /// The log's next commit is signed by it.
            let signs: Bool
            /// The signing half is in node.key.
            let kept: Bool
        }

        func run() async throws {
            try await exitingOnFailure {
                let folder = try place.folder()
                let signer = try await signer(of: folder)
                let kept = try folder.readKeys().map(\.keyID)
                let keys = try folder.readPublicKeys().keys.map { key in
                    Key(
                        id: "\(key.keyID)", fingerprint: key.fingerprint, signs: key == signer,
                        kept: kept.contains(key.keyID))
                }
                try output.show(keys) {
                    var table = Table("key", "signs the log", "in node.key", "fingerprint")
                    for key in keys {
                        table.add(
                            key.id, key.signs ? "yes" : "no", key.kept ? "yes" : "no",
                            key.fingerprint)
                    }
                    return table.text
                }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new signing key; the bank takes it when it is started again.")

        @OptionGroup var place: Place

        func run() async throws {
            try await exitingOnFailure {
                let folder = try place.folder()
                let keys = try folder.readKeys()
                guard keys.count == 1 else {
                    throw Failure(
                        .refused,
                        "\(folder.name) has not forgotten its last key yet: start it, then run "
                            + folder.command("key retire"))
                }
                let new = SigningKey()
                // The public key first: a bank whose node.pub lacks its newest key would not start.
                try folder.publicKeyFile.write(
                    [new.publicKey.bytes] + folder.publicKeyFile.read())
                try folder.keyAuthor.write(.processUser, for: new.keyID)
                try folder.keyFile.write([new.rawBytes, keys[0].rawBytes])
                print(
                    """
                    \(new.keyID) is the new key of \(folder.name); it signs with \
                    \(keys[0].keyID) until it is started again. Its peers learn the new key from \
                    its log.
                    """)
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget the old signing key, once the log was handed over to the new one.")

        @OptionGroup var place: Place

        func run() async throws {
            try await exitingOnFailure {
                let folder = try place.folder()
                let keys = try folder.readKeys()
                guard try await signer(of: folder) == keys[0].publicKey else {
                    throw Failure(
                        .refused,
                        "The log of \(folder.name) is still signed with the old key: start the "
                            + "bank, and it is handed over.")
                }
                try folder.keyFile.write([keys[0].rawBytes])
                folder.keyAuthor.remove()
                print("\(folder.name) signs with \(keys[0].keyID) and has no other key.")
            }
        }
    }
}

/// The key that signs the next commit of a bank's log; its newest, where there is no log yet.
private func signer(of folder: NodeFolder) async throws -> PublicKey? {
    let keys = try folder.readPublicKeys()
    guard try await !NodeOptions(of: folder, flags: [:]).log.isMissing else { return keys.newest }
    return try await withLog(of: folder) { log in
        let head = try await log.head()
        guard head.position > .start else { return keys.newest }
        guard let newest = try await log.commit(endingAt: head.position) else { return nil }
        return newest.nextKey ?? keys[newest.header.keyID]
    }
}
