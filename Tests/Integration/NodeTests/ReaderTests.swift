import Chain
import ChildProcess
import Engine
import EventLog
import Foundation
import Links
import MessageBus
import Node
import Saga
import Testing
import TestKit
import TestTags
import Wire

/// A reader in another language, written from topics/ alone, checks what real nodes write:
/// see Tests/Assurance/Reader.
@Suite(.tags(.process)) struct ReaderTests {
    /// The journal of bank-a, which has handed its log over to another key, as its records stand on
    /// the topic; and an excerpt of it for bank-b.
    private struct Written {
        var journal: [[UInt8]]
        var excerpt: [UInt8]
        let entryCount: Int
    }

    private static let name = "bank-a"

    @Test("A journal and an excerpt are what topics/ say, to a reader that knows nothing else")
    func reads() async throws {
        let written = try await Self.written()
        let (code, report) = try await Self.read(written)
        #expect(code == 0, "\(report)")
        // Opened, a peer, accounts, transfers, answers, what was read, a new key.
        #expect(written.journal.count > 8 && written.entryCount > 12)
    }

    @Test("Whatever is changed, left out, repeated or moved, the reader says so")
    func damage() async throws {
        let written = try await Self.written()
        let middle = written.journal.count / 2
        for (what, change) in Self.damages(middle) {
            var damaged = written
            change(&damaged)
            let (code, report) = try await Self.read(damaged)
            #expect(code == 1, "\(what): \(report)")
        }
    }

    private typealias Damage = (what: String, change: (inout Written) -> Void)

    private static func damages(_ middle: Int) -> [Damage] {
        let flips = [10, 60, 120, 200].map { place -> Damage in
            ("byte \(place) of a record", { $0.journal[middle].flip(place) })
        }
        let ends = [1, 20].map { place -> Damage in
            ("byte \(place) from a record's end", { written in
                written.journal[middle].flip(written.journal[middle].count - place)
            })
        }
        let excerpts = [10, 150, 300].map { place -> Damage in
            ("byte \(place) of the excerpt", { $0.excerpt.flip(place) })
        }
        return flips + ends + excerpts + [
            ("a record is missing", { $0.journal.remove(at: middle) }),
            ("the first record is missing", { $0.journal.removeFirst() }),
            ("a record stands there twice", { $0.journal.insert($0.journal[middle], at: middle) }),
            ("two records are exchanged", { $0.journal.swapAt(middle, middle + 1) }),
            ("the excerpt is cut", { $0.excerpt.removeLast() }),
        ]
    }

    /// Three transfers that settle, the second under a new key.
    private static func written() async throws -> Written {
        let bus = InMemoryMessageBus()
        let network = try await TestNetwork([name, "bank-b"], bus: bus)
        for name in [name, "bank-b"] { try network.start(name, on: InMemoryEventLog()) }
        try await network.openAccounts()
        try await pay(network)
        try await rotate(network)
        for _ in 0..<2 { try await pay(network) }
        try await network.stopAll()
        let commits = try await network.log(of: name).copy()
            .commits(after: .start, entriesMax: .max)
        let topic = Topic.journal(of: try #require(NodeName(name))).name
        let records = try await bus.records(in: topic, from: 0, recordsMax: .max, wait: .zero)
        #expect(records.map(\.record.value) == commits.map { $0.encoded() })
        return Written(
            journal: records.map(\.record.value), excerpt: try excerpt(of: commits),
            entryCount: commits.reduce(0) { $0 + $1.entries.count })
    }

    private static func pay(_ network: TestNetwork) async throws {
        let bankA = try network.teller(name)
        let id = CommandID.next()
        _ = try await bankA.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: id)
        try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
    }

    private static func rotate(_ network: TestNetwork) async throws {
        let (old, new) = (network.key, SigningKey())
        network.change = { parts in
            guard parts.configuration.node.text == name else { return }
            parts.key = new
            parts.formerKeys = [old]
            parts.keyRotatedBy = Cast.ada
        }
        let log = try network.log(of: name)
        try await network.stop(name)
        try network.start(name, on: log)
    }

    /// All that is for bank-b under the newest header, with the newest `read`: a record shows one.
    private static func excerpt(of commits: [Commit]) throws -> [UInt8] {
        let peer = try #require(NodeName("bank-b"))
        let last = try #require(commits.last)
        let newest = try WitnessedHeader(
            SignedHeader(bytes: last.headerBytes, signature: last.signature))
        var nodes = HistoryNodes()
        for commit in commits { nodes.append(commit.hash) }
        let all = try commits.map { try ShownCommit($0, for: peer) }
        let read = all.flatMap(\.entries).last { $0.says.number == nil }?.position
        let shown = all.map { commit in
            ShownCommit(
                signed: commit.signed, leaves: commit.leaves,
                entries: commit.entries.filter { $0.says.number != nil || $0.position == read })
        }
        let (excerpt, count) = try Excerpt.make(
            under: newest, naming: nil, of: shown.filter { !$0.entries.isEmpty }
        ) { place in nodes.hashes.indices.contains(Int(place)) ? nodes.hashes[Int(place)] : nil }
        // Three transfers, the new key and the `read`.
        #expect(count == 5)
        return excerpt.encoded()
    }

    /// Both files, read by the reader: the journal alone, then the excerpt against it.
    private static func read(_ written: Written) async throws -> (code: Int32, report: String) {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("giro-reader-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let journal = folder.appendingPathComponent("journal")
        let excerpt = folder.appendingPathComponent("excerpt")
        let framed = written.journal.flatMap { record in
            withUnsafeBytes(of: UInt32(record.count).bigEndian) { Array($0) } + record
        }
        try Data(framed).write(to: journal)
        try Data(written.excerpt).write(to: excerpt)
        for arguments in [["journal", journal.path], ["excerpt", journal.path, excerpt.path]] {
            let report = folder.appendingPathComponent("report").path
            let reader = try ChildProcess(
                "/usr/bin/env", ["python3", program, "--quiet"] + arguments, output: report,
                errors: report)
            let code = await reader.end()
            guard code == 0 else {
                return (code, try String(contentsOfFile: report, encoding: .utf8))
            }
        }
        return (0, "")
    }

    private static let program = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Assurance/Reader/reader.py").path
}

extension [UInt8] {
    fileprivate mutating func flip(_ place: Int) { self[place] ^= 1 }
}
