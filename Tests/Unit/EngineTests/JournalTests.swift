import Chain
import Engine
import JournalReader
import Ledger
import LedgerWire
import MessageBus
import Projection
import Saga
import TestKit
import Testing
import Wire

/// What of a commit goes out to the journal.
@Suite struct JournalTests {
    /// A log with commits of several entries.
    static var bench: Bench {
        var bench = Bench()
        let trips = (1...5).map { Trip(.pay(eur(10), from: .alice, to: .bob), number: $0) }
        bench.at(.bankA, trips.map { bench.input(of: .begin($0.begin)) })
        bench.deliverAll()
        bench.setIntake(from: .bankB, .stopped, at: .bankA)
        return bench
    }

    @Test("A commit is one record, from which it is made again, to the byte")
    func records() throws {
        for commit in Self.bench[.bankA].commits {
            let record = Journal.record(of: commit)
            #expect(try Commit(encoded: record.value) == commit)
            #expect(record.key == Array("bank-a".utf8))
            #expect(record.headers.contains(.init("ce_id", String(commit.header.number))))
        }
    }

    @Test("A commit that is read says what was decided in memory")
    func decoded() throws {
        let bench = Self.bench
        for name in bench.names {
            for commit in bench[name].commits {
                let events = try commit.events(for: Party.self)
                let read = try CommittedBatch(decoding: commit, for: Party.self)
                #expect(read == CommittedBatch(commit, events))
            }
        }
    }
}
