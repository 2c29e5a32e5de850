import Engine
import EventLog
import Foundation
import MessageBus
import Saga

/// A log made again from its journal alone, as `giro restore` does it: whatever two writers, or one
/// that began again, have left there of repeats and of positions out of order.
struct JournalCopy {
    /// Of each commit, by its last position.
    private(set) var commits: [UInt64: Hash] = [:]

    /// Reads the whole topic as it is now.
    ///
    /// - Throws: ``BusError``; ``WireError``: a gap is left at its end, or it holds no records.
    static func read(of bank: String, _ bus: any MessageBus) async throws -> JournalCopy {
        let topic = "journal.\(bank)"
        let range = try await bus.offsets(of: topic)
        var generations = JournalReader.Generations()
        var records: [DeliveredRecord] = []
        while records.count < range.count {
            let more = try await bus.records(
                in: topic, from: range.lowerBound + Int64(records.count), recordsMax: 10_000,
                wait: .seconds(30))
            guard !more.isEmpty else { throw ChaosError("\(topic) ends before \(range)") }
            for record in more { try generations.note(record) }
            records += more
        }
        var reader = JournalReader(after: .start, generations)
        var copy = JournalCopy()
        for record in records {
            guard let commit = try reader.take(record) else { continue }
            copy.commits[commit.header.last.number] = commit.hash
        }
        try reader.finish()
        return copy
    }

    /// What of a log is not in it, or is another there.
    func faults(against log: BankLog) -> [String] {
        log.commits.filter { commits[$0.key] != $0.value }.keys.sorted().prefix(3).map {
            "the journal of \(log.bank) does not make the commit that ends at \($0)"
        }
    }
}
