import Chain
import Foundation
import MessageBus
import Saga
import Wire

/// Reads a bank's journal as it grows, and remembers all that it ever said, also what a broker has
/// lost since: two different entries at one place are the work of two writers.
struct JournalWatch {
    struct Place: Hashable {
        let timeline: UInt64
        let position: UInt64
    }

    /// Longer than any fault lasts. A broker may answer a fetch with all that it holds: a reader
    /// that gives up sooner and then looks elsewhere begins again each time, and never gets there.
    private static let patience = Duration.seconds(30)

    let bank: String
    /// Of each place, its entry's digest.
    private(set) var said: [Place: Hash] = [:]
    /// Which of them the topic holds as it is now.
    private(set) var held: Set<UInt64> = []
    private(set) var faults: [String] = []
    private var next: Int64 = 0
    private var last: Hash?

    init(_ bank: String) {
        self.bank = bank
    }

    /// Reads on to the topic's end; from its first record where it is no longer the same.
    mutating func read(_ bus: any MessageBus) async throws(BusError) {
        let topic = "journal.\(bank)"
        let range = try await bus.offsets(of: topic)
        if next > 0 {
            var isSame = range.contains(next - 1)
            if isSame {
                let records = try await bus.records(
                    in: topic, from: next - 1, recordsMax: 1, wait: Self.patience)
                if Task.isCancelled { return }
                isSame = records.first.map { Hash.sha256(of: $0.record.value) } == last
            }
            if !isSame { startAgain(at: range.lowerBound) }
        }
        while next < range.upperBound {
            let records = try await bus.records(
                in: topic, from: next, recordsMax: 2_000, wait: Self.patience)
            if Task.isCancelled { return }
            guard !records.isEmpty else {
                throw BusError(
                    .unavailable,
                    "\(topic) holds \(range), but from \(next) on nothing came")
            }
            for record in records { take(record) }
        }
    }

    /// Reads the topic from its first record the next time.
    mutating func startAgain(at offset: Int64 = 0) { (next, last, held) = (offset, nil, []) }

    private mutating func take(_ delivered: DeliveredRecord) {
        next = delivered.offset + 1
        last = .sha256(of: delivered.record.value)
        do throws(WireError) {
            let commit = try Commit(encoded: delivered.record.value)
            for entry in commit.entries { note(entry, of: commit.header.timeline) }
        } catch {
            faults.append("journal.\(bank) holds no commit at \(delivered.offset): \(error)")
        }
    }

    private mutating func note(_ entry: Entry, of timeline: UInt64) {
        let place = Place(timeline: timeline, position: entry.position.number)
        let hash = entry.digest
        held.insert(place.position)
        if let before = said[place], before != hash {
            faults.append("journal.\(bank) says two things of \(place)")
        }
        said[place] = hash
    }
}

/// The journals of all banks: read on and on while faults happen, so that what a broker is about to
/// lose is seen.
actor Journals {
    private var watches: [String: JournalWatch]
    /// Why the newest reading of a journal ended early, where it did.
    private var troubles: [String: BusError] = [:]
    private var isCopying = false
    private let bus: any MessageBus
    private let progress: @Sendable (String) -> Void

    /// - Parameter progress: Called with a line for people when a journal cannot be read although
    ///   no fault is made.
    init(
        _ banks: [String], _ bus: any MessageBus, progress: @escaping @Sendable (String) -> Void
    ) {
        watches = Dictionary(uniqueKeysWithValues: banks.map { ($0, JournalWatch($0)) })
        self.bus = bus
        self.progress = progress
    }

    /// Reads until cancelled, or until a whole journal is requested; retries while the broker is
    /// unavailable.
    func follow() async throws {
        while !isCopying {
            for bank in watches.keys.sorted() { await read(bank) }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func read(_ bank: String) async {
        // Taken out, since others may read while this one waits for the broker.
        guard var watch = watches.removeValue(forKey: bank) else { return }
        do throws(BusError) {
            try await watch.read(bus)
            troubles[bank] = nil
        } catch {
            troubles[bank] = error
        }
        watches[bank] = watch
    }

    /// The positions of a log's entries that its journal does not hold now; `nil`: it could not be
    /// read just now, for which ``trouble(of:)`` may say why.
    func missing(of bank: String, entries: Int) async -> [UInt64]? {
        await read(bank)
        // Another task is reading it, and an earlier trouble may be over.
        guard let watch = watches[bank] else { return nil }
        if let trouble = troubles[bank] {
            progress("journal.\(bank) cannot be read: \(trouble)")
            return nil
        }
        return (0..<entries).map { UInt64($0 + 1) }.filter { !watch.held.contains($0) }
    }

    /// As ``missing(of:entries:)``, of the topic read whole: what a reader that reads on has passed
    /// over is not missing.
    func missingInTopic(of bank: String, entries: Int) async -> [UInt64]? {
        watches[bank]?.startAgain()
        return await missing(of: bank, entries: entries)
    }

    /// The whole log, made again from its journal as that is now.
    func copy(of log: BankLog) async throws -> JournalCopy {
        isCopying = true
        return try await .read(of: log.bank, key: log.key, bus)
    }

    /// Why a journal could not be read, in words.
    func trouble(of bank: String) -> String {
        troubles[bank].map { "\($0)" } ?? (watches[bank] == nil ? "it is being read" : "none")
    }

    /// What a journal has ever said that its log does not say.
    ///
    /// - Returns: `nil` while another task reads the journal.
    func compare(_ log: BankLog) -> [String]? {
        guard let watch = watches[log.bank.text] else { return nil }
        return watch.faults
            + watch.said.compactMap { place, hash in
                guard place.position <= log.entries.count else { return nil }
                let entry = log.entries[Int(place.position) - 1]
                guard entry.timeline == place.timeline, entry.hash != hash else { return nil }
                return "\(log.bank): log and journal differ at \(place.position)"
            }
    }
}
