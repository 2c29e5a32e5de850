import Foundation
import Saga
import Simulation

/// What came of many runs.
struct SimulationSum {
    private(set) var seeds: UInt64 = 0
    private(set) var counts = Counts()
    private(set) var coverage = Coverage()
    private(set) var failures: [SimulationReport] = []
    private var took = Duration.zero
    /// Stands for every log of every run, in the order of the seeds.
    private var digests: [UInt64: String] = [:]

    /// The first line of `giro simulate --json`.
    struct Details: Encodable {
        let failedSeeds: [UInt64]
        let missing: [String]
        /// Per second and core: all records with those of the journals, sagas, and virtual seconds.
        let recordsPerSecond: Int
        let sagasPerSecond: Int
        let virtualSecondsPerSecond: Int
        let counts: [String: Int]
        let digest: String
    }

    mutating func add(_ report: SimulationReport, _ took: Duration) {
        seeds += 1
        counts += report.counts
        coverage += report.coverage
        self.took += took
        digests[report.seed] = report.digests.map(\.description).joined()
        if report.failure != nil { failures.append(report) }
        failures.sort { $0.seed < $1.seed }
    }

    /// The last line of `giro simulate --json`, in the documented order of the keys.
    var json: String {
        """
        {"seeds":\(seeds),"violations":\(failures.count),\
        "protocolCoverage":\(coverage.ofProtocol),"refusalCoverage":\(coverage.ofRefusals),\
        "messagesPerSecond":\(perSecond(counts.messages))}
        """
    }

    var details: Details {
        Details(
            failedSeeds: failures.map(\.seed), missing: missing,
            recordsPerSecond: perSecond(counts.published), sagasPerSecond: perSecond(counts.sagas),
            virtualSecondsPerSecond: perSecond(counts.seconds),
            counts: Dictionary(uniqueKeysWithValues: counts.figures.map { ($0.name, $0.number) }),
            digest: digest)
    }

    var text: String {
        var figures = Table("what", "count")
        for figure in counts.figures { figures.add(figure.name, "\(figure.number)") }
        var cells = Table("cell of the protocol table", "reached")
        for cell in Coverage.allCells { cells.add("\(cell)", "\(coverage.cells[cell] ?? 0)") }
        let missing = missing.isEmpty ? "" : "\nNever reached: \(missing.joined(separator: ", "))"
        return """
            \(figures.text)

            \(cells.text)

            \(seeds) \(seeds == 1 ? "seed" : "seeds"), \(failures.count) violations; protocol \
            coverage \(percent(coverage.ofProtocol)), refusal coverage \
            \(percent(coverage.ofRefusals))\(missing)
            per second and core: \(perSecond(counts.messages)) messages, \
            \(perSecond(counts.published)) records, \(perSecond(counts.sagas)) sagas, \
            \(perSecond(counts.seconds)) virtual seconds
            digest of all logs: \(digest)
            """
    }

    private var missing: [String] {
        coverage.missingCells.map(\.description) + coverage.missingQuarantines.map(\.rawValue)
            + coverage.missingRefusals.map(\.code)
    }

    private var digest: String {
        let all = digests.sorted { $0.key < $1.key }.map(\.value).joined()
        return SimulationReport.digest(of: all).description
    }

    private func perSecond(_ count: Int) -> Int {
        took > .zero ? Int(Double(count) / (took / .seconds(1))) : 0
    }

    private func percent(_ share: Double) -> String {
        "\((share * 1_000).rounded() / 10) %"
    }
}
