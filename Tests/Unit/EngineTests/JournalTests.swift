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

/// What of a commit goes out: its entries to the journal, and the messages that follow from them.
@Suite struct JournalTests {
    /// A log with commits of several entries.
    static var bench: Bench {
        var bench = Bench()
        let trips = (1...5).map { Trip(.pay(eur(10), from: .alice, to: .bob), number: $0) }
        bench.at(.bankA, trips.map { bench.input(of: .begin($0.begin)) })
        bench.deliverAll()
        bench.at(.bankA, [.restartInbox(of: .bankB)])
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

    @Test("Messages follow from the log as they followed from memory")
    func fromTheLog() throws {
        let bench = Self.bench
        for name in bench.names {
            for commit in bench[name].commits {
                let events = try commit.events(for: Party.self)
                let read = try CommittedBatch(decoding: commit, for: Party.self)
                #expect(read == CommittedBatch(commit, events))
                #expect(read.messages == events.compactMap { $0.message(from: name) })
            }
        }
        let reserves = try bench[.bankA].commits
            .flatMap { try CommittedBatch(decoding: $0, for: Party.self).messages }
            .filter { $0.kind == .reserve }
        #expect(reserves.count == 5)
    }

    @Test(
        "Only a decision about a neighbour's step says something to the neighbour",
        arguments: [
            (StepState.deciding, nil, nil), (.reserved, nil, Message.Kind.reserve),
            (.confirmed, NodeName.bankA, .confirm), (.cancelled, .bankA, .cancel),
            (.confirmed, nil, nil), (.cancelled, nil, nil),
        ])
    func messages(_ state: StepState, _ previous: NodeName?, _ kind: Message.Kind?) {
        let step = StepID(saga: SagaID(1), number: previous == nil ? 0 : 1)
        let event = Event<Fact>.stepDecided(
            .init(
                step: step, state: state, refusal: state == .cancelled ? .abandoned : nil,
                previous: previous, next: .shop, content: [1], deadline: Bench.start))
        let message = event.message(from: .bankB)
        #expect(message?.kind == kind)
        #expect(message?.sender == (kind == nil ? nil : .bankB))
        #expect(message?.refusal == (kind == .cancel ? .abandoned : nil))
        #expect(message?.receiver == (kind == .reserve ? .shop : kind == nil ? nil : .bankA))
    }

    @Test("Entries about no step say nothing to anybody")
    func silentEntries() {
        let events: [Event<Fact>] = [
            .inboxAdvanced, .inboxRestarted(.bankA),
            .abandonRequested(CommandID(1), by: Cast.ada),
            .nodeOpened(.bankB, publicKey: []),
            .quarantined(.init(cause: .unreadable, inbox: .bankA, offset: 0, record: [])),
            .operationDecided(
                .init(
                    id: CommandID(1), fingerprint: .zero, principal: Cast.ada,
                    outcome: .refused(.accountExists))),
        ]
        #expect(events.allSatisfy { $0.message(from: .bankB) == nil })
    }
}
