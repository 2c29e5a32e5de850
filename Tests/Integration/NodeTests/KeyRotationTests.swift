import Chain
import Engine
import EventLog
import JournalReader
import Ledger
import LedgerWire
import MessageBus
import Node
import Saga
import TestKit
import Testing
import Wire

/// A node that hands its log over to another signing key, and an attacker with the old one.
struct KeyRotationTests {
    private static let name = "bank-a"

    /// Two banks, bank-a's signing key, and how it is started.
    private final class Scene {
        let network: TestNetwork
        let bus = InMemoryMessageBus()
        let old: SigningKey
        let new = SigningKey()
        private var paid = 0

        init() async throws {
            network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
            old = network.key
            for name in ["bank-a", "bank-b"] { try network.start(name, on: InMemoryEventLog()) }
            try await network.openAccounts()
        }

        /// What bank-a is started with from now on; bank-b learns of a new key from bank-a's log.
        func use(_ key: SigningKey, former: [SigningKey], retired: [PublicKey]) {
            network.change = { parts in
                guard parts.configuration.node.text == KeyRotationTests.name else { return }
                parts.key = key
                parts.formerKeys = former
                parts.keyRotatedBy = Cast.ada
                parts.retiredKeys = retired
            }
        }

        /// A transfer that settles.
        func pay() async throws {
            let bankA = try network.teller(KeyRotationTests.name)
            let id = CommandID.next()
            _ = try await bankA.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: id)
            try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
            paid += 100
            #expect(try await bankA.available(NodeTests.payer) == Int64(1_000_000 - paid))
        }

        /// Stops bank-a, and starts it on `log` or its own.
        func restart(on log: (any EventLog)? = nil) async throws {
            try await network.stop(KeyRotationTests.name)
            let own = try network.log(of: KeyRotationTests.name)
            try network.start(KeyRotationTests.name, on: log ?? own)
        }

        /// Hands bank-a's log over, and retires the old key.
        func rotate() async throws {
            use(new, former: [old], retired: [])
            try await restart()
            try await pay()
            use(new, former: [], retired: [old.publicKey])
        }

        /// What bank-a's log holds, and the snapshots beside it.
        func copy() async throws -> LogStorage { try await network.log(of: name).copy() }
        private let name = KeyRotationTests.name

        func audit() async throws -> Recovery<Ledger> {
            let node = try #require(NodeName(name))
            var recovery = Recovery(
                node: node, participant: Ledger(node: node),
                keys: KeyRing(new.publicKey, former: [old.publicKey]))
            let log = try await copy()
            for commit in log.commits(after: .start, entriesMax: .max) {
                try recovery.fold(commit)
            }
            return recovery
        }

