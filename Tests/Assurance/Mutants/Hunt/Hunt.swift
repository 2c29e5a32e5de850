import Foundation
import Synchronization

/// What came of the hunt for one bug.
struct Finding: Sendable {
    let mutant: Mutant
    /// Who objected first, at which seed, and what it said.
    var checker: String?
    var seed: UInt64?
    var message = ""
    /// How often who objected, where all seeds were tried.
    var objections: [String: Int] = [:]
    var hung: [UInt64] = []

    var isCaught: Bool {
        guard let checker, let seed else { return false }
        return mutant.checkers.contains(checker) && seed <= mutant.seedsMax
    }
}

/// Hunts for the bugs of a table, each through the same seeds.
struct Hunt: Sendable {
    let mutants: [Mutant]
    /// The fixed seeds: from 1 up to this one.
    let seeds: UInt64
    /// Continues with the other seeds after a bug was caught.
    let isExhaustive: Bool

    /// Each seed's outcome without any bug.
    func baseline() throws -> [UInt64: Trial.Outcome] {
        let outcomes = Mutex<[UInt64: Trial.Outcome]>([:])
        try sideBySide(Array(1...seeds)) { seed in
            let outcome = try Trial(mutant: "", seed: seed).outcome()
            outcomes.withLock { $0[seed] = outcome }
        }
        return outcomes.withLock { $0 }
    }

    /// - Parameter seeds: Those that are clean without any bug.
    func findings(in seeds: [UInt64]) throws -> [Finding] {
        let findings = Mutex<[String: Finding]>([:])
        try sideBySide(mutants) { mutant in
            let finding = try hunt(for: mutant, in: seeds)
            findings.withLock { $0[mutant.name] = finding }
            FileHandle.standardError.write(Data("\(finding.line)\n".utf8))
        }
        return findings.withLock { found in mutants.compactMap { found[$0.name] } }
    }

    private func hunt(for mutant: Mutant, in seeds: [UInt64]) throws -> Finding {
        var finding = Finding(mutant: mutant)
        for seed in seeds where isExhaustive || seed <= mutant.seedsMax {
            switch try Trial(mutant: mutant.name, seed: seed).outcome() {
            case .clean: continue
            case .hung: finding.hung.append(seed)
            case .caught(let checker, let message):
                finding.objections[checker, default: 0] += 1
                // Others may object as well: what a bug leads to depends on the seed. Only those
                // that are meant to find it count.
                guard mutant.checkers.contains(checker) else { continue }
                if finding.checker == nil {
                    finding.checker = checker
                    finding.seed = seed
                    finding.message = message
                }
                guard isExhaustive else { return finding }
            }
        }
        return finding
    }

    /// As many at once as there are cores.
    private func sideBySide<Work: Sendable>(
        _ work: [Work], _ body: @escaping @Sendable (Work) throws -> Void
    ) throws {
        let left = Mutex(work[...])
        let failure = Mutex<(any Error)?>(nil)
        let group = DispatchGroup()
        for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
            group.enter()
            Thread {
                defer { group.leave() }
                while let next = left.withLock({ $0.popFirst() }) {
                    do {
                        try body(next)
                    } catch {
                        failure.withLock { $0 = error }
                        return
                    }
                }
            }.start()
        }
        group.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
