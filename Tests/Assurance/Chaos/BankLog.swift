import Chain
import Engine
import EventLog
import EventLogPostgres
import Foundation
import Ledger
import LedgerWire
import Logging
import Saga
import Wire

/// A bank's log as an auditor reads it on and on: the chain is verified from where it was left, so
/// an end that was taken back is found, and everything it moved is remembered by UUID.
struct BankLog {
    /// What a UUID moved at this bank.
    struct Moves: Hashable {
        /// Per customer's account, available and held together.
        var net: [AccountID: Int64] = [:]
        /// How often a step or an operation of it posted something final.
        var closings: [Int: Int] = [:]
    }

    let bank: NodeName
    let key: PublicKey
    private var recovery: Recovery<Ledger>
    private(set) var moves: [CommandID: Moves] = [:]
    /// Which UUIDs something was read of since ``markChecked()``.
    private(set) var unchecked: Set<CommandID> = []
    /// Of each entry, by position from 1 on: the timeline, and its digest.
    private(set) var entries: [(timeline: UInt64, hash: Hash)] = []
    /// Of each commit, by its last position.
    private(set) var commits: [UInt64: Hash] = [:]
    private var witnessed: [WitnessedHeader] = []
    /// Entries that no fault here can explain.
    private(set) var oddities: [String] = []
    private(set) var epoch = Epoch(0)

    var state: State<Ledger> { recovery.state }

    init(_ bank: NodeName, key: PublicKey) {
        self.bank = bank
        self.key = key
        recovery = Recovery(node: bank, participant: Ledger(node: bank), key: key)
    }

    /// Reads on to the end.
    ///
    /// - Throws: ``LogError``; ``ChainFault`` and the like: the log is not what was written.
    mutating func read(_ log: any EventLog) async throws {
        while true {
            let commits = try await log.commits(
                after: recovery.end.position, entriesMax: 5_000)
            if commits.isEmpty { return }
            for commit in commits {
                try recovery.fold(commit)
                try note(commit)
            }
        }
    }

    mutating func markChecked() { unchecked = [] }

    /// What it has recorded of its peers' logs since this was asked the last time.
    mutating func takeWitnessed() -> [WitnessedHeader] {
        defer { witnessed = [] }
        return witnessed
    }

    private mutating func note(_ commit: Commit) throws {
        commits[commit.header.last.number] = commit.hash
        epoch = commit.header.epoch
        for entry in commit.entries {
            entries.append((commit.header.timeline, entry.digest))
        }
        for event in try commit.events(for: Ledger.self) {
            switch event {
            case .stepDecided(let decided):
                note(
                    decided.reserving + decided.closing, decided.step.saga.command,
                    decided.step.number)
            case .operationDecided(let decided):
                if case .applied(let fact) = decided.outcome { note([fact], decided.id, 0) }
            case .read(_, _, let signed): witnessed.append(try WitnessedHeader(signed))
            case .abandonRequested, .inboxAdvanced, .nodeOpened, .peerKeyCompared: break
            default: oddities.append(event.oddity)
            }
        }
    }

    private mutating func note(_ facts: [LedgerFact], _ id: CommandID, _ step: Int) {
        unchecked.insert(id)
        for fact in facts {
            switch fact {
            case .settled, .released, .deposited, .withdrawn:
                moves[id, default: Moves()].closings[step, default: 0] += 1
            case .held, .opened, .frozen, .unfrozen, .closed, .exposureLimited, .owedLimited,
                .transitSet, .peerSettled:
                break
            }
            for posting in fact.postings {
                switch posting.book {
                case .available(let account), .held(let account):
                    moves[id, default: Moves()].net[account, default: 0] += posting.minorUnits
                case .cash, .clearing, .suspense: break
                }
            }
        }
    }
}

extension Event {
    /// What an entry says that no fault here can explain.
    fileprivate var oddity: String {
        switch self {
        case .quarantined(let letter): "quarantined: \(letter.cause), of \(letter.peer)"
        case .peerSuspended(let peer, _): "suspended \(peer)"
        case .peerAccepted(let peer, _, _): "accepted \(peer)"
        case .peerAnswered(let peer): "answered by \(peer)"
        case .peerKeyTaken(let peer, _): "another signing key of \(peer)"
        case .stepRepeated(let repeated): "said again: \(repeated.step)"
        case .stepForgotten(let step, _): "forgot \(step)"
        case .timelineStarted(let name, _, _): "timeline \(name.number)"
        case .timelineShown(_, let peer): "showed a timeline to \(peer)"
        case .keyRotated: "another signing key"
        case .keyShown(_, let peer): "showed a key to \(peer)"
        case .clockAccepted: "another clock"
        case .intakeSet(let peer, let intake, _): "\(intake) for \(peer)"
        case .stepDecided, .operationDecided, .read, .abandonRequested, .inboxAdvanced,
            .nodeOpened, .peerKeyCompared:
            preconditionFailure("every bank's log has such entries")
        }
    }
}

extension Entry {
    /// SHA-256 of all that it consists of: its leaf in the tree of its commit, which binds what it
    /// shows and keeps, and its content, which may be left out.
    var digest: Hash { .sha256(of: MerkleTree.leaf(of: self).bytes + parts.content) }
}

extension Stack {
    /// The public key of a bank, from its folder.
    func key(of bank: String) throws -> PublicKey {
        let text = try String(contentsOfFile: "\(directory)/\(bank)/node.pub", encoding: .utf8)
        let digits = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Hexadecimal.bytes(of: digits), let key = PublicKey(bytes: bytes) else {
            throw ChaosError("\(bank) has no public key")
        }
        return key
    }

    /// Opens a bank's log for reading, past every proxy.
    func openLog(of bank: String) async throws -> any EventLog {
        var logger = Logger(label: "chaos")
        logger.logLevel = .error
        return try await PostgresEventLog.openForReading(
            PostgresLogOptions(try log(of: bank), logger: logger))
    }
}
