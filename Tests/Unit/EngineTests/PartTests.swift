import Chain
import Foundation
import GeneratedWire
import Ledger
import LedgerWire
import Saga
import Testing
import Wire

@testable import Engine

/// What of an entry a neighbour is shown, the content beside it included, and what the bank keeps
/// to itself.
@Suite struct PartTests {
    @Test("What is shown has the fields of a step, and no other")
    func fields() throws {
        let bench = try Bench.crowd()
        for name in bench.names {
            for entry in try bench[name].stepEntries() {
                // What the format does not know is dropped, so equal bytes have nothing else.
                let shown = try Giro_Links_V1_Shown(wire: entry.parts.shown)
                #expect(try shown.wireBytes() == entry.parts.shown)
                let bytes = [UInt8](shown.step)
                let step = try Giro_Links_V1_StepShown(wire: bytes)
                #expect(try step.wireBytes() == bytes)

                let decided = entry.decided
                #expect(shown.peer == entry.addressee?.peer.text ?? "")
                #expect(Int(step.number) == decided.step.number)
                #expect(step.state.rawValue == Int(decided.state.rawValue))
                #expect(step.hasDeadline == (decided.deadline != nil))
                #expect(step.deadline == decided.deadline?.milliseconds ?? 0)
                #expect(step.refusal == decided.refusal?.code ?? "")
                let hash = decided.step.saga.contentHash.bytes
                let hasContent = !entry.parts.content.isEmpty
                #expect([UInt8](shown.contentHash) == (hasContent ? hash : []))
                #expect([UInt8](step.contentHash) == (hasContent ? [] : hash))
            }
        }
    }

    @Test("A neighbour sees no posting, and no account of the bank that the content does not name")
    func accounts() throws {
        let bench = try Bench.crowd()
        let trips = (1...40).map { Bench.trip($0) }
        var (kept, named) = (0, 0)
        for name in bench.names {
            let accounts = bench[name].ledger.accounts.keys.sorted()
            for entry in try bench[name].stepEntries() where entry.addressee != nil {
                let parts = entry.parts
                let saga = entry.decided.step.saga
                let trip = try #require(trips.first { $0.saga == saga })
                #expect(parts.content.isEmpty || parts.content == trip.content.bytes)
                // What is shorter might be there by chance.
                for fact in entry.decided.facts.map({ Party.encode($0) }) where fact.count > 8 {
                    #expect(!parts.shown.contains(fact) && !parts.content.contains(fact))
                    #expect(parts.kept.contains(fact))
                    kept += 1
                }
                for account in accounts {
                    let text = Array(account.text.utf8)
                    #expect(!parts.shown.contains(text))
                    guard parts.content.contains(text) else { continue }
                    #expect(trip.accounts.contains(account))
                    named += 1
                }
                for book in ["held/", "clearing/", "cash"].map({ Array($0.utf8) }) {
                    #expect(!parts.shown.contains(book) && !parts.content.contains(book))
                }
            }
        }
        #expect(kept > 0 && named > 0, "the crowd moves money between accounts that it names")
    }

    @Test("An entry that is for no peer, and about no step, shows nothing and has no content")
    func others() throws {
        var bench = try Bench.crowd()
        let paid = Route.pay(eur(1), from: .alice, to: .bob)
        bench.begin(Trip(paid, number: 50))
        bench.at(.bankA, .abandon(CommandID(50)))
        bench.deliver(Trip(paid, number: 51).word(.confirm, 0))
        bench.operate(at: .bankA, .freeze(.amir))
        bench.operate(at: .bankA, .close(.nobody))
        bench.setIntake(from: .bankB, .stopped, at: .bankA)
        bench.rotateKey(of: .bankA, to: BenchNode.key(of: .moon))
        bench.startTimeline(at: .bankA)
        bench[.bankA].acceptClock(at: bench.now)
        let node = bench[.bankA]
        var kinds: Set<String> = []
        for commit in node.commits {
            for (event, entry) in zip(try commit.events(for: Party.self), commit.entries) {
                if case .stepDecided = event { continue }
                #expect(entry.parts.content.isEmpty, "\(event)")
                #expect(entry.parts.shown.isEmpty == (event.receiver == nil), "\(event)")
                if event.receiver == nil { kinds.insert(Recorded(event).kind) }
            }
        }
        #expect(
            kinds == [
                "opened", "keyCompared", "applied", "refused", "quarantined", "keyRotated",
                "timelineStarted", "clockAccepted", "intakeSet",
            ])
    }
}

extension Trip {
    /// Those that its content names.
    fileprivate var accounts: Set<AccountID> {
        var accounts: Set<AccountID> = []
        for action in route.steps.flatMap(\.actions) {
            switch action {
            case .first(.debit(let account, _)), .first(.credit(let account, _)):
                accounts.insert(account)
            default: break
            }
        }
        return accounts
    }
}
