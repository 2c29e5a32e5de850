import MessageBus
@testable import PeerProtocol
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// The secret that bank-a and bank-b share, while they exchange it for another.
@Suite struct SecretRotationTests {
    static let old = BenchNode.secret(.bankA, .bankB)
    static let new = BenchNode.secret(.bankA, .moon)

    /// What a bank has in its file, the active one first.
    enum File: CaseIterable {
        case old, oldAndNew, newAndOld, new

        var secret: PeerSecret {
            switch self {
            case .old: SecretRotationTests.old
            case .oldAndNew: SecretRotationTests.old.accepting([SecretRotationTests.new])
            case .newAndOld: SecretRotationTests.new.accepting([SecretRotationTests.old])
            case .new: SecretRotationTests.new
            }
        }

        /// One step away at most: the banks do not change at the same moment.
        func isNext(to other: File) -> Bool {
            let all = File.allCases
            return abs((all.firstIndex(of: self) ?? 0) - (all.firstIndex(of: other) ?? 0)) <= 1
        }
    }

    @Test(
        "Banks that are one step apart trust each other, in both directions",
        arguments: File.allCases, File.allCases)
    func steps(_ sender: File, _ receiver: File) {
        let record = known(
            Envelope(node: .bankA, secrets: [.bankB: sender.secret])
                .authenticate(EnvelopeTests.trip.message(.reserve, 1)))
        var bench = Bench()
        let before = bench[.bankB].state.participant
        bench[.bankB].envelope = Envelope(node: .bankB, secrets: [.bankA: receiver.secret])
        let input = bench[.bankB].receive(record)
        let outcome = bench.at(.bankB, [input])
        let id = known(record.header("giro-mac-key"))
        #expect(String(decoding: id, as: UTF8.self) == sender.secret.id)
        if sender.isNext(to: receiver) {
            #expect(outcome.entries == [.decided(.reserved)])
        }
        let usesOld = sender == .old || sender == .oldAndNew
        let isBelieved = usesOld ? receiver != .new : receiver != .old
        guard !isBelieved else { return }
        #expect(outcome.entries == [.quarantined(.unauthenticated)])
        #expect(bench[.bankB].state.participant == before)
        #expect(bench[.bankB].state.quarantined == 1)
    }

    @Test("The id in a record is for people: without it, or with another, the record is the same")
    func keyHeader() {
        let record = EnvelopeTests.authenticate(EnvelopeTests.trip.message(.reserve, 1))
        for id in [nil, [], Array("0000000000000000".utf8)] as [[UInt8]?] {
            let others = record.headers.filter { $0.name != "giro-mac-key" }
            let header = id.map { [Record.Header(name: "giro-mac-key", value: $0)] } ?? []
            let changed = Record(
                key: record.key, headers: others + header, value: record.value)
            #expect(EnvelopeTests.cause(changed) == nil)
            #expect(Envelope.hash(of: changed) == Envelope.hash(of: record))
        }
    }
}