        /// Why bank-a ended.
        func failure() async throws -> LogError? {
            try await network.failure(of: name) as? LogError
        }
    }

    @Test("The log is handed over at a start, once, and transfers continue")
    func rotated() async throws {
        let scene = try await Scene()
        try await scene.pay()
        try await scene.rotate()
        try await scene.restart()
        try await scene.pay()
        try await scene.network.stopAll()
        let recovery = try await scene.audit()
        #expect(recovery.signer == scene.new.publicKey)
        let commits = try await scene.copy().commits(after: .start, entriesMax: .max)
        #expect(commits.count { $0.nextKey != nil } == 1)
        let bankB = try await scene.network.log(of: "bank-b").copy()
        let events = try bankB.commits(after: .start, entriesMax: .max)
            .flatMap { try $0.events(for: Ledger.self) }
        var signers: Set<KeyID> = []
        var taken: [[UInt8]] = []
        for event in events {
            switch event {
            case .read(_, _, let header):
                signers.insert(try WitnessedHeader(header).header.keyID)
            case .peerKeyTaken(_, let key): taken.append(key)
            default: break
            }
        }
        #expect(signers == [scene.old.keyID, scene.new.keyID])
        #expect(taken == [scene.new.publicKey.bytes])
    }

    @Test("An old snapshot is of no use after it, and the one made with it is")
    func snapshots() async throws {
        let scene = try await Scene()
        try await scene.pay()
        try await scene.rotate()
        let own = try scene.network.log(of: Self.name)
        let saved = try #require(try await own.newestSnapshot())
        #expect(saved.isValid(for: scene.new.publicKey))
        try await scene.network.stop(Self.name)

        // An attacker with the old key forges a state in which the payer is rich.
        let end = try #require(try await own.newestSnapshot())
        let forged = Snapshot.signed(
            position: end.position, commitHash: end.commitHash,
            history: try HistoryTree(encoded: end.history), state: try forged(end.state),
            key: scene.old)
        try await own.save(forged)
        #expect(try await own.newestSnapshot() == forged)
        try scene.network.start(Self.name, on: own)
        try await scene.pay()
        try await scene.network.stopAll()
    }

    /// The state with the payer's 999,800 changed to two millions; it can be read, and is accepted
    /// where its signature is.
    private func forged(_ state: [UInt8]) throws -> [UInt8] {
        let honest = try State<Ledger>(encoded: state)
        var bytes = state
        // A varint of three bytes: 999,800 is F8 82 3D, 2,097,144 is F8 FF 7F.
        let place = try #require(
            bytes.indices.dropLast(2).first {
                bytes[$0] == 0xF8 && bytes[$0 + 1] == 0x82 && bytes[$0 + 2] == 0x3D
            })
        (bytes[place + 1], bytes[place + 2]) = (0xFF, 0x7F)
        let changed = try State<Ledger>(encoded: bytes)
        try #require(changed.participant != honest.participant)
        return bytes
    }

    @Test("A log cut before the handover is found, also where the old key signed more commits")
    func cut() async throws {
        for goesOn in [false, true] {
            let scene = try await Scene()
            try await scene.pay()
            let backup = try await scene.copy()
            try await scene.rotate()
            try await scene.network.stop(Self.name)
            var log = backup
            if goesOn {
                let honest = try #require(backup.commits(after: .start, entriesMax: .max).last)
                let parts = Event<LedgerFact>.encode(.inboxAdvanced, to: nil, for: Ledger.self)
                try log.append(
                    .signed(
                        [(nil, parts)], after: backup.end, node: honest.header.node,
                        timeline: honest.header.timeline, time: honest.header.time,
                        inboxes: [:], key: scene.old))
            }
            try scene.network.start(Self.name, on: InMemoryEventLog(log))
            #expect(try await scene.failure()?.code == .rewound)
            // Without evidence on the bus, only the replaced key shows it.
            try await scene.network.stop("bank-b")
            scene.bus.empty()
            try scene.network.start(Self.name, on: InMemoryEventLog(log))
            #expect(try await scene.failure()?.code == .foreignKey)
        }
    }

    @Test("Proof that the old key makes up of a longer log neither stops the node nor hides proof")
    func forgedEvidence() async throws {
        let scene = try await Scene()
        try await scene.pay()
        try await scene.rotate()
        try await scene.network.stop(Self.name)
        let whole = try await scene.copy()
        let head = whole.head
        let far = Commit.signed(
            [(nil, EntryParts(kept: [0x22, 0]))],
            after: LogEnd(
                Head(position: head.position + 1_000, commitHash: .zero, epoch: head.epoch),
                whole.end.history),
            node: try #require(NodeName(Self.name)), timeline: 0, time: .distantPast,
            inboxes: [:], key: scene.old)
        _ = try await scene.bus.publish(
            [Journal.record(of: far)], to: "journal.bank-a")
        try scene.network.start(Self.name, on: InMemoryEventLog(whole))
        let bankA = try scene.network.teller(Self.name)
        try await eventually { (try? await bankA.available(NodeTests.payer)) != nil ? true : nil }
        try await scene.network.crash(Self.name)
        // Beside it, what the new key signed still says that a shorter log was cut.
        var short = LogStorage()
        for commit in whole.commits(after: .start, entriesMax: .max).dropLast() {
            while short.head.epoch < commit.header.epoch {
                _ = try short.takeOver(from: short.head.epoch)
            }
            try short.append(commit)
        }
        try scene.network.start(Self.name, on: InMemoryEventLog(short))
        #expect(try await scene.failure()?.code == .rewound)
        try await scene.network.stopAll()
    }

    @Test("The log is restored from its journal over the handing over")
    func restored() async throws {
        let scene = try await Scene()
        try await scene.pay()
        let backup = try await scene.copy()
        try await scene.rotate()
        try await scene.network.stopAll()
        let whole = try await scene.copy()
        for start in [LogStorage(), backup, whole] {
            let log = InMemoryEventLog(start)
            let restoration = Restoration(
                node: try #require(NodeName(Self.name)), log: log, bus: scene.bus,
                keys: KeyRing(scene.new.publicKey, former: [scene.old.publicKey]))
            #expect(try await restoration.run().end == whole.head.position)
            #expect(try await log.copy().head.commitHash == whole.head.commitHash)
        }
    }

    @Test("A loss is accepted under the key that the log has, and it is handed over after that")
    func acceptedLoss() async throws {
        let scene = try await Scene()
        try await scene.pay()
        let backup = try await scene.copy()
        try await scene.rotate()
        try await scene.network.stop(Self.name)
        let log = InMemoryEventLog(backup)
        scene.use(scene.new, former: [scene.old], retired: [])
        let name = try #require(NodeName(Self.name))
        let parts = scene.network.parts(of: name, on: log)
        let restoration = Restoration(node: name, log: log, bus: scene.bus, keys: parts.keys)
        scene.bus.empty(topic: "journal.bank-a")
        _ = try await restoration.acceptLoss(
            parts, by: Cast.ada, approvers: ["ada", "grace"])
        try scene.network.start(Self.name, on: log)
        let bankA = try scene.network.teller(Self.name)
        let newest = scene.new.publicKey.bytes
        try await eventually {
            let isThere = try? await bankA.node.read {
                $0.publicKey == newest && $0.timelineNumber == 1
            }
            return isThere == true ? true : nil
        }
        try await scene.network.stopAll()
        #expect(try await scene.audit().signer == scene.new.publicKey)
    }
}
