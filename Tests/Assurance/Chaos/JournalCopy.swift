import Chain
import Engine
import Foundation
import JournalReader
import MessageBus
import Saga

/// A log made again from its journal alone, as `giro restore` does it: whatever two writers, or one
/// that began again, have left there of repeats and of positions out of order.
struct JournalCopy {
    /// Of each commit, by its last position.
    private(set) var commits: [UInt64: Hash] = [:]

    /// Reads the whole topic as it is now.
    ///
    /// - Throws: ``BusError``; ``ChaosError``: it ends before its end.
    static func read(
        of bank: NodeName, key: PublicKey, _ bus: any MessageBus
    ) async throws -> JournalCopy {
        let topic = "journal.\(bank)"
        let range = try await bus.offsets(of: topic)
        var survey = JournalSurvey(of: bank, keys: KeyRing(key))
        var records: [DeliveredRecord] = []
        while records.count < range.count {
            let more = try await bus.records(
                in: topic, from: range.lowerBound + Int64(records.count), recordsMax: 10_000,
                wait: .seconds(30))
            guard !more.isEmpty else { throw ChaosError("\(topic) ends before \(range)") }
            for record in more { survey.note(record) }
            records += more
        }
        var reader = JournalReader(survey)
        var copy = JournalCopy()
        for record in records {
            guard let commit = reader.take(record) else { continue }
            copy.commits[commit.header.last.number] = commit.hash
        }
        return copy
    }

    /// What of a log is not in it, or is another there.
    func faults(against log: BankLog) -> [String] {
        log.commits.filter { commits[$0.key] != $0.value }.keys.sorted().prefix(3).map {
            "the journal of \(log.bank) does not make the commit that ends at \($0)"
        }
    }
}
