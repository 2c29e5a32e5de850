import Foundation
import Randomness

/// Feeds a target the corpus, then damaged inputs, until its budget is used up.
struct Fuzzer: Sendable {
    /// How much was tried, and how much of it was accepted.
    struct Count: Equatable, Sendable {
        var tried = 0
        var accepted = 0
    }

    let target: Target
    let seed: UInt64
    /// `nil`: as many rounds as the target says.
    let time: Duration?

    /// As the environment says: `GIRO_FUZZ_SEED`, and `GIRO_FUZZ_MINUTES` for all targets together.
    init(_ target: Target, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.target = target
        seed = environment["GIRO_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
        time = environment["GIRO_FUZZ_MINUTES"].flatMap { Double($0) }.map {
            .seconds($0 * 60 / Double(Target.chosen.count))
        }
    }

    /// - Throws: What the target throws, with what it read in front.
    func run() async throws -> Count {
        try await target.open { read in try await feed(read) }
    }

    private func feed(_ read: Target.Reading) async throws -> Count {
        let files = try Corpus(of: target.name).files
        let last = try LastInput(of: target.name)
        for file in files {
            let isAccepted = try await attempt(file.bytes, file.name, read, last)
            try hold(
                "\(file.name) was \(isAccepted ? "accepted" : "refused")",
                isAccepted == file.isAccepted)
        }
        let corpus = files.map(\.bytes)
        let start = ContinuousClock.now
        var count = Count()
        while isLeft(after: count.tried, since: start) {
            // Each round has its own seed, so that it can be repeated without the others.
            let random = SplitMix64(seed: seed &+ UInt64(count.tried) &* 0x2545_f491_4f6c_dd1d)
            var mutator = Mutator(form: target.form, corpus: corpus, random: random)
            let origin = "seed \(seed) round \(count.tried)"
            if try await attempt(mutator.input(), origin, read, last) { count.accepted += 1 }
            count.tried += 1
        }
        return count
    }

    private func isLeft(after tried: Int, since start: ContinuousClock.Instant) -> Bool {
        guard let time else { return tried < target.rounds }
        return ContinuousClock.now - start < time
    }

    private func attempt(
        _ bytes: [UInt8], _ origin: String, _ read: Target.Reading, _ last: LastInput
    ) async throws -> Bool {
        try last.note(bytes, origin)
        do {
            return try await read(bytes)
        } catch {
            let kept = try LastInput.keep(of: target.name)
            throw Violation("\(target.name), \(origin), kept as \(kept.path): \(error)")
        }
    }
}
