import AccessControl
import Chain
import Engine
package import EventLog
import HistoryFile
package import Logging
package import MessageBus
package import Node
import Saga
import Wire

/// What a node stands on: its log and its bus, embedded or served.
package struct Stores {
    package let log: any EventLog
    package let bus: any MessageBus
    /// Where a standby can wait; `nil` where a lock on a file does that.
    let lease: (any WriterLease)?

    /// - Throws: ``LogError``, ``BusError``.
    init(of folder: NodeFolder, _ options: NodeOptions, _ logger: Logger) async throws {
        (log, lease) = try await options.log.open(logger, patience: options.logPatience)
        do {
            bus = try await options.bus.open(logger)
            if options.bus.makesTopics {
                try await bus.create(
                    Topic.all(of: folder.name, peers: try folder.peerNames()))
            }
        } catch {
            await lease?.close()
            await log.close()
            throw error
        }
    }

    /// Then what is still in progress is ended: a node that had time to finish has finished, and a
    /// stalled server keeps no process alive.
    private static let closingMax = Duration.seconds(10)

    func close() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await bus.close()
                await lease?.close()
                await log.close()
            }
            group.addTask { try? await Task.sleep(for: Self.closingMax) }
            await group.next()
            group.cancelAll()
        }
    }
}

/// Opens a node's stores for `body`, closes them behind it, and says in a failure what is wrong
/// with them.
package func withStores<Value>(
    of folder: NodeFolder, _ options: NodeOptions, _ logger: Logger,
    _ body: (Stores) async throws -> Value
) async throws -> Value {
    do {
        let stores = try await Stores(of: folder, options, logger)
        do {
            let value = try await body(stores)
            await stores.close()
            return value
        } catch {
            await stores.close()
            throw error
        }
    } catch let error as LogError {
        throw Failure(error.code == .fenced ? .taken : .unavailable, error.description)
    } catch let error as BusError {
        throw Failure(.unavailable, error.description)
    } catch let error as HistoryFileError {
        throw Failure(error.code == .locked ? .taken : .unavailable, "history: \(error.message)")
    } catch let error as IncompleteJournal {
        throw Failure(.refused, "\(folder.name): \(error)")
    } catch let error as WireError {
        throw Failure(.refused, "\(folder.name): \(error)")
    } catch let fault as ChainFault {
        throw Failure(.refused, "\(folder.name): \(fault)")
    }
}

extension NodeFolder {
    /// What the node of this folder is made of, for a command that appends to its log: that needs
    /// no history file, and must not wait for a process that has it.
    ///
    /// - Parameter kind: That of `options`.
    package func parts<Kind: RunnableKind>(
        of kind: Kind.Type, on stores: Stores, _ options: NodeOptions, _ logger: Logger
    ) throws -> Node<Kind.P>.Parts {
        try parts(of: kind, on: stores, options, logger, HistoryFile(inMemory: []))
    }

    /// As ``parts(of:on:_:_:)``, for the process that runs the node: `body` has the log's history
    /// file, and no other process meanwhile.
    package func withParts<Kind: RunnableKind, Value>(
        of kind: Kind.Type, on stores: Stores, _ options: NodeOptions, _ logger: Logger,
        _ body: (Node<Kind.P>.Parts) async throws -> Value
    ) async throws -> Value {
        let history = try HistoryFile(at: options.history)
        defer { history.close() }
        return try await body(parts(of: kind, on: stores, options, logger, history))
    }

    private func parts<Kind: RunnableKind>(
        of kind: Kind.Type, on stores: Stores, _ options: NodeOptions, _ logger: Logger,
        _ history: HistoryFile
    ) throws -> Node<Kind.P>.Parts {
        try checkWriters(of: clock)
        let peers = try peerNames()
        let keys = try readKeys()
        var parts = Node<Kind.P>.Parts(
            configuration: .init(node: name, peers: Set(peers), limits: options.limits),
            participant: Kind.participant(of: name), log: stores.log, history: history,
            bus: stores.bus, key: keys[0],
            peerKeys: Dictionary(
                uniqueKeysWithValues: try peers.map { ($0, try readPublicKey(of: $0)) }),
            peersAddedBy: .processUser, logger: logger)
        parts.formerKeys = Array(keys.dropFirst())
        if keys.count > 1 { parts.keyRotatedBy = try keyAuthor.read(for: keys[0].keyID) }
        parts.retiredKeys = try readPublicKeys().keys
        parts.lease = stores.lease
        parts.clockRecord = ClockFile(path: clock).record
        parts.settings = options.settings
        #if DEBUG
            if let crash = try CrashPoint.asked() { parts.reached = crash.reach }
        #endif
        return parts
    }
}
